import { expect, it } from "vitest";
import { refusalOf } from "./upload";

it("refuses what cannot be read before it is sent", () => {
  expect(refusalOf({ name: "a.xlsx", size: 10 }, 500)).toContain("no CSV");
  expect(refusalOf({ name: "a.csv", size: 0 }, 500)).toContain("empty");
  expect(refusalOf({ name: "a.ZIP", size: 6e8 }, 500)).toContain("up to 500 MB");
  expect(refusalOf({ name: "a.csv", size: 6e8 }, null)).toBeNull();
  expect(refusalOf({ name: "a.csv", size: 10 }, 500)).toBeNull();
});

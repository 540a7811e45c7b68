import { expect, it } from "vitest";
import { bytesText, refusalOf } from "./upload";

it("writes bytes in words", () => {
  expect(bytesText(999)).toBe("999 bytes");
  expect(bytesText(3_400_000)).toBe("3.4 MB");
  expect(bytesText(512_000_000)).toBe("512 MB");
});

it("refuses what cannot be read before it is sent", () => {
  expect(refusalOf({ name: "a.xlsx", size: 10 }, 500)).toContain("neither");
  expect(refusalOf({ name: "a.csv", size: 0 }, 500)).toContain("empty");
  expect(refusalOf({ name: "a.ZIP", size: 6e8 }, 500)).toContain("up to 500 MB");
  expect(refusalOf({ name: "a.csv", size: 6e8 }, null)).toBeNull();
  expect(refusalOf({ name: "a.csv", size: 10 }, 500)).toBeNull();
});

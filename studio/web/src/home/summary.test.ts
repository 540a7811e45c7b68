import { expect, it } from "vitest";
import { ago, questionOf } from "./summary";

it("splits a summary after its question", () => {
  expect(questionOf("Which digit is it? 1,797 digits of 8 x 8 pixels: no download.")).toEqual({
    question: "Which digit is it?",
    rest: "1,797 digits of 8 x 8 pixels: no download.",
  });
  expect(questionOf("Prices of houses")).toEqual({ question: "Prices of houses", rest: "" });
  expect(questionOf("About 3.5 rooms. More")).toEqual({ question: "About 3.5 rooms.", rest: "More" });
});

it("says how long ago", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  expect(ago("2026-11-30T11:59:30Z", now)).toBe("just now");
  expect(ago("2026-11-30T11:58:00Z", now)).toBe("2 minutes ago");
  expect(ago("2026-11-29T12:00:00Z", now)).toBe("1 day ago");
  expect(ago("2026-11-30T12:05:00Z", now)).toBe("just now");
});

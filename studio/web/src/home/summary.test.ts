import { expect, it } from "vitest";
import { questionOf } from "./summary";

it("splits a summary after its question", () => {
  expect(questionOf("Which digit is it? 1,797 digits of 8 x 8 pixels: no download.")).toEqual({
    question: "Which digit is it?",
    rest: "1,797 digits of 8 x 8 pixels: no download.",
  });
  expect(questionOf("Prices of houses")).toEqual({ question: "Prices of houses", rest: "" });
  expect(questionOf("About 3.5 rooms. More")).toEqual({ question: "About 3.5 rooms.", rest: "More" });
});

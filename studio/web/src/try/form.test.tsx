import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../api/client";
import { Answer } from "./Answer";
import { DrawPad } from "./DrawPad";
import type { Stroke } from "./drawing";
import { Fields } from "./Fields";

const FORM: Message["Form"] = {
  dataset: "titanic",
  version: "1.0.0",
  serving_version: 1,
  label: "Survived",
  classes: ["died", "survived"],
  fields: [
    { name: "Age", kind: "number", names: [], optional: true },
    { name: "Sex", kind: "choice", names: ["female", "male"], optional: true },
  ],
  example: { Age: 22, Sex: "male" },
  white_on_black: true,
};
const picture = (channels: number): Message["Form"] => ({
  ...FORM,
  fields: [{ name: "image", kind: "image", names: [], optional: false, width: 8, height: 8, channels }],
});

beforeEach(() => {
  // jsdom draws nothing; what is drawn is tested in drawing.test.ts.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(null);
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the form", () => {
  it("has an error at its field", () => {
    render(<Fields form={FORM} values={{ Age: "x" }} errors={{ Age: "no number" }} onChange={() => {}} />);
    const age = screen.getByLabelText("Age");
    expect(age.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(age.getAttribute("aria-describedby")!)!.textContent).toBe("no number");
    expect(screen.getByLabelText("Sex").getAttribute("aria-invalid")).toBeNull();
  });

  it("keeps the other fields when one changes, and takes the example", () => {
    const onChange = vi.fn();
    render(<Fields form={FORM} values={{ Age: "1", Sex: "male" }} errors={{}} onChange={onChange} />);
    fireEvent.change(screen.getByLabelText("Sex"), { target: { value: "female" } });
    expect(onChange).toHaveBeenLastCalledWith({ Age: "1", Sex: "female" });
    fireEvent.click(screen.getByRole("button", { name: "Use the example" }));
    expect(onChange).toHaveBeenLastCalledWith({ Age: "22", Sex: "male" });
  });

  it("has a picker for a time, and says what a set and a vector look like", () => {
    const fields: Message["FormField"][] = [
      { name: "begun", kind: "timestamp", names: [], optional: true },
      { name: "tags", kind: "set", names: ["rain"], separator: "|", optional: true },
      { name: "signal", kind: "vector", names: [], length: 4, optional: true },
    ];
    render(<Fields form={{ ...FORM, fields }} values={{}} errors={{}} onChange={() => {}} />);
    expect(screen.getByLabelText("begun").getAttribute("type")).toBe("datetime-local");
    expect(screen.getByText("names with | between them; known are rain")).toBeTruthy();
    expect(screen.getByText("4 numbers, with spaces or commas between them")).toBeTruthy();
  });

  it("is drawn on for small grey pictures alone", () => {
    const { rerender } = render(<Fields form={picture(1)} values={{}} errors={{}} onChange={() => {}} />);
    expect(screen.getByLabelText("Draw here")).toBeTruthy();
    rerender(<Fields form={picture(3)} values={{}} errors={{}} onChange={() => {}} />);
    expect(screen.queryByLabelText("Draw here")).toBeNull();
    expect(screen.getByLabelText("Choose a picture")).toBeTruthy();
  });
});

it("is drawn on with the keyboard alone", () => {
  let strokes: Stroke[] = [];
  const pad = () => (
    <DrawPad
      strokes={strokes}
      dark
      onChange={(next) => {
        strokes = next;
        rerender(pad());
      }}
    />
  );
  const { rerender } = render(pad());
  const press = (key: string) => fireEvent.keyDown(screen.getByLabelText("Draw here"), { key });
  press("ArrowDown");
  expect(strokes).toEqual([]);
  [" ", "ArrowDown", "ArrowDown", "ArrowRight", " ", "ArrowUp"].forEach(press);
  expect(strokes).toEqual([
    [
      { x: 140, y: 80 },
      { x: 140, y: 90 },
      { x: 140, y: 100 },
      { x: 150, y: 100 },
    ],
  ]);
  press("Delete");
  expect(strokes).toEqual([]);
});

it("shows each class with its probability as text", () => {
  const reply: Message["Reply"] = {
    model: "titanic",
    version: "1.0.0",
    serving_version: 1,
    output: { class: "died", confidence: 0.9, probabilities: { survived: 0.1, died: 0.9 } },
    milliseconds: 5.2,
    curl: "curl",
  };
  render(<Answer reply={reply} form={FORM} waiting={false} />);
  const bars = within(screen.getByRole("list", { name: "Probability of each class" })).getAllByRole(
    "listitem",
  );
  expect(bars.map((bar) => bar.textContent)).toEqual(["died90.0%", "survived10.0%"]);
  expect(screen.getByText("titanic 1.0.0, 5 ms")).toBeTruthy();
});

it("shows any number of classes, and the answer to each of several labels below its name", () => {
  const output = {
    Traits: { classes: ["rich", "woman"], probabilities: { rich: 0.8, woman: 0.6, child: 0.1 } },
    Fare: { value: 21.5 },
    Tags: { classes: [], probabilities: { quiet: 0.4 } },
  };
  const reply = { model: "m", version: "1.0.0", serving_version: 1, output, milliseconds: 5, curl: "curl" };
  render(<Answer reply={reply} form={FORM} waiting={false} />);
  const traits = within(screen.getByRole("region", { name: "Traits" }));
  expect(traits.getByText("rich, woman")).toBeTruthy();
  expect(traits.getAllByRole("listitem").map((bar) => [bar.textContent, bar.dataset.chosen])).toEqual([
    ["rich80.0%", "true"],
    ["woman60.0%", "true"],
    ["child10.0%", "false"],
  ]);
  expect(within(screen.getByRole("region", { name: "Fare" })).getByText("21.5")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "Tags" })).getByText("none of them")).toBeTruthy();
});

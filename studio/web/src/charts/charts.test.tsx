import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Message } from "../api/client";
import { bestEpoch, figures } from "./series";
import { Sparkline } from "./Sparkline";

function epoch(
  number: number,
  loss: number,
  evalLoss: number | null,
  member: number | null = null,
): Message["Epoch"] {
  return {
    epoch: number,
    of: 10,
    train: { loss, accuracy: 1 - loss },
    eval: { accuracy: 0.5, loss: evalLoss },
    member,
    members: member && 2,
  };
}

describe("figures", () => {
  it("begin with the loss, and have train and eval as lines", () => {
    const [loss, accuracy] = figures([epoch(1, 0.5, 0.6), epoch(2, 0.4, null)]);
    expect(loss).toMatchObject({ title: "Loss", epochs: [1, 2] });
    expect(loss?.lines.map(({ label, values }) => [label, values])).toEqual([
      ["train", [0.5, 0.4]],
      ["eval", [0.6, null]],
    ]);
    expect(accuracy?.title).toBe("Accuracy");
  });

  it("have a pair of lines for each model of an ensemble, on common epochs", () => {
    const [loss] = figures([epoch(1, 0.5, 0.6, 1), epoch(2, 0.4, 0.5, 1), epoch(1, 0.3, 0.2, 2)]);
    expect(loss?.epochs).toEqual([1, 2]);
    expect(loss?.lines.map(({ label }) => label)).toEqual([
      "train, model 1",
      "eval, model 1",
      "train, model 2",
      "eval, model 2",
    ]);
    expect(loss?.lines[3]?.values).toEqual([0.2, null]);
  });

  it("keep the trainings of folds apart", () => {
    const folds = ["Fold 1/2", "Fold 2/2"].map((step) => ({ ...epoch(1, 0.5, 0.6), step }));
    expect(figures(folds)[0]?.lines.map(({ label }) => label)).toEqual([
      "train, Fold 1/2",
      "eval, Fold 1/2",
      "train, Fold 2/2",
      "eval, Fold 2/2",
    ]);
    expect(bestEpoch(folds)).toBeNull();
  });

  it("leave out a line without a number", () => {
    expect(figures([epoch(1, 0.5, null)])[0]?.lines.map(({ label }) => label)).toEqual(["train"]);
    expect(figures([])).toEqual([]);
  });
});

it("the best epoch has the lowest eval loss, the first of equal ones", () => {
  expect(bestEpoch([epoch(1, 1, 0.6), epoch(2, 1, 0.4), epoch(3, 1, 0.4), epoch(4, 1, null)])).toBe(2);
  expect(bestEpoch([epoch(1, 1, null)])).toBeNull();
  expect(bestEpoch([epoch(1, 1, 0.6, 1), epoch(1, 1, 0.6, 2)])).toBeNull();
});

describe("Sparkline", () => {
  it("says what it shows", () => {
    render(<Sparkline values={[2.3, 0.41, 0.52]} what="Eval loss" />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toBe(
      "Eval loss by epoch: from 2.300 to 0.520, lowest 0.410",
    );
  });

  it("draws one value, and equal ones, within its box", () => {
    const { container } = render(
      <>
        <Sparkline values={[1]} what="a" />
        <Sparkline values={[1, 1]} what="b" />
      </>,
    );
    const paths = [...container.querySelectorAll("path")].map((path) => path.getAttribute("d"));
    expect(paths).toEqual(["M2 12h6", "M2.0 12.0L94.0 12.0"]);
  });

  it("is nothing without values", () => {
    const { container } = render(<Sparkline values={[]} what="Eval loss" />);
    expect(container.innerHTML).toBe("");
  });
});

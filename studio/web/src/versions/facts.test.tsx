import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import type { Message } from "../api/client";
import { DatasetFacts } from "./DatasetFacts";

afterEach(cleanup);

const output = { layer: "Dense", name: "heads", config: { units: 4 }, loss: "1 x (cross-entropy)" };
const shared = { primary_metric: "Survived.binary_accuracy", output, tasks: [] };

it("names each of several labels with what it is", () => {
  const tasks = [
    { ...shared, kind: "BinaryClassification" as const, label: "Survived", classes: ["died", "survived"] },
    { ...shared, kind: "MultiLabel" as const, label: "Traits", classes: ["rich", "woman"] },
  ];
  const task = { ...shared, kind: "Several" as const, label: "Survived", classes: null, tasks };
  const dataset: Message["Dataset"] = {
    name: "voyage",
    summary: "",
    outside: true,
    model: "Tabular",
    inputs: [],
    task,
    settings: [],
    thresholds: { "Survived.binary_accuracy": "at least 0.6" },
    prepared: true,
    version: null,
  };
  render(<DatasetFacts dataset={dataset} />);
  const facts = screen.getAllByRole("definition").map((each) => each.textContent);
  expect(facts).toContain("Survived: one of two classes (died, survived)");
  expect(facts).toContain("Traits: any number of several classes (rich, woman)");
  expect(facts).toContain("accuracy of Survived; the loss is 1 x (cross-entropy)");
  expect(facts).toContain("accuracy of Survived at least 0.6");
});

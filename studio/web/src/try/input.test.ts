import { describe, expect, it } from "vitest";
import type { Message } from "../api/client";
import { errorsOf, inputOf, valuesOf } from "./input";

const field = (name: string, kind: Message["FormField"]["kind"], optional = true): Message["FormField"] => ({
  name,
  kind,
  optional,
  names: [],
});
const form = (...fields: Message["FormField"][]): Message["Form"] => ({
  dataset: "titanic",
  version: "1.0.0",
  serving_version: 1,
  label: "Survived",
  classes: ["died", "survived"],
  fields,
  example: { Age: 22, Sex: "male" },
  white_on_black: true,
});

describe("columns that have a form", () => {
  const rides = form(
    field("begun", "timestamp"),
    field("rider", "exact"),
    { ...field("tags", "set"), separator: "|" },
    { ...field("signal", "vector"), length: 2 },
  );
  const example = {
    begun: "2024-12-31T18:30:00.250000",
    rider: "4611686018427387905",
    tags: ["rain", "night, late"],
    signal: [1, 2.5],
  };

  it("show an example as a person would write it, and send it as text", () => {
    const values = valuesOf(rides, example);
    expect(values).toEqual({
      begun: "2024-12-31T18:30:00.250",
      rider: "4611686018427387905",
      tags: "rain|night, late",
      signal: "1, 2.5",
    });
    expect(inputOf(rides, values)).toEqual({ input: values, errors: {} });
    expect(inputOf(rides, {}).input).toEqual({ begun: null, rider: null, tags: null, signal: null });
  });
});

describe("a form as an input", () => {
  const titanic = form(field("Age", "number"), field("Sex", "choice", false));

  it("has numbers as numbers and missing ones as null", () => {
    expect(inputOf(titanic, { Age: " 22.5 ", Sex: "male" })).toEqual({
      input: { Age: 22.5, Sex: "male" },
      errors: {},
    });
    expect(inputOf(titanic, { Age: "", Sex: "male" }).input).toEqual({ Age: null, Sex: "male" });
    expect(inputOf(titanic, { Age: "-1e3", Sex: "male" }).input.Age).toBe(-1000);
  });

  it("says what is wrong at its field", () => {
    const { errors } = inputOf(titanic, { Age: "22,5", Sex: "" });
    expect(errors.Age).toContain("not a number");
    expect(errors.Sex).toBe("A value is needed.");
    expect(inputOf(titanic, { Age: "0x10", Sex: "a" }).errors.Age).toBeDefined();
    expect(inputOf(titanic, { Age: "1e999", Sex: "a" }).errors.Age).toBeDefined();
  });

  it("asks for a picture", () => {
    const digits = form(field("image", "image", false));
    expect(inputOf(digits, {}).errors.image).toBe("A picture is needed.");
    expect(inputOf(digits, { image: { b64: "iVBO" } }).input).toEqual({ image: { b64: "iVBO" } });
  });

  it("takes the example", () => {
    expect(valuesOf(titanic, titanic.example)).toEqual({ Age: "22", Sex: "male" });
    const digits = form(field("image", "image"));
    expect(valuesOf(digits, { image: { b64: "x" } })).toEqual({ image: { b64: "x" } });
    expect(valuesOf(digits, { image: "data:image/png;base64,x" })).toEqual({ image: { b64: "x" } });
    expect(valuesOf(digits, {})).toEqual({ image: null });
  });
});

it("reads the gateway's errors by field", () => {
  expect(
    errorsOf({
      errors: [
        { field: "Age", detail: "no number" },
        { field: null, detail: "all" },
      ],
    }),
  ).toEqual({
    Age: "no number",
    "": "all",
  });
  expect(errorsOf(null)).toEqual({});
});

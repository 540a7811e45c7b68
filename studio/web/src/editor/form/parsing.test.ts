import { describe, expect, it } from "vitest";
import type { Argument } from "../../graph/model";
import { placeholder, readText, sameName, writeText } from "./parsing";

const argument = (kind: Argument["kind"], more: Partial<Argument> = {}): Argument => ({
  name: "size",
  kind,
  required: false,
  optional: false,
  choices: [],
  help: "",
  common: true,
  ...more,
});

describe("what is typed into an argument's field", () => {
  it("is read by the argument's kind", () => {
    expect(readText(argument("int"), " 64 ").value).toBe(64);
    expect(readText(argument("float"), "1e-3").value).toBe(0.001);
    expect(readText(argument("ints", { length: 2 }), "3").value).toBe(3);
    expect(readText(argument("ints", { length: 2 }), "(3, 5)").value).toEqual([3, 5]);
    expect(readText(argument("ints", { length: 2 }), "3 × 5").value).toEqual([3, 5]);
    expect(readText(argument("shape"), "None, 8").value).toEqual([null, 8]);
    expect(readText(argument("shape"), "8").value).toEqual([8]);
    expect(readText(argument("json"), '{"a": 1}').value).toEqual({ a: 1 });
    expect(readText(argument("str"), "None").value).toBe("None");
  });

  it("is the default where nothing is typed, and None where that may be", () => {
    expect(readText(argument("int"), "")).toEqual({ value: undefined });
    expect(readText(argument("int", { optional: true }), "None")).toEqual({ value: null });
    expect(readText(argument("int"), "none").error).toMatch(/may not be None/);
  });

  it("is refused with the reason", () => {
    expect(readText(argument("int"), "3.5").error).toMatch(/not a whole number/);
    expect(readText(argument("float"), "abc").error).toMatch(/not a number/);
    expect(readText(argument("int", { low: 1 }), "0").error).toBe("At least 1, not 0.");
    expect(readText(argument("float", { high: 1 }), "2").error).toBe("At most 1, not 2.");
    expect(readText(argument("ints", { length: 2 }), "1, 2, 3").error).toMatch(/2 numbers/);
    expect(readText(argument("ints"), "1, b").error).toMatch(/b is not a whole number/);
    expect(readText(argument("json"), "{").error).toMatch(/JSON/);
  });

  it("comes back as it was written", () => {
    for (const [kind, value] of [
      ["ints", [3, 5]],
      ["ints", [3]],
      ["ints", 3],
      ["shape", [null, 8]],
      ["float", 0.5],
      ["json", { a: [1] }],
    ] as const) {
      expect(readText(argument(kind), writeText(argument(kind), value)).value).toEqual(value);
    }
  });

  it("shows the default while it is empty", () => {
    expect(placeholder(argument("ints", { default: [1, 1] }))).toBe("1, 1");
    expect(placeholder(argument("int", { required: true }))).toBe("needed");
    expect(placeholder(argument("int"))).toBe("None");
  });
});

it("names of Keras' objects are one in both spellings", () => {
  expect(sameName("GlorotUniform", "glorot_uniform")).toBe(true);
  expect(sameName("zeros", "ones")).toBe(false);
});

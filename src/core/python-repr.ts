/** @file Python's `repr` of values, for the printed forms of modules and optimizers. */

/** What appears in the arguments of a printed module. */
export type PythonValue = number | boolean | string | null | readonly PythonValue[];

/**
 * A value as Python's `repr` writes it: `True`, `None`, `'mean'`, `1e-05`, `(2, 2)`, `(3,)`. An array is a tuple.
 *
 * @param asFloat - whether numbers, also those in arrays, are floats in PyTorch, so that 1 is written `1.0`. Without it
 * integers are written as integers and other numbers as floats.
 */
export function pythonRepr(value: PythonValue, asFloat = false): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return !asFloat && Number.isInteger(value) ? `${BigInt(value)}` : floatRepr(value);
  const items = value.map((item) => pythonRepr(item, asFloat));
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

/** Both languages write the fewest digits that identify a double; they differ in when and how they write exponents. */
function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** Single quotes, unless only double quotes do without escaping. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let result = "";
  for (const char of text) result += char === mark || char === "\\" ? `\\${char}` : (ESCAPES.get(char) ?? char);
  return mark + result + mark;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

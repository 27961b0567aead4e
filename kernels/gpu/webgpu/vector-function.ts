/** @file A function of numbers as one of vectors of four: in vectors itself where it has no branches, else called four times. */
import type { WgslFunction } from "../kernel.ts";

/** What gpu.js makes of a function: statements on `in_x` … for its inputs, and functions that they call. */
export interface FunctionText {
  readonly helpers: string;
  readonly body: string;
}

const VECTOR = "vec4<f32>";

/** Whether statements are declarations of values and one return, of operators and functions that take vectors too. */
function isStraight({ helpers, body }: FunctionText): boolean {
  if (helpers.trim() !== "" || /&&|\|\||\b(?:i32|u32|bool)\b/.test(body)) return false;
  const statements = body.split(";").map((statement) => statement.trim());
  return statements.every((statement) => /^(?:var \w+ : f32 = [^=].*|return .*|)$/s.test(statement));
}

/** Numbers of the text, and of the kernel, as vectors. */
function widened(body: string): string {
  return body
    .replace(/(?<![\w.])(?:\d+\.\d*|\d*\.\d+)(?:e[+-]?\d+)?(?![\w.])/g, `${VECTOR}($&)`)
    .replace(/\bparams\.\w+/g, `${VECTOR}($&)`)
    .replace(/ : f32 = /g, ` : ${VECTOR} = `);
}

/** WGSL of a function that takes vectors, by its name; of several outputs it makes an array. */
export function vectorFunction({ name, inputs, outputs }: WgslFunction, text: FunctionText): string {
  const signature = (of: string, type: string) => {
    const result = outputs === undefined ? type : `array<${type}, ${outputs}>`;
    return `fn ${of}(${inputs.map((input) => `in_${input} : ${type}`).join(", ")}) -> ${result}`;
  };
  const returning = (body: string, type: string) => {
    if (outputs === undefined) return body;
    const values = Array.from({ length: outputs }, (_, i) => `out${i}`).join(", ");
    return body.replace(/return [^;]*;/, `return array<${type}, ${outputs}>(${values});`);
  };
  if (isStraight(text)) return `${signature(name, VECTOR)} {\n${returning(widened(text.body), VECTOR)}\n}`;
  const lanes = [0, 1, 2, 3];
  const calls = lanes.map((k) => {
    return `let value${k} = ${name}1(${inputs.map((input) => `in_${input}.${"xyzw"[k]}`).join(", ")});`;
  });
  const of = (component: string) => `${VECTOR}(${lanes.map((k) => `value${k}${component}`).join(", ")})`;
  const all =
    outputs === undefined
      ? of("")
      : `array<${VECTOR}, ${outputs}>(${Array.from({ length: outputs }, (_, i) => of(`[${i}]`)).join(", ")})`;
  return [
    text.helpers,
    `${signature(`${name}1`, "f32")} {\n${returning(text.body, "f32")}\n}`,
    `${signature(name, VECTOR)} {\n${calls.join("\n")}\nreturn ${all};\n}`,
  ].join("\n");
}

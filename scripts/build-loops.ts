/**
 * @file Writes the plain loops of all element-wise operations as a TypeScript module,
 * `kernels/reference/generated/elementwise.ts`, from their expressions in `kernels/ir/`.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DType } from "../kernels/backend.ts";
import { ELEMENTWISE, type Elementwise, expressionOf, isDefinedFor } from "../kernels/ir/elementwise.ts";
import { emitLoop, SPECIAL_FUNCTIONS } from "../kernels/ir/javascript.ts";

const target = join(dirname(dirname(fileURLToPath(import.meta.url))), "kernels/reference/generated/elementwise.ts");

/** The loop for elements of a dtype, or null where the operation is not defined. */
function variant(f: Elementwise, dtype: DType): string | null {
  return isDefinedFor(f, dtype) ? emitLoop(expressionOf(f, dtype), f.inputs.length) : null;
}

const entries = Object.entries(ELEMENTWISE).map(([name, f]) => {
  const variants = { float: variant(f, "float32"), int: variant(f, "int32"), bool: variant(f, "bool") };
  const fields: string[] = [];
  for (const [kind, loop] of Object.entries(variants)) {
    if (loop === null) continue;
    fields.push(`${kind}: ${loop}`);
  }
  return `  ${name}: {\n${fields.join(",\n")} },`;
});
const code = entries.join("\n");
const used = SPECIAL_FUNCTIONS.filter((name) => code.includes(`${name}(`));
const text = `/** @file Loops of the element-wise operations. Made by scripts/build-loops.ts; do not edit. */
import type { ElementwiseName } from "../../ir/elementwise.ts";
import type { Loops } from "../elementwise.ts";
import { ${used.join(", ")} } from "../special.ts";

export const LOOPS: Readonly<Record<ElementwiseName, Loops>> = {
${code}
};
`;
const isCurrent = (): boolean => {
  try {
    return readFileSync(target, "utf8") === text;
  } catch {
    return false;
  }
};
if (!isCurrent()) {
  mkdirSync(dirname(target), { recursive: true });
  const draft = `${target}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, target);
}

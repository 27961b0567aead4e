/** @file The batching rule for what has no other: the operation once for each sample. */
import { apply } from "../../autograd/apply.ts";
import { stack } from "../../tensor/functional.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Operand } from "./operand.ts";
import type { Call } from "./rules.ts";

const warned = new Set<string>();

/** Says once of each operation that it runs sample by sample. */
function warn(op: string): void {
  if (warned.has(op)) return;
  warned.add(op);
  console.warn(
    `[${op}] vmap: there is a performance drop because there is no batching rule for ${op} with these inputs: ` +
      "it runs once for each sample of the batch.",
  );
}

/** Sample `b` of an operand. */
export function sampleOf({ value, isBatched }: Operand, b: number): Tensor {
  return isBatched ? value.select(0, b) : value;
}

/** Calls `call` with the inputs of each sample, and stacks what it returns. */
export function loopOver(
  op: string,
  inputs: readonly Operand[],
  batchSize: number,
  call: (...inputs: Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  warn(op);
  const results = Array.from({ length: batchSize }, (_, b) => call(...inputs.map((operand) => sampleOf(operand, b))));
  const [first = []] = results;
  return first.map((_, i) => stack(results.map((outputs) => outputs[i] as Tensor)));
}

/** Runs an operation once for each sample. */
export function loop<P>({ op, inputs, params, batchSize }: Call<P>): Tensor {
  const [out] = loopOver(op.name, inputs, batchSize, (...values) => [apply(op, values, params)]);
  return out as Tensor;
}

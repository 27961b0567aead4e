/**
 * @file Holds the random calls of probe.py against tapegrad and lists every difference.
 * Run: node --conditions=tapegrad-source test/golden/probe.ts FILE
 */
import { readFileSync } from "node:fs";
import type { Tensor } from "../../src/entry/index.ts";
import { type CallSpec, type Encoded, elements, leafOf, makeCall, outputsOf, upstream, walk } from "./calls.ts";
import type { OutputSpec } from "./ops.ts";

interface Probe extends CallSpec {
  readonly error?: string;
  readonly backwardError?: string;
  readonly result?: boolean | number;
  readonly outputs?: readonly OutputSpec[];
  readonly grads?: readonly (readonly Encoded[] | null)[];
}

/** What tells a result of tapegrad from PyTorch's, or null. */
function difference(spec: Probe): string | null {
  const leaves = spec.inputs.map(leafOf);
  const inputs = leaves.map((leaf, i) => walk(leaf, spec.inputs[i]?.via));
  let result: unknown;
  try {
    result = makeCall(spec, inputs);
  } catch (error) {
    return spec.error === undefined ? `refused: ${(error as Error).message}` : null;
  }
  if (spec.error !== undefined) return `not refused: PyTorch says ${spec.error}`;
  if (spec.outputs === undefined) return result === spec.result ? null : `${result}, PyTorch has ${spec.result}`;
  const outputs = outputsOf(result);
  if (outputs.length !== spec.outputs.length) return `${outputs.length} results, PyTorch has ${spec.outputs.length}`;
  for (const [k, want] of spec.outputs.entries()) {
    const out = outputs[k] as Tensor;
    if (out.dtype !== want.dtype) return `output ${k}: ${out.dtype}, PyTorch has ${want.dtype}`;
    if (String(out.shape) !== String(want.shape)) return `output ${k}: [${out.shape}], PyTorch has [${want.shape}]`;
    const wrong = farthest(out, want.values);
    if (wrong !== null) return `output ${k}: ${wrong}`;
    if (out.gradFn?.name !== want.gradFn) return `output ${k}: ${out.gradFn?.name}, PyTorch has ${want.gradFn}`;
  }
  if (spec.backwardError !== undefined) return null;
  for (const [k, out] of outputs.entries()) {
    if (out.requiresGrad) out.backward(upstream(out, k), { retainGraph: true });
  }
  for (const [i, want] of (spec.grads ?? []).entries()) {
    const { grad } = leaves[i] as Tensor;
    if (grad === null) {
      if (want !== null) return `input ${i} has no gradient`;
      continue;
    }
    const wrong = farthest(grad, want ?? new Array<number>(grad.numel()).fill(0), 4);
    if (wrong !== null) return `gradient of input ${i}: ${wrong}`;
  }
  return null;
}

function farthest(t: Tensor, values: readonly Encoded[], factor = 1): string | null {
  const want = elements(t.dtype, values);
  const got = t.detach().dataSync();
  const [rtol, atol] = t.dtype === "float64" ? [2e-14, 1e-14] : t.dtype === "float32" ? [2e-6, 1e-6] : [0, 0];
  const far = got.findIndex((x, i) => {
    const y = want[i] as number;
    return !(Object.is(x, y) || x === y || Math.abs(x - y) <= factor * (atol + rtol * Math.abs(y)));
  });
  return far < 0 ? null : `[${[...got]}], PyTorch has [${[...want]}]`;
}

const { cases } = JSON.parse(readFileSync(process.argv[2] ?? "probe.json", "utf8")) as { cases: readonly Probe[] };
const limit = Number(process.argv[3] ?? 3);
const seen = new Map<string, number>();
let count = 0;
for (const spec of cases) {
  let found: string | null;
  try {
    found = difference(spec);
  } catch (error) {
    found = `fails: ${(error as Error).stack}`;
  }
  if (found === null) continue;
  count++;
  const kind = `${spec.op} ${found.slice(0, 12)}`;
  seen.set(kind, (seen.get(kind) ?? 0) + 1);
  if ((seen.get(kind) ?? 0) > limit) continue;
  const inputs = spec.inputs.map(
    (i) =>
      `${i.dtype}[${i.shape}]${i.values.length < 9 ? ` {${i.values}}` : ""}${i.via === undefined ? "" : ` via ${JSON.stringify(i.via)}`}`,
  );
  console.log(`${spec.op}(${inputs.join("; ")}; ${JSON.stringify(spec.args)})\n    ${found}`);
}
console.log(`${count} of ${cases.length} calls differ`);
process.exitCode = count > 0 ? 1 : 0;

/** @file How RNN, LSTM and GRU are written: a node for each layer, with both its directions. */
import type { CellKind } from "../../tensor/ops/rnn-cells.ts";
import { type Call, first, nth, type Operand, sizedRule } from "../emitter.ts";
import { squeezed, unsqueezed } from "./shapes.ts";

/** What a recurrent layer's class and arguments fix. */
interface Stack {
  readonly cell: CellKind;
  readonly numLayers: number;
  readonly directions: number;
  readonly hiddenSize: number;
  readonly batchFirst: boolean;
}

/** The places of ONNX's gates among PyTorch's. */
const GATES: Readonly<Record<CellKind, readonly number[]>> = {
  tanh: [0],
  relu: [0],
  // i, o, f, c of i, f, g, o.
  lstm: [0, 3, 1, 2],
  // z, r, h of r, z, n.
  gru: [1, 0, 2],
};

const NODES: Readonly<Record<CellKind, string>> = { tanh: "RNN", relu: "RNN", lstm: "LSTM", gru: "GRU" };

/** Weight or bias with the gates in ONNX's order. */
function reordered({ graph, params }: Call<Stack>, weight: string): string {
  const order = GATES[params.cell];
  if (order.length === 1) return weight;
  const lengths = graph.ints(order.map(() => params.hiddenSize));
  const parts = graph.several("Split", [weight, lengths], { axis: 0 }, order.length);
  return graph.node(
    "Concat",
    order.map((i) => parts[i] as string),
    { axis: 0 },
  );
}

/** A bias, or zeros where there is none: a layer may have one of the two. */
function biasAt(call: Call<Stack>, i: number): string {
  const { graph, params } = call;
  const bias = call.inputs[i];
  if (bias != null) return reordered(call, bias.name);
  const { dtype } = first(call);
  const length = GATES[params.cell].length * params.hiddenSize;
  return graph.constant(dtype, [length], dtype === "float64" ? new Float64Array(length) : new Float32Array(length));
}

/** The weights of the directions, stacked. */
function stacked(call: Call<Stack>, parts: readonly string[]): string {
  const rows = parts.map((part) => unsqueezed(call, part, 0));
  return rows.length === 1 ? (rows[0] as string) : call.graph.node("Concat", rows, { axis: 0 });
}

/** Inputs: x, h0 and c0 (or null), and weights and biases by layer and direction. */
export const rnn = sizedRule<Stack>((call) => {
  const { graph, params } = call;
  const { cell, numLayers, directions, hiddenSize, batchFirst } = params;
  const hasBias = call.inputs.some((operand, i) => i >= 3 && (i - 3) % 4 >= 2 && operand !== null);
  const x = first(call);
  const isBatched = x.shape.length === 3;
  const state = (i: number): Operand | null => call.inputs[i] ?? null;
  let sequence = isBatched ? x.name : unsqueezed(call, x.name, 1);
  if (isBatched && batchFirst) sequence = graph.node("Transpose", [sequence], { perm: [1, 0, 2] });
  const [finalH, finalC]: [string[], string[]] = [[], []];
  for (let layer = 0; layer < numLayers; layer++) {
    const weightAt = (direction: number, part: number): number => 3 + 4 * (layer * directions + direction) + part;
    const at = (direction: number, part: number): string => nth(call, weightAt(direction, part)).name;
    const each = (make: (direction: number) => string): string =>
      stacked(
        call,
        Array.from({ length: directions }, (_, direction) => make(direction)),
      );
    const initial = (i: number): string => {
      const given = state(i);
      if (given === null) return "";
      const whole = isBatched ? given.name : unsqueezed(call, given.name, 1);
      if (numLayers === 1) return whole;
      const [from, to] = [layer * directions, (layer + 1) * directions];
      return graph.node("Slice", [whole, graph.ints([from]), graph.ints([to]), graph.ints([0])]);
    };
    const biases = hasBias
      ? each((d) => graph.node("Concat", [biasAt(call, weightAt(d, 2)), biasAt(call, weightAt(d, 3))], { axis: 0 }))
      : "";
    const inputs = [
      sequence,
      each((d) => reordered(call, at(d, 0))),
      each((d) => reordered(call, at(d, 1))),
      biases,
      "",
      initial(1),
      ...(cell === "lstm" ? [initial(2)] : []),
    ];
    const attributes = {
      hidden_size: hiddenSize,
      direction: directions === 2 ? "bidirectional" : "forward",
      linear_before_reset: cell === "gru" ? 1 : undefined,
      activations: cell === "relu" ? new Array<string>(directions).fill("Relu") : undefined,
    };
    const [all, h, c] = graph.several(NODES[cell], inputs, attributes, cell === "lstm" ? 3 : 2) as [
      string,
      string,
      string,
    ];
    finalH.push(h);
    if (cell === "lstm") finalC.push(c);
    // [L, D, N, H] → [L, N, D·H]
    sequence =
      directions === 1
        ? squeezed(call, all, 1)
        : graph.node("Reshape", [graph.node("Transpose", [all], { perm: [0, 2, 1, 3] }), graph.ints([0, 0, -1])]);
  }
  const joined = (states: readonly string[]): string => {
    const whole = states.length === 1 ? (states[0] as string) : graph.node("Concat", states, { axis: 0 });
    return isBatched ? whole : squeezed(call, whole, 1);
  };
  let output = sequence;
  if (!isBatched) output = squeezed(call, output, 1);
  else if (batchFirst) output = graph.node("Transpose", [output], { perm: [1, 0, 2] });
  const results = [output, joined(finalH)];
  return cell === "lstm" ? [...results, joined(finalC)] : results;
});

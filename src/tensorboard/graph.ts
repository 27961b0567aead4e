/** @file The graph of a module for TensorBoard: the operations that a forward pass records, under the modules they run in. */

import { enableGrad } from "../autograd/grad-mode.ts";
import type { GraphNode } from "../autograd/node.ts";
import { ValueError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { AnyModule } from "../nn/module.ts";
import { ones } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Message } from "./messages.ts";

/** Operations of numbers from `from` to `to` ran in a module. */
interface Scope {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The number that the next node of the tape follows on. */
function now(): number {
  return ones(1).requiresGrad_().mul(1).gradFn?.sequenceNr ?? 0;
}

/** The operation behind a node: `AddmmBackward0` as `addmm`. */
function operationOf(name: string): string {
  const bare = name.replace(/Backward\d*$/, "");
  return `${bare.slice(0, 1).toLowerCase()}${bare.slice(1)}`;
}

/** The graph of a forward pass. @throws ValueError if it records nothing. */
export function graphOf(module: AnyModule, inputs: readonly Tensor[]): Message {
  const scopes: Scope[] = [];
  const root = module.constructor.name;
  const handles = module.namedModules().flatMap(([name, each]) => {
    const begun: number[] = [];
    const scope = name === "" ? root : `${root}/${name.replaceAll(".", "/")}`;
    return [
      each.registerForwardPreHook(() => void begun.push(now())),
      each.registerForwardHook(() => void scopes.push({ name: scope, from: begun.pop() ?? 0, to: now() })),
    ];
  });
  let result: unknown;
  try {
    result = enableGrad(() => module.forward(...inputs));
  } finally {
    for (const handle of handles) handle.remove();
  }
  const outputs = [result].flat().filter(isTensor);
  const nodes = new Map<GraphNode, string>();
  const messages: Message[] = [];
  const parameters = new Map<Tensor, string>(module.namedParameters().map(([name, parameter]) => [parameter, name]));

  const scopeOf = (node: GraphNode): string => {
    // The innermost module is the one that ended first.
    const scope = scopes.find(({ from, to }) => node.sequenceNr > from && node.sequenceNr < to);
    return scope?.name ?? root;
  };
  const nameOf = (node: GraphNode): string => {
    const known = nodes.get(node);
    if (known !== undefined) return known;
    const variable: unknown = "variable" in node ? node.variable : undefined;
    if (isTensor(variable)) {
      const name = parameters.get(variable);
      const path = name === undefined ? `input/${nodes.size}` : `${root}/${name.replaceAll(".", "/")}`;
      nodes.set(node, path);
      const shape = { dim: variable.shape.map((size) => ({ size: BigInt(size) })) };
      messages.push({
        name: path,
        op: name === undefined ? "IO Node" : "Parameter",
        attr: { _output_shapes: { list: { shape: [shape] } } },
      });
      return path;
    }
    const operation = operationOf(node.name);
    const path = `${scopeOf(node)}/${operation}_${nodes.size}`;
    nodes.set(node, path);
    // In place of recursion, which a deep graph overflows: inputs are named when their turn comes.
    pending.push(node);
    return path;
  };
  const pending: GraphNode[] = [];
  for (const [i, output] of outputs.entries()) {
    const { gradFn } = output;
    if (gradFn === null) continue;
    messages.push({ name: `output/output.${i + 1}`, op: "IO Node", input: [nameOf(gradFn)] });
  }
  if (messages.length === 0) {
    throw new ValueError("[addGraph] the forward pass records nothing: no parameter and no input requires a gradient");
  }
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const input = node.nextFunctions.filter((next) => next !== null).map(nameOf);
    messages.push({ name: nodes.get(node), op: node.name.replace(/Backward\d*$/, ""), input });
  }
  return { node: messages, versions: { producer: 22 } };
}

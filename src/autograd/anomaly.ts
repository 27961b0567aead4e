/** @file Anomaly detection: whose gradient went wrong, and where that operation was called. */
import { optional, required, signature } from "../core/arguments.ts";
import { DeviceError, GraphError } from "../core/errors.ts";
import { aBoolean, aFunction } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withGradMode } from "./grad-mode.ts";
import type { GraphNode } from "./node.ts";
import type { Gradients } from "./op.ts";
import { ScopedValue } from "./scoped-value.ts";

export interface AnomalyOptions {
  /** Look for NaN in every gradient. Without it only the calls are remembered, for errors in backward. Default: true. */
  readonly checkNan?: boolean | undefined;
}

/** Where a node was made. */
export interface Trace {
  /** The calls that led to it, innermost first. */
  readonly stack: string;
  /** The node whose backward step made it, if one did. */
  readonly inducedBy: GraphNode | null;
}

const DETECT_ANOMALY = signature("detectAnomaly", { fn: required(aFunction), checkNan: optional(aBoolean, true) });

const mode = new ScopedValue<{ readonly checkNan: boolean } | null>(null);

/** The node whose backward step is running. */
let running: GraphNode | null = null;

/** Stacks are as deep as programs are; V8 keeps ten calls unless it is told. */
const STACK_LIMIT = 64;

/**
 * Runs `fn`, sync or async, and watches it: a backward pass in it that computes NaN throws an error that names the
 * operation and shows where it was called. It makes everything slower, so it is for finding mistakes only. The gradients
 * must be on a device that can be read synchronously.
 *
 * @throws GraphError with the words "Function 'LogBackward0' returned nan values in its 0th output." and the stack of the
 * forward call; what else goes wrong in a backward step is thrown again with that stack.
 * @example
 * autograd.detectAnomaly(() => {
 *   const x = tensor([0], { requiresGrad: true });
 *   x.sqrt().mul(0).backward(); // Function 'SqrtBackward0' returned nan values in its 0th output.
 * });
 */
export function detectAnomaly<T>(...args: readonly [fn: () => T, options?: AnomalyOptions | undefined]): T {
  const { fn, checkNan } = DETECT_ANOMALY.read(args);
  return mode.run({ checkNan }, fn as () => T);
}

/** Whether {@link detectAnomaly} is on. */
export function isAnomalyDetected(): boolean {
  return mode.current !== null;
}

/** What a node that is being made remembers: nothing, unless anomalies are looked for. */
export function traceHere(): Trace | null {
  return mode.current === null ? null : { stack: callStack(), inducedBy: running };
}

/** Runs the backward step of a node and looks at what comes of it. */
export function runWatched(node: GraphNode, run: () => Gradients): Gradients {
  const outer = running;
  running = node;
  let grads: Gradients;
  try {
    grads = run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new GraphError(`[detectAnomaly] Error detected in ${node.name}: ${text}${origin(node)}`, { cause: error });
  } finally {
    running = outer;
  }
  if (mode.current?.checkNan) checkNan(node, grads);
  return grads;
}

function checkNan(node: GraphNode, grads: Gradients): void {
  for (const [i, grad] of grads.entries()) {
    if (grad == null || node.nextFunctions[i] == null || !hasNan(grad)) continue;
    throw new GraphError(
      `[detectAnomaly] Function '${node.name}' returned nan values in its ${i}th output.${origin(node)}`,
    );
  }
}

function hasNan(t: Tensor): boolean {
  if (t.device !== "cpu") {
    throw new DeviceError(
      `[detectAnomaly] gradients on device "${t.device}" cannot be read during backward. Look for the anomaly on device "cpu".`,
    );
  }
  return withGradMode(false, () => t.dataSync()).some(Number.isNaN);
}

/** The calls that made a node, and those that made the node whose backward step made it. */
function origin(node: GraphNode): string {
  if (node.trace === null) {
    return " No forward pass information available: run the forward pass inside detectAnomaly too.";
  }
  let text = `\nTraceback of forward call that caused the error:\n${node.trace.stack}`;
  for (let cause = node.trace.inducedBy; cause !== null; cause = cause.trace?.inducedBy ?? null) {
    text += `\nPrevious calculation was induced by ${cause.name}. `;
    text +=
      cause.trace === null
        ? "No forward pass information available."
        : `Traceback of forward call that induced the previous calculation:\n${cause.trace.stack}`;
  }
  return text;
}

/** The calls up to here: the program's own, and the layers among them. */
function callStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_LIMIT;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = limit;
  const calls = stack.split("\n").filter((line) => line.includes(":") && !/node:|^Error\b/.test(line));
  const own = ownFolder(calls[0]);
  const telling = calls.filter((line) => own === undefined || !line.includes(own) || line.includes(".forward "));
  // In a bundle of a whole program everything looks like this library.
  return (telling.length === 0 ? calls : telling).join("\n");
}

/**
 * The folder of this library's code, of the sources or of the bundle, from a call in this file. The stack knows it
 * wherever the code came to; `import.meta.url` is missing in classic scripts and CommonJS, to which bundlers translate.
 */
function ownFolder(call = ""): string | undefined {
  // V8 writes "at name (file:1:2)", other engines "name@file:1:2".
  const file = call.match(/^(?:\s*at .*? \(|\s*at |[^@]*@)(.*):\d+:\d+\)?$/)?.[1];
  return file?.match(/^(.*[\\/])autograd[\\/]anomaly\.ts$/)?.[1] ?? file?.match(/^.*[\\/]/)?.[0];
}

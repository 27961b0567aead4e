/** @file Anomaly detection: NaN and errors in backward, traced to the forward call. */
import { optional, required, signature } from "../core/arguments.ts";
import { DeviceError, GraphError } from "../core/errors.ts";
import { aBoolean, aFunction } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { withGradMode } from "./grad-mode.ts";
import type { GraphNode } from "./node.ts";
import type { Gradients } from "./op.ts";
import { ScopedValue } from "./scoped-value.ts";

/** The options of {@link detectAnomaly}. */
export interface AnomalyOptions {
  /** Check every gradient for NaN. If false, only errors in backward get the stack of the forward call. Default: true. */
  readonly checkNan?: boolean | undefined;
}

/** The place where a node was created. */
export interface Trace {
  /** The calls that led to it, innermost first. */
  readonly stack: string;
  /** The node whose backward step created it, if one did. */
  readonly inducedBy: GraphNode | null;
}

const DETECT_ANOMALY = signature("detectAnomaly", { fn: required(aFunction), checkNan: optional(aBoolean, true) });

const mode = new ScopedValue<{ readonly checkNan: boolean } | null>(null);

/** The node whose backward step is running. */
let running: GraphNode | null = null;

/** Stacks are as deep as programs are; V8 keeps ten calls unless it is told. */
const STACK_LIMIT = 64;

/**
 * Runs `fn`, sync or async, with anomaly detection: a backward pass in it that computes NaN throws an error that names the
 * operation and shows the stack of its forward call. It slows everything down: use it for debugging only. The gradients
 * must be on the CPU.
 *
 * @throws GraphError such as "Function 'SqrtBackward0' returned nan values in its 0th output." with the stack of the
 * forward call. Any other error of a backward step is thrown again with that stack.
 * @example
 * const x = tensor([0], { requiresGrad: true });
 * autograd.detectAnomaly(() => x.sqrt().mul(0).backward());
 * // throws GraphError: [detectAnomaly] Function 'SqrtBackward0' returned nan values in its 0th output.
 */
export function detectAnomaly<T>(...args: readonly [fn: () => T, options?: AnomalyOptions | undefined]): T {
  const { fn, checkNan } = DETECT_ANOMALY.read(args);
  return mode.run({ checkNan }, fn as () => T);
}

const SET_DETECT_ANOMALY = signature("setDetectAnomaly", {
  mode: required(aBoolean),
  checkNan: optional(aBoolean, true),
});

/**
 * Switches anomaly detection on or off from now on: see {@link detectAnomaly}, which does so for the length of a function.
 *
 * @example
 * autograd.setDetectAnomaly(true);
 * const x = tensor([0], { requiresGrad: true });
 * expect(() => x.sqrt().mul(0).backward()).toThrow("Function 'SqrtBackward0' returned nan values in its 0th output.");
 * autograd.setDetectAnomaly(false);
 */
export function setDetectAnomaly(mode: boolean, checkNan?: boolean): void;
export function setDetectAnomaly(mode: boolean, options?: AnomalyOptions): void;
export function setDetectAnomaly(...args: readonly unknown[]): void {
  const given = SET_DETECT_ANOMALY.read(args);
  mode.set(given.mode ? { checkNan: given.checkNan } : null);
}

/** Whether {@link detectAnomaly} is on. */
export function isAnomalyDetected(): boolean {
  return mode.current !== null;
}

/** The trace of a node that is being created; null unless anomaly detection is on. */
export function traceHere(): Trace | null {
  return mode.current === null ? null : { stack: callStack(), inducedBy: running };
}

/** Runs the backward step of a node and checks its gradients. */
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

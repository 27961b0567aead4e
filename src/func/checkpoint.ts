/** @file Activation checkpointing: what a part of a network would save for the backward pass is computed again instead. */
import { batchingHook, withBatchingHook } from "../autograd/batching.ts";
import { enableGrad, isGradEnabled } from "../autograd/grad-mode.ts";
import { withHooks } from "../autograd/saved-tensors-hooks.ts";
import { describeValue } from "../core/describe.ts";
import { GraphError, ValueError } from "../core/errors.ts";
import { isRecord, isThenable } from "../core/realm.ts";
import { defaultGenerator } from "../tensor/random/generator.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The options of {@link checkpoint}, in an object after the arguments of the function. */
export interface CheckpointOptions {
  /** Draw the same random numbers when the function runs again, as dropout does. Default: true. */
  readonly preserveRngState?: boolean | undefined;
  /** For programs written for PyTorch, which has two implementations: this is the one without, whatever is given. */
  readonly useReentrant?: boolean | undefined;
}

const NAMES: ReadonlySet<string> = new Set(["preserveRngState", "useReentrant"]);

function isOptions(value: unknown): value is CheckpointOptions {
  if (!isRecord(value)) return false;
  const names = Object.keys(value);
  return names.length > 0 && names.every((name) => NAMES.has(name));
}

/** A tensor that was saved in the first run, as the second one has to save it again. */
interface Saved {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/**
 * Runs `fn` without keeping what its operations save for the backward pass; the backward pass runs `fn` again to have it.
 * Memory for time: of a network in parts of which each is a checkpoint, only what lies between the parts is kept. The
 * gradients are those without it, bit for bit; random numbers are drawn anew as they were (`defaultGenerator`).
 *
 * `fn` runs twice, so it must do the same again: statistics that it updates, as those of BatchNorm, are updated twice.
 *
 * @param args - The arguments of `fn`, and after them perhaps {@link CheckpointOptions}.
 * @throws GraphError from the backward pass if the second run saves other tensors than the first.
 * @example
 * const layer = new nn.Sequential(new nn.Linear(4, 64), new nn.ReLU(), new nn.Linear(64, 1));
 * const x = ones(2, 4);
 * checkpoint((input: Tensor) => layer.forward(input), x).sum().backward();
 * layer.parameters().every((p) => p.grad !== null); // true
 */
export function checkpoint<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...args: A | [...args: A, options: CheckpointOptions]
): R {
  const last = args.at(-1);
  const options = isOptions(last) ? last : {};
  const own = (isOptions(last) ? args.slice(0, -1) : args) as unknown as A;
  if (typeof fn !== "function") throw new ValueError(`[checkpoint] expected a function, but got ${typeof fn}`);
  if (!isGradEnabled()) return fn(...own);
  return withHooks(
    recomputing(() => fn(...own), options.preserveRngState ?? true),
    () => {
      const result = fn(...own);
      if (isThenable(result))
        throw new ValueError("[checkpoint] the function returned a promise: it must be synchronous");
      return result;
    },
  );
}

/** Hooks that keep nothing, and run a function again when the backward pass asks for a tensor. */
function recomputing(run: () => unknown, preserveRngState: boolean) {
  const first: Saved[] = [];
  const generatorState = preserveRngState ? defaultGenerator.getState() : null;
  // The vmap around the first run, if there was one.
  const around = batchingHook;
  let second: Tensor[] | null = null;

  const again = (): Tensor[] => {
    const kept: Tensor[] = [];
    const before = generatorState === null ? null : defaultGenerator.getState();
    if (generatorState !== null) defaultGenerator.setState(generatorState);
    const unpack = (): never => {
      throw new GraphError("[checkpoint] the function runs a backward pass of its own, which cannot be computed again");
    };
    const pack = (t: Tensor): null => {
      kept.push(t);
      return null;
    };
    try {
      withBatchingHook(around, () => withHooks({ pack, unpack }, () => enableGrad(run)));
    } finally {
      if (before !== null) defaultGenerator.setState(before);
    }
    const matches =
      kept.length === first.length &&
      kept.every(({ shape, dtype }, i) => {
        const was = first[i] as Saved;
        return dtype === was.dtype && shape.length === was.shape.length && shape.every((n, d) => n === was.shape[d]);
      });
    if (matches) return kept;
    throw new GraphError(
      `[checkpoint] A different number of tensors was saved during the original forward and recomputation, or tensors of other shapes: ${first.length} then, ${kept.length} now. ` +
        "The function has to do the same when it runs again.",
    );
  };

  return {
    pack({ shape, dtype }: Tensor): number {
      return first.push({ shape, dtype }) - 1;
    },
    unpack(index: unknown): Tensor {
      second ??= again();
      return second[index as number] as Tensor;
    },
  };
}

/** The parts of `functions`. @throws ValueError for anything that cannot be gone through, or parts that cannot be called. */
function listOf(functions: unknown): readonly SequentialPart[] {
  const isIterable =
    typeof functions === "object" &&
    functions !== null &&
    typeof Reflect.get(functions, Symbol.iterator) === "function";
  const list = isIterable ? [...(functions as Iterable<unknown>)] : [];
  const isPart = (part: unknown): part is SequentialPart =>
    typeof part === "function" || (typeof part === "object" && part !== null && "forward" in part);
  if (isIterable && list.every(isPart)) return list;
  throw new ValueError(
    `[checkpointSequential] expected a list of modules and functions, but got ${describeValue(functions)}`,
  );
}

/** What can be called in a row: modules, or functions. */
export type SequentialPart = { forward(input: Tensor): Tensor } | ((input: Tensor) => Tensor);

/** The options of {@link checkpointSequential}. */
export type CheckpointSequentialOptions = CheckpointOptions;

/**
 * Runs functions one after the other in `segments` parts, each of which but the last is a {@link checkpoint}.
 *
 * @param functions - An `nn.Sequential`, or a list of modules and functions.
 * @throws ValueError unless there are at least as many functions as segments.
 * @example
 * const layers = [new nn.Linear(2, 8), new nn.Tanh(), new nn.Linear(8, 8), new nn.Tanh()];
 * checkpointSequential(new nn.Sequential(...layers), 2, ones(3, 2)).shape; // [3, 8]
 */
export function checkpointSequential(
  functions: Iterable<SequentialPart>,
  segments: number,
  input: Tensor,
  options: CheckpointSequentialOptions = {},
): Tensor {
  const list = listOf(functions);
  if (!Number.isInteger(segments) || segments < 1 || segments > list.length) {
    throw new ValueError(
      `[checkpointSequential] expected between 1 and ${list.length} segments, the number of functions, but got ${segments}`,
    );
  }
  const size = Math.floor(list.length / segments);
  const runner = (start: number, end: number) => (x: Tensor) =>
    list.slice(start, end).reduce((y, part) => (typeof part === "function" ? part(y) : part.forward(y)), x);
  let x = input;
  for (let i = 0; i < segments - 1; i++) {
    x = checkpoint(runner(i * size, (i + 1) * size), x, { preserveRngState: true, ...options });
  }
  return runner((segments - 1) * size, list.length)(x);
}

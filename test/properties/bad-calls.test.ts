/**
 * @file Every public function, class and method of a tensor, called with arguments that make little sense: each call gives
 * a value or one of the library's errors, which names the operation, and an error leaves all tensors as they were.
 */
import { describe, expect, test } from "vitest";
import * as data from "../../src/entry/data.ts";
import * as tapegrad from "../../src/entry/index.ts";
import { autograd, getNumThreads, setNumThreads, TapegradError, Tensor } from "../../src/entry/index.ts";
import * as io from "../../src/entry/io.ts";
import * as nn from "../../src/entry/nn.ts";
import * as optim from "../../src/entry/optim.ts";
import * as vision from "../../src/entry/vision.ts";
import { argument, Draw, tensors } from "./bad-arguments.ts";

/** TAPEGRAD_BAD_CALLS and TAPEGRAD_BAD_CALLS_SEED set another number of calls, and other ones. */
const CALLS = Number(process.env.TAPEGRAD_BAD_CALLS ?? 12_000);

/** Need files or devices. */
const ELSEWHERE = new Set([
  "load",
  "save",
  "loadCheckpoint",
  "saveCheckpoint",
  "saveImage",
  "gpuAvailable",
  "selectDevice",
]);

type Callable = (...args: readonly unknown[]) => unknown;

interface Target {
  readonly name: string;
  call(self: Tensor, args: readonly unknown[]): unknown;
}

function isClass(value: unknown): value is new (...args: readonly unknown[]) => object {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

function functionsOf(namespace: object, prefix: string): Target[] {
  return Object.entries(namespace).flatMap(([name, value]) => {
    if (typeof value !== "function" || isClass(value) || ELSEWHERE.has(name)) return [];
    return [{ name: `${prefix}${name}`, call: (_, args) => (value as Callable)(...args) }];
  });
}

/** Classes: makes one, and runs it on a tensor if it is a module. */
function constructorsOf(namespace: object, prefix: string): Target[] {
  return Object.entries(namespace).flatMap(([name, value]) => {
    if (!isClass(value)) return [];
    const call = (self: Tensor, args: readonly unknown[]): unknown => {
      const made = new value(...args);
      return made instanceof nn.Module ? made.forward(self) : made;
    };
    return [{ name: `new ${prefix}${name}`, call }];
  });
}

function methods(): Target[] {
  const own = Object.getOwnPropertyDescriptors(Tensor.prototype);
  return Object.entries(own).flatMap(([name, { value }]) => {
    if (typeof value !== "function" || name === "constructor") return [];
    return [{ name: `Tensor.${name}`, call: (self, args) => (value as Callable).call(self, ...args) }];
  });
}

const targets = [
  ...functionsOf(tapegrad, ""),
  ...functionsOf(autograd, "autograd."),
  ...functionsOf(autograd.functional, "autograd.functional."),
  ...functionsOf(nn.functional, "nn.functional."),
  ...functionsOf(nn.init, "nn.init."),
  ...functionsOf(nn.utils, "nn.utils."),
  ...functionsOf(data, "data."),
  ...functionsOf(io, "io."),
  ...constructorsOf(nn, "nn."),
  ...constructorsOf(optim, "optim."),
  ...constructorsOf(optim.lrScheduler, "optim.lrScheduler."),
  ...constructorsOf(data, "data."),
  ...constructorsOf(data.transforms, "data.transforms."),
  ...functionsOf(vision.ops, "vision.ops."),
  ...constructorsOf(vision.ops, "vision.ops."),
  ...functionsOf(vision.utils, "vision.utils."),
  ...functionsOf(vision.transforms.functional, "vision.transforms.functional."),
  ...constructorsOf(vision.transforms, "vision.transforms."),
  ...methods(),
];

/** What an error must leave as it was. */
function snapshot(values: readonly unknown[]): unknown[] {
  return values
    .flat()
    .filter((value) => value instanceof Tensor)
    .map((x) => [x.dtype, x.shape, x.requiresGrad, x.storage.version, Array.from(x.detach().dataSync())]);
}

function shown(args: readonly unknown[]): string {
  return args
    .map((arg) => {
      if (arg instanceof Tensor) return `${arg.dtype}[${arg.shape}]`;
      if (typeof arg === "function" || typeof arg === "symbol" || typeof arg === "bigint") return typeof arg;
      try {
        return JSON.stringify(arg) ?? "undefined";
      } catch {
        return "[cyclic]";
      }
    })
    .join(", ");
}

/** What is wrong about an error, or undefined. */
function complaintAbout(error: unknown): string | undefined {
  if (!(error instanceof TapegradError)) return `raw ${error instanceof Error ? error.stack : String(error)}`;
  return /^\[[\w.]+\] \S/.test(error.message) ? undefined : `no operation in front: ${error.message}`;
}

async function problemOf(target: Target, self: Tensor, args: readonly unknown[]): Promise<string | undefined> {
  const before = snapshot([self, ...args]);
  try {
    await target.call(self, args);
    return undefined;
  } catch (error) {
    const complaint = complaintAbout(error);
    if (complaint !== undefined) return complaint;
    const after = snapshot([self, ...args]);
    return JSON.stringify(after) === JSON.stringify(before) ? undefined : "a failed call changed a tensor";
  }
}

describe("bad calls", () => {
  test(`${CALLS} of ${targets.length} functions end in a value or a typed error`, async () => {
    const threads = getNumThreads();
    const draw = new Draw(Number(process.env.TAPEGRAD_BAD_CALLS_SEED ?? 9));
    const problems = new Map<string, string>();
    for (let i = 0; i < CALLS; i++) {
      const target = targets[i % targets.length] as Target;
      const self = draw.of(tensors)();
      const args = Array.from({ length: draw.below(5) }, () => argument(draw));
      const text = `${target.name}(${shown(args)}) on ${self.dtype}[${self.shape}]`;
      const problem = await problemOf(target, self, args);
      if (problem !== undefined) problems.set(target.name, `${text}: ${problem}`);
    }
    setNumThreads(threads);
    expect([...problems.values()]).toEqual([]);
  }, 600_000);
});

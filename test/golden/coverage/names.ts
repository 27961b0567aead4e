/** @file The public names that the coverage table is about, as the package exports them. */
import * as tapegrad from "../../../src/entry/index.ts";
import { func, linalg, nn, optim, Tensor } from "../../../src/entry/index.ts";

/** Parts of the table, in their order, with what stands above them. */
export const KINDS = {
  tensor: "Tensor methods and functions",
  linalg: "linalg",
  func: "func",
  functional: "nn.functional",
  layer: "nn",
  init: "nn.init",
  utils: "nn.utils",
  optimizer: "optim",
  scheduler: "optim.lrScheduler",
} as const;

export type Kind = keyof typeof KINDS;

/** Public values by name, for one kind. A method and a function of one name are one entry. */
export type Names = ReadonlyMap<string, unknown>;

const isFunction = (value: unknown): boolean => typeof value === "function";
const isClass = (name: string, value: unknown): boolean => isFunction(value) && /^[A-Z]/.test(name);

function pick(owner: object, wanted: (name: string, value: unknown) => boolean): Names {
  return new Map(Object.entries(owner).filter(([name, value]) => wanted(name, value)));
}

function tensorNames(): Names {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
    .filter(([name]) => name !== "constructor")
    .map(([name, { value, get }]): [string, unknown] => [name, value ?? get]);
  const functions = Object.entries(tapegrad).filter(([name, value]) => isFunction(value) && !isClass(name, value));
  return new Map([...methods, ...functions]);
}

export const publicNames: Readonly<Record<Kind, Names>> = {
  tensor: tensorNames(),
  linalg: pick(linalg, (name, value) => isFunction(value) && !isClass(name, value)),
  func: pick(func, (_, value) => isFunction(value)),
  functional: pick(nn.functional, (_, value) => isFunction(value)),
  layer: pick(nn, isClass),
  init: pick(nn.init, (_, value) => isFunction(value)),
  utils: pick(nn.utils, (_, value) => isFunction(value)),
  optimizer: pick(optim, isClass),
  scheduler: pick(optim.lrScheduler, isClass),
};

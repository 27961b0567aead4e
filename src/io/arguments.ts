/** @file Kinds of arguments of file functions. */
import { describeValue } from "../core/describe.ts";
import { aRecord } from "../core/file-kinds.ts";
import { isForeignTensor, isTensor } from "../core/identity.ts";
import { type Kind, REFUSED } from "../core/kinds.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A record of which every value passes. The hint names one that does not. */
function recordOf<T>(
  description: string,
  accepts: (value: unknown) => value is T,
  hint: (name: string, value: unknown) => string,
): Kind<Readonly<Record<string, T>>> {
  return {
    description,
    read: (value) => {
      const record = aRecord.read(value);
      if (record === REFUSED || isOther(record)) return REFUSED;
      return Object.values(record).every(accepts) ? (record as Readonly<Record<string, T>>) : REFUSED;
    },
    hint: (value) => {
      if (typeof value === "object" && value !== null && "stateDict" in value)
        return "Pass what its stateDict() gives.";
      const record = aRecord.read(value);
      if (record === REFUSED || isOther(record)) return undefined;
      const wrong = Object.entries(record).find(([, item]) => !accepts(item));
      return wrong && hint(...wrong);
    },
  };
}

/** Maps, promises, typed arrays and the like have no names of their own. */
function isOther(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

/** Tensors under their names. */
export const aTensorDict: Kind<Readonly<Record<string, Tensor>>> = recordOf(
  "an object of Tensors",
  isTensor,
  (name, value) => {
    const foreign = isForeignTensor(value) ? " Make sure that one copy of tapegrad is loaded." : "";
    return `Expected a Tensor under ${JSON.stringify(name)}, but there is ${describeValue(value)}.${foreign}`;
  },
);

/** Text under names. */
export const aStringMap: Kind<Readonly<Record<string, string>>> = recordOf(
  "an object of strings",
  (value): value is string => typeof value === "string",
  (name, value) =>
    `Expected a string under ${JSON.stringify(name)}, but there is ${describeValue(value)}. Convert it with String or JSON.stringify.`,
);

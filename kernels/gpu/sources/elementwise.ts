/** @file Kernels that compute element by element, from arrays of any layout and from numbers. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { elementTexels } from "./element-texels.ts";
import { coordinates, indexExpression, named } from "./index-math.ts";

/** A function of one to three arguments. */
export interface ElementFunction {
  readonly name: string;
  /** Names of the arguments in {@link statements}. */
  readonly inputs: readonly string[];
  /** Further numbers that it uses. */
  readonly floats?: readonly string[];
  readonly statements: string;
}

/**
 * How the arguments come: all arrays step by step (`flat`: step 0 repeats one element, step 1 goes through; `texels`: the
 * same by whole texels), or in a number of dimensions with strides of their own.
 */
export type ElementLayout = "flat" | "texels" | number;

/** For each function, kernels by what its arguments are (`a` an array, `n` a number) and how they lie. */
const tables = new WeakMap<ElementFunction, (key: string) => GpuKernel>();

/**
 * The kernel of a function. Its ints are, for `flat` and `texels`, the place and the step of each array; else the sizes, and the place
 * and strides of each array. Its floats are the arguments that are numbers, then the function's own.
 */
export function elementKernel(f: ElementFunction, isNumber: readonly boolean[], layout: ElementLayout): GpuKernel {
  let table = tables.get(f);
  if (table === undefined) {
    table = kernelTable((key) => {
      const [kinds = "", lie = ""] = key.split(":");
      return make(
        f,
        [...kinds].map((kind) => kind === "n"),
        lie === "flat" || lie === "texels" ? lie : Number(lie),
      );
    });
    tables.set(f, table);
  }
  return table(`${isNumber.map((number) => (number ? "n" : "a")).join("")}:${layout}`);
}

function make(f: ElementFunction, isNumber: readonly boolean[], layout: ElementLayout): GpuKernel {
  const { name, inputs, floats = [], statements } = f;
  const arrays = inputs.filter((_, i) => !isNumber[i]);
  const numbers = inputs.filter((_, i) => isNumber[i]);
  const array = (input: string) => `${input}Array`;
  const own = [...numbers, ...floats];
  if (layout === "flat" || layout === "texels") {
    const flat = {
      name,
      arrays: arrays.map(array),
      ints: arrays.flatMap((input) => [`${input}At`, `${input}Step`]),
      floats: own,
      body: [
        ...arrays.map((input) => `const ${input} = ${array(input)}[${input}At + this.thread.x * ${input}Step];`),
        statements,
      ].join("\n"),
    };
    if (layout === "flat") return flat;
    const places = arrays.map((input) => ({ input, array: array(input), mayRepeat: true }));
    return { ...flat, texels: elementTexels(places, own, statements) };
  }
  return {
    name,
    arrays: arrays.map(array),
    ints: [...named("s", layout), ...arrays.flatMap((input) => [`${input}At`, ...named(`${input}Stride`, layout)])],
    floats: own,
    body: [
      coordinates("this.thread.x", layout),
      ...arrays.map(
        (input) => `const ${input} = ${array(input)}[${indexExpression(`${input}Stride`, layout, `${input}At`)}];`,
      ),
      statements,
    ].join("\n"),
  };
}

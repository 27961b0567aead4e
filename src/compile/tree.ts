/** @file Arguments and results of a compiled function: tensors in arrays and plain objects, beside other values. */
import { isTensor } from "../core/identity.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The form of a value: where tensors stand in it, and what stands elsewhere. */
export type Tree =
  /** The tensor with a number. */
  | { readonly kind: "tensor"; readonly index: number }
  | { readonly kind: "array"; readonly items: readonly Tree[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Tree[] }
  /** Anything else: it must be the same again. */
  | { readonly kind: "value"; readonly value: unknown };

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The form of a value; its tensors are added to `tensors`. */
export function treeOf(value: unknown, tensors: Tensor[]): Tree {
  if (isTensor(value)) return { kind: "tensor", index: tensors.push(value) - 1 };
  if (Array.isArray(value)) return { kind: "array", items: value.map((item) => treeOf(item, tensors)) };
  if (!isPlainObject(value)) return { kind: "value", value };
  const keys = Object.keys(value);
  return { kind: "object", keys, items: keys.map((key) => treeOf(value[key], tensors)) };
}

/** Whether a value has a form; its tensors are added to `tensors`, in the order of their numbers. */
export function matches(tree: Tree, value: unknown, tensors: Tensor[]): boolean {
  switch (tree.kind) {
    case "tensor":
      return isTensor(value) && tensors.push(value) > 0;
    case "array": {
      const { items } = tree;
      if (!Array.isArray(value) || value.length !== items.length) return false;
      for (let i = 0; i < items.length; i++) if (!matches(items[i] as Tree, value[i], tensors)) return false;
      return true;
    }
    case "object": {
      const { keys, items } = tree;
      if (!isPlainObject(value) || Object.keys(value).length !== keys.length) return false;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as string;
        if (!Object.hasOwn(value, key) || !matches(items[i] as Tree, value[key], tensors)) return false;
      }
      return true;
    }
    case "value":
      return Object.is(tree.value, value) && !isTensor(value);
  }
}

/** The value of a form with these tensors. */
export function build(tree: Tree, tensors: readonly Tensor[]): unknown {
  switch (tree.kind) {
    case "tensor":
      return tensors[tree.index];
    case "array":
      return tree.items.map((item) => build(item, tensors));
    case "object":
      return Object.fromEntries(tree.keys.map((key, i) => [key, build(tree.items[i] as Tree, tensors)]));
    case "value":
      return tree.value;
  }
}

/** @file Arguments and results of transforms: tensors in arrays and objects, nested to any depth (PyTorch's pytrees). */
import { isRecord } from "../core/realm.ts";
import { Tensor } from "../tensor/tensor.ts";

/** A tensor, or an array or object of such, nested to any depth. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** The same arrays and objects, with `f` of everything in them that is neither. */
export function mapTree(tree: unknown, f: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(tree)) return tree.map((item) => mapTree(item, f));
  if (isRecord(tree)) return Object.fromEntries(Object.entries(tree).map(([key, item]) => [key, mapTree(item, f)]));
  return f(tree);
}

/** What is in arrays and objects, in order. */
export function leavesOf(tree: unknown): unknown[] {
  const leaves: unknown[] = [];
  mapTree(tree, (leaf) => leaves.push(leaf));
  return leaves;
}

/** The tensors in arrays and objects, in order. */
export function tensorsOf(tree: unknown): Tensor[] {
  return leavesOf(tree).filter((leaf) => leaf instanceof Tensor);
}

/** The same arrays and objects, with `f` of the tensors in them, and everything else as it is. */
export function mapTensors(tree: unknown, f: (t: Tensor, index: number) => unknown): unknown {
  let index = 0;
  return mapTree(tree, (leaf) => (leaf instanceof Tensor ? f(leaf, index++) : leaf));
}

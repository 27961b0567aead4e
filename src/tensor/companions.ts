/** @file State that moves with a tensor, such as the optimizer state of a parameter. */
import type { Tensor } from "./tensor.ts";

/** Weakly both ways: a state lives as long as its optimizer, and a list of states as long as its tensor. */
const companions = new WeakMap<Tensor, Set<WeakRef<object>>>();

/** Notes a state of a tensor: an object whose fields are tensors, lists with tensors, or anything else. */
export function noteCompanion(tensor: Tensor, state: object): void {
  const known = companions.get(tensor) ?? new Set();
  for (const ref of known) if (ref.deref() === undefined) known.delete(ref);
  companions.set(tensor, known.add(new WeakRef(state)));
}

/** The states of a tensor whose optimizers still exist. */
export function companionsOf(tensor: Tensor): object[] {
  return Array.from(companions.get(tensor) ?? [], (ref) => ref.deref()).filter((state) => state !== undefined);
}

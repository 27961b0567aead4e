/** @file The ready queue of a backward pass: nodes in descending sequence number. */
import type { GraphNode } from "./node.ts";

/** A binary heap on {@link GraphNode.sequenceNr}. */
export class ReadyQueue {
  readonly #heap: GraphNode[] = [];

  push(node: GraphNode): void {
    const heap = this.#heap;
    let i = heap.push(node) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent]!;
      if (above.sequenceNr >= node.sequenceNr) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = node;
  }

  /** Takes out the node with the highest number. */
  pop(): GraphNode | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    const size = heap.length;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && heap[child + 1]!.sequenceNr > heap[child]!.sequenceNr) child++;
      if (heap[child]!.sequenceNr <= last.sequenceNr) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

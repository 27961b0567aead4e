/** @file A function that the visitor types, and whether its gradient is right. */
import { Workbench } from "../workbench.ts";
import program from "./program.ts?raw";

/** Fills an element; returns what ends the page. */
export function mount(parent: HTMLElement, base: string): () => void {
  const bench = new Workbench({ program, base, charts: [], unit: "points", devices: false, parts: [] });
  parent.replaceChildren(bench.element);
  return () => bench.destroy();
}

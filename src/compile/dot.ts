/** @file Programs as graphs in the language of Graphviz. */
import type { Call, Slot } from "../../kernels/program/call.ts";
import { lineOf } from "../../kernels/program/listing.ts";

/** A text in quotes, whose line breaks stay. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** What stands in the box of a call: its operations, and the kernel where that has another name. */
function titleOf({ name, label }: Call): string {
  if (name === "host") return label;
  return label === "" || label === name ? name : `${label}\n${name}`;
}

interface Boxes {
  readonly lines: string[];
  /** For each buffer the box that wrote it last. */
  readonly writer: Map<Slot, string>;
}

function sourceOf(slot: Slot, { lines, writer }: Boxes): string | null {
  const known = writer.get(slot);
  if (known !== undefined) return known;
  if (slot.origin === "constant") return null;
  const box = `s${slot.id}`;
  const kind = slot.origin === "input" ? "input" : "outside";
  const style = slot.origin === "input" ? 'shape=ellipse, fillcolor="#d8eafd"' : 'shape=cylinder, fillcolor="#f0e6d2"';
  lines.push(`  ${box} [label=${quoted(`${kind}\n${slot.dtype} × ${slot.length}`)}, ${style}];`);
  writer.set(slot, box);
  return box;
}

function addCall(call: Call, box: string, boxes: Boxes): void {
  const { lines, writer } = boxes;
  const color = call.name === "fused" ? "#ffe0a3" : call.name === "host" ? "#e6e6e6" : "#ffffff";
  const label = quoted(titleOf(call));
  lines.push(`  ${box} [label=${label}, tooltip=${quoted(lineOf(call).trim())}, fillcolor="${color}"];`);
  const from = new Map<string, string>();
  for (const array of call.arrays) {
    if (call.name === "fused" && call.written.includes(array) && !writer.has(array.slot)) continue;
    const source = sourceOf(array.slot, boxes);
    if (source !== null) from.set(source, `[${array.shape.join(", ")}]`);
  }
  for (const [source, shape] of from) lines.push(`  ${source} -> ${box} [label=${quoted(shape)}];`);
  for (const { slot } of [...call.results, ...call.written]) writer.set(slot, box);
}

/** A graph: a box for each call, fused kernels and what happens on the host in colours of their own. */
export function dotOf(name: string, forward: readonly Call[], backward: readonly Call[]): string {
  const boxes: Boxes = { lines: [], writer: new Map() };
  for (const [i, call] of [...forward, ...backward].entries()) addCall(call, `c${i}`, boxes);
  return [
    `digraph ${quoted(name === "" ? "program" : name)} {`,
    '  node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=11];',
    '  edge [fontname="Helvetica", fontsize=9, color="#777777"];',
    ...boxes.lines,
    "}",
    "",
  ].join("\n");
}

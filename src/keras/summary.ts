/** @file The table of a model's layers, as Keras prints it. */
import { Parameter } from "../nn/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { formatShape, type Layer } from "./layers/layer.ts";

/** Width of the table, and where its columns end. */
const LINE_LENGTH = 65;
const COLUMNS = [0.45, 0.85, 1];

/** Bytes of an element. */
const ELEMENT_BYTES: Readonly<Record<Tensor["dtype"], number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** One row: what does not fit in its column goes on in the next line. */
function formatRow(fields: readonly string[], lineLength: number): string {
  const ends = COLUMNS.map((end) => Math.floor(lineLength * end));
  const left = [...fields];
  const lines: string[] = [];
  do {
    let line = "";
    for (const [i, text] of left.entries()) {
      const isLast = i === left.length - 1;
      const start = i === 0 ? 1 : (ends[i - 1] as number);
      const room = (ends[i] as number) - start - (isLast ? 0 : 2);
      // A shape that is too long is broken behind a bracket, as Keras does.
      const end = Math.max(...[")", "]", "}"].map((bracket) => text.slice(0, room).indexOf(`${bracket},`) + 2));
      const cut = text.length > room && end > 1 ? end : room;
      line += (i === 0 ? " " : "") + text.slice(0, cut);
      left[i] = text.slice(cut);
      line = line.padEnd(ends[i] as number);
    }
    lines.push(line);
  } while (left.some((text) => text !== ""));
  return lines.join("\n");
}

/** `1.55 MB`. */
function formatBytes(bytes: number): string {
  const units = ["Byte", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)} ${units[unit]}`;
}

/** Number of elements and bytes: `407050 (1.55 MB)`. */
function formatCount(tensors: readonly Tensor[]): string {
  const count = tensors.reduce((sum, t) => sum + t.numel(), 0);
  return `${count} (${formatBytes(tensors.reduce((sum, t) => sum + t.numel() * ELEMENT_BYTES[t.dtype], 0))})`;
}

/** The table of layers. */
export function formatSummary(name: string, layers: readonly Layer[], lineLength = LINE_LENGTH): string {
  const tensors = layers.flatMap((layer) => layer.weights().flatMap((weight) => weight.tensors()));
  const isTrainable = (t: Tensor): boolean => t instanceof Parameter && t.requiresGrad;
  const rows = layers.map((layer) =>
    formatRow(
      [
        `${layer.name} (${layer.constructor.name})`,
        layer.outputShape === null ? "?" : formatShape(layer.outputShape),
        String(layer.countParams()),
      ],
      lineLength,
    ),
  );
  return [
    `Model: "${name}"`,
    "_".repeat(lineLength),
    formatRow(["Layer (type)", "Output Shape", "Param #"], lineLength),
    "=".repeat(lineLength),
    ...rows.flatMap((row) => [row, " ".repeat(lineLength)]),
    "=".repeat(lineLength),
    `Total params: ${formatCount(tensors)}`,
    `Trainable params: ${formatCount(tensors.filter(isTrainable))}`,
    `Non-trainable params: ${formatCount(tensors.filter((t) => !isTrainable(t)))}`,
    "_".repeat(lineLength),
  ].join("\n");
}

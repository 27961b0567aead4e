/** @file Leaves for the inputs of samples: dtype, device and how the elements lie in memory. */
import type { Device, DType } from "../../../kernels/backend.ts";
import type { Tensor } from "../../../src/entry/index.ts";
import * as tapegrad from "../../../src/entry/index.ts";
import type { SampleInput } from "./build.ts";

export interface Placement {
  readonly dtype: DType;
  readonly device?: Device;
  readonly layout?: Layout;
  readonly grad?: boolean;
}

/** How the elements of an input lie in memory. */
export const LAYOUTS = ["contiguous", "transposed", "sliced", "expanded"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** A leaf for an input: its floats in the dtype asked for, laid out as asked for. */
export function leafFor(
  input: SampleInput,
  { dtype, device = "cpu", layout = "contiguous", grad = true }: Placement,
): Tensor {
  const type = input.dtype ?? dtype;
  const dense = tapegrad.tensor([...input.values], { dtype: type, device }).reshape(input.shape);
  // Indices and masks keep their elements: repeated ones would mean something else.
  const leaf = laidOut(dense, layout === "expanded" && input.dtype !== undefined ? "sliced" : layout).detach();
  const wanted = grad && input.dtype === undefined && input.grad !== false;
  return wanted ? leaf.requiresGrad_() : leaf;
}

/** The same elements with other strides; "expanded" repeats the first position of the first dimension. */
function laidOut(t: Tensor, layout: Layout): Tensor {
  if (t.ndim === 0 || t.numel() === 0 || layout === "contiguous") return t;
  const last = t.ndim - 1;
  if (layout === "transposed") return t.transpose(0, last).contiguous().transpose(0, last);
  if (layout === "expanded") return t.narrow(0, 0, 1).expand(t.shape);
  const spaced = tapegrad.zeros([...t.shape.slice(0, last), 2 * t.size(last) + 1], {
    dtype: t.dtype,
    device: t.device,
  });
  const window = spaced.slice(last, 1, null, 2);
  window.copy_(t);
  return window;
}

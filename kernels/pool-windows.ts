/** @file Where the windows of a pooling begin and end, along one direction of a plane. */
import type { PlaneWindows } from "./backend.ts";

/** Windows along one direction, clipped to the plane: what lies around it counts for nothing. */
export interface AxisWindows {
  /** The first element of each window. */
  readonly starts: readonly number[];
  /** One more than the last element of each window can be. */
  readonly ends: readonly number[];
  /** Elements from one of a window to its next. */
  readonly gap: number;
}

/** The windows along direction `d` of planes that are so long in it. */
export function windowsAlong(windows: PlaneWindows, d: 0 | 1, length: number): AxisWindows {
  const count = windows.counts[d];
  const starts = new Array<number>(count);
  const ends = new Array<number>(count);
  if (!("kernel" in windows)) {
    for (let i = 0; i < count; i++) {
      starts[i] = Math.floor((i * length) / count);
      ends[i] = Math.ceil(((i + 1) * length) / count);
    }
    return { starts, ends, gap: 1 };
  }
  const gap = windows.dilation[d];
  const reach = gap * (windows.kernel[d] - 1) + 1;
  for (let i = 0; i < count; i++) {
    const start = i * windows.stride[d] - windows.padding[d];
    ends[i] = Math.min(start + reach, length);
    starts[i] = start >= 0 ? start : start + Math.ceil(-start / gap) * gap;
  }
  return { starts, ends, gap };
}

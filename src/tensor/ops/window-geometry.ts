/** @file Where windows lie on images. */
import type { ImageWindows } from "../../../kernels/im2col.ts";

export type Pair = readonly [vertical: number, horizontal: number];

/** Windows on images [N,C,H,W], with zeros around them. */
export type Windows = ImageWindows;

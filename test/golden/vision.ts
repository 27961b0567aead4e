/** @file Reader of the goldens of torchvision's functions, transforms and grids. */
import { readFileSync } from "node:fs";
import ndarray from "ndarray";
import type { DType } from "../../kernels/backend.ts";
import { type Tensor, tensor } from "../../src/entry/index.ts";
import type { transforms, utils } from "../../src/entry/vision.ts";
import { elements } from "./calls.ts";

type BoundingBoxOptions = utils.BoundingBoxOptions;
type SegmentationMaskOptions = utils.SegmentationMaskOptions;

/** An image. */
export interface Encoded {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** One image, several, or numbers. */
export type Result = Encoded | readonly Encoded[] | readonly number[];

export interface FunctionCase {
  readonly name: string;
  readonly image: string;
  readonly args: readonly unknown[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly result: Result;
}

export interface TransformCase extends Omit<FunctionCase, "result"> {
  readonly seed: number;
  readonly text: string;
  readonly results: readonly Result[];
  readonly next: number;
}

interface File {
  readonly images: Readonly<Record<string, Encoded>>;
  readonly functions: readonly FunctionCase[];
  readonly augmentations: readonly TransformCase[];
  readonly grids: readonly {
    readonly image: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly result: Encoded;
    readonly saved: Encoded;
  }[];
  readonly drawings: readonly {
    readonly image: string;
    readonly boxes: Encoded;
    readonly options: BoundingBoxOptions;
    readonly result: Encoded;
  }[];
  readonly masked: readonly {
    readonly masks: Encoded;
    readonly options: SegmentationMaskOptions;
    readonly result: Encoded;
  }[];
  readonly ops: readonly { readonly name: string; readonly args: readonly unknown[]; readonly result: Encoded }[];
  readonly conversions: readonly {
    readonly from: DType;
    readonly to: DType;
    readonly values: readonly number[];
    readonly result: readonly number[];
  }[];
  /** A batch of one image of CIFAR-10, in protocols 2 to 5, in base64. */
  readonly pickles: readonly string[];
  /** Files in base64, and what Pillow reads from them as RGB. */
  readonly files: {
    readonly jpegs: readonly { readonly file: string; readonly pixels: Encoded }[];
    readonly pngs: readonly { readonly mode: string; readonly file: string; readonly pixels: Encoded }[];
  };
  readonly fakes: readonly { readonly image: Encoded; readonly label: number }[];
}

export const goldens = JSON.parse(readFileSync(new URL("data/vision.json", import.meta.url), "utf8")) as File;

export function decoded({ dtype, shape, values }: Encoded): Tensor {
  return tensor(elements(dtype, values), { dtype }).view(shape);
}

/** An image by its name: a tensor, or, for those of Pillow, the bytes as an `ndarray`. */
export function imageOf(name: string): Tensor | transforms.Image {
  if (!name.startsWith("pillow")) return decoded(goldens.images[name] as Encoded);
  const bytes = decoded(goldens.images.bytes as Encoded);
  const [, rows = 0, columns = 0] = bytes.shape;
  if (name === "pillowGray") return ndarray(bytes.select(0, 0).dataSync() as Uint8Array, [rows, columns]);
  return ndarray(bytes.permute(1, 2, 0).dataSync() as Uint8Array, [rows, columns, 3]);
}

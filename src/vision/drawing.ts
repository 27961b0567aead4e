/** @file Boxes and masks drawn on images. */
import { type Args, optional, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DTypeError, ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aNumber, aSize, aTensor, either, type Kind, kind, nullable } from "../core/kinds.ts";
import { bracketed } from "../core/shape.ts";
import { tensor } from "../tensor/create.ts";
import { where } from "../tensor/functions/elementwise.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A color: red, green and blue as bytes, or a text such as "red" or "#FF00FF". */
export type Color = string | readonly [red: number, green: number, blue: number];

/** One color for all, or a list of them. */
export type Colors = Color | readonly Color[];

const isColor = (value: unknown): boolean =>
  typeof value === "string" ||
  (Array.isArray(value) && value.length === 3 && value.every((one) => Number.isInteger(one) && one >= 0 && one <= 255));

const aColor: Kind<Color> = kind("a color: [red, green, blue] as bytes, or a text", isColor);

const someColors = either<Color, readonly Color[]>(
  aColor,
  kind("a list of colors", (value) => Array.isArray(value) && value.every(isColor)),
);

/** The sixteen names of HTML, and some more of CSS. */
const NAMES: Readonly<Record<string, string>> = {
  black: "#000000",
  silver: "#c0c0c0",
  gray: "#808080",
  grey: "#808080",
  white: "#ffffff",
  maroon: "#800000",
  red: "#ff0000",
  purple: "#800080",
  fuchsia: "#ff00ff",
  magenta: "#ff00ff",
  green: "#008000",
  lime: "#00ff00",
  olive: "#808000",
  yellow: "#ffff00",
  navy: "#000080",
  blue: "#0000ff",
  teal: "#008080",
  aqua: "#00ffff",
  cyan: "#00ffff",
  orange: "#ffa500",
  pink: "#ffc0cb",
  brown: "#a52a2a",
  gold: "#ffd700",
  violet: "#ee82ee",
  indigo: "#4b0082",
  turquoise: "#40e0d0",
};

function rgbOf(op: string, color: Color): readonly number[] {
  if (typeof color !== "string") return color;
  const text = NAMES[color.toLowerCase()] ?? color;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  if (short !== null) return short.slice(1).map((digit) => Number.parseInt(digit + digit, 16));
  if (long !== null) return long.slice(1).map((digits) => Number.parseInt(digits, 16));
  throw new ValueError(
    `[${op}] unknown color ${describeValue(color)}: give "#rrggbb", [red, green, blue], or one of ${Object.keys(NAMES).join(", ")}`,
  );
}

/** As many colors as there are things to draw. */
function colorsFor(op: string, colors: Colors | null, count: number, what: string): (readonly number[])[] {
  if (colors === null) {
    return Array.from({ length: count }, (_, i) => [2 ** 25 - 1, 2 ** 15 - 1, 2 ** 21 - 1].map((x) => (i * x) % 255));
  }
  if (isColor(colors)) return new Array<readonly number[]>(count).fill(rgbOf(op, colors as Color));
  const list = colors as readonly Color[];
  if (list.length < count) {
    throw new ValueError(`[${op}] Number of colors (${list.length}) is less than number of ${what} (${count}).`);
  }
  return list.map((color) => rgbOf(op, color));
}

function checkImage(op: string, image: Tensor, channels: readonly number[]): void {
  if (image.dtype !== "uint8") throw new DTypeError(`[${op}] Tensor uint8 expected, got ${image.dtype}`);
  if (image.ndim === 3 && channels.includes(image.size(0))) return;
  throw new ShapeError(
    `[${op}] expected one image [channels, rows, columns] of ${channels.join(" or ")} channels, but got ${bracketed(image.shape)}`,
  );
}

/** Options of {@link drawBoundingBoxes}. */
export interface BoundingBoxOptions {
  /** Texts at the boxes: not available. */
  readonly labels?: null | undefined;
  /** One color for all boxes, or one for each. Default null: some that differ. */
  readonly colors?: Colors | null | undefined;
  /** Whether boxes are filled, transparently. Default false. */
  readonly fill?: boolean | undefined;
  /** Width of the lines in pixels. Default 1. */
  readonly width?: number | undefined;
}

const noLabels: Kind<null> = kind(
  "null",
  (value) => value === null,
  () => "Texts cannot be drawn.",
);

const BOXES = signature("drawBoundingBoxes", {
  image: required(aTensor),
  boxes: required(aTensor),
  labels: optional(noLabels, null),
  colors: optional(nullable(someColors), null),
  fill: optional(aBoolean, false),
  width: optional(aSize, 1),
});

/**
 * An image with boxes drawn on it.
 *
 * @param image uint8 [channels, rows, columns]; a gray one gets three channels
 * @param boxes [n, 4], corners [x1, y1, x2, y2] in pixels
 * @throws DTypeError, ShapeError for another image or boxes; ValueError for boxes whose corners are out of order
 * @example
 * const image = vision.utils.drawBoundingBoxes(zeros(3, 4, 4).to("uint8"), tensor([[0, 0, 2, 2]]), { colors: "red" });
 * image.select(0, 0);
 * // tensor([[255, 255, 255,   0],
 * //         [255,   0, 255,   0],
 * //         [255, 255, 255,   0],
 * //         [  0,   0,   0,   0]], dtype=torch.uint8)
 */
export function drawBoundingBoxes(
  ...args: Args<
    [image: Tensor, boxes: Tensor],
    [labels: null, colors: Colors | null, fill: boolean, width: number],
    { readonly image: Tensor; readonly boxes: Tensor } & BoundingBoxOptions
  >
): Tensor {
  const op = "drawBoundingBoxes";
  const { image, boxes, colors, fill, width } = BOXES.read(args);
  checkImage(op, image, [1, 3]);
  if (boxes.ndim !== 2 || boxes.size(1) !== 4) {
    throw new ShapeError(`[${op}] boxes should be a tensor [n, 4], but got ${bracketed(boxes.shape)}`);
  }
  const count = boxes.size(0);
  if (count === 0) return image;
  const [, rows = 0, columns = 0] = image.shape;
  const pixels = image.expand(3, rows, columns).contiguous().dataSync().slice() as Uint8Array;
  const corners = boxes.detach().dataSync();
  const chosen = colorsFor(op, colors, count, "boxes");
  for (let i = 0; i < count; i++) {
    const [x0, y0, x1, y1] = Array.from(corners.subarray(i * 4, i * 4 + 4), Math.trunc) as [
      number,
      number,
      number,
      number,
    ];
    if (x0 > x1 || y0 > y1) {
      throw new ValueError(
        `[${op}] Boxes need to be in (xmin, ymin, xmax, ymax) format. Use vision.ops.boxConvert to convert them`,
      );
    }
    const paint = (left: number, top: number, right: number, bottom: number, alpha: number): void => {
      for (let y = Math.max(top, 0); y <= Math.min(bottom, rows - 1); y++) {
        for (let x = Math.max(left, 0); x <= Math.min(right, columns - 1); x++) {
          for (let c = 0; c < 3; c++) {
            const at = (c * rows + y) * columns + x;
            pixels[at] = mixed(pixels[at] as number, chosen[i]?.[c] ?? 0, alpha);
          }
        }
      }
    };
    if (fill) paint(x0, y0, x1, y1, FILL_ALPHA);
    if (width === 0) continue;
    for (let line = 0; line < width; line++) {
      paint(x0, y0 + line, x1, y0 + line, 255);
      paint(x0, y1 - line, x1, y1 - line, 255);
      // Pillow leaves out the last pixel of a side, which runs upwards in a box without room between the other lines.
      const [from, to] = [y0 + width, y1 - width + 1];
      const [top, bottom] = from <= to ? [from, to - 1] : [to + 1, from];
      for (const x of [x1 - line, x0 + line]) paint(x, top, x, bottom, 255);
    }
  }
  return tensor(pixels, { device: image.device }).view(3, rows, columns);
}

const FILL_ALPHA = 100;

/** (below · (255 − alpha) + above · alpha) / 255, rounded as Pillow rounds it. */
function mixed(below: number, above: number, alpha: number): number {
  const sum = below * (255 - alpha) + above * alpha + 128;
  return ((sum >> 8) + sum) >> 8;
}

/** Options of {@link drawSegmentationMasks}. */
export interface SegmentationMaskOptions {
  /** How opaque masks are, from 0 to 1. Default 0.8. */
  readonly alpha?: number | undefined;
  /** One color for all masks, or one for each. Default null: some that differ. */
  readonly colors?: Colors | null | undefined;
}

const MASKS = signature("drawSegmentationMasks", {
  image: required(aTensor),
  masks: required(aTensor),
  alpha: optional(aNumber, 0.8),
  colors: optional(nullable(someColors), null),
});

/**
 * An image with masks drawn on it.
 *
 * @param image uint8 [3, rows, columns]
 * @param masks bool [n, rows, columns] or [rows, columns]
 * @throws DTypeError, ShapeError for another image or masks
 * @example
 * const mask = tensor([[true, false]]);
 * vision.utils.drawSegmentationMasks(zeros(3, 1, 2).to("uint8"), mask, { colors: "white", alpha: 0.5 }).select(0, 0);
 * // tensor([[127,   0]], dtype=torch.uint8)
 */
export function drawSegmentationMasks(
  ...args: Args<
    [image: Tensor, masks: Tensor],
    [alpha: number, colors: Colors | null],
    { readonly image: Tensor; readonly masks: Tensor } & SegmentationMaskOptions
  >
): Tensor {
  const op = "drawSegmentationMasks";
  const { image, masks: given, alpha, colors } = MASKS.read(args);
  checkImage(op, image, [3]);
  if (given.dtype !== "bool") throw new DTypeError(`[${op}] The masks must be of dtype bool. Got ${given.dtype}`);
  const masks = given.ndim === 2 ? given.unsqueeze(0) : given;
  const [, rows, columns] = image.shape;
  if (masks.ndim !== 3 || masks.size(1) !== rows || masks.size(2) !== columns) {
    throw new ShapeError(
      `[${op}] The image and the masks must have the same height and width, but got ${bracketed(image.shape)} and ${bracketed(given.shape)}`,
    );
  }
  const count = masks.size(0);
  if (count === 0) return image;
  const chosen = colorsFor(op, colors, count, "masks");
  let drawn = image;
  for (let i = 0; i < count; i++) {
    const color = tensor(Uint8Array.from(chosen[i] ?? []), { device: image.device }).view(3, 1, 1);
    drawn = where(masks.select(0, i), color, drawn);
  }
  return image
    .mul(1 - alpha)
    .add(drawn.mul(alpha))
    .to("uint8");
}

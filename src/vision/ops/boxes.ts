/** @file Boxes: rows [x1, y1, x2, y2] of a tensor [n, 4]. */
import { type Args, required, signature } from "../../core/arguments.ts";
import { ShapeError, ValueError } from "../../core/errors.ts";
import { aNumber, aTensor, oneOf } from "../../core/kinds.ts";
import { bracketed } from "../../core/shape.ts";
import { tensor } from "../../tensor/create.ts";
import { maximum, minimum } from "../../tensor/functions/arithmetic.ts";
import { stack } from "../../tensor/functions/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** How the four numbers of a box are meant: corners, a corner and a size, or a middle and a size. */
export type BoxFormat = "xyxy" | "xywh" | "cxcywh";

/** @throws ShapeError unless boxes are [n, 4], or any number of dimensions before the four if `leading` */
function checkBoxes(op: string, name: string, boxes: Tensor, leading = false): void {
  if (boxes.ndim >= 1 && boxes.size(-1) === 4 && (leading || boxes.ndim === 2)) return;
  const expected = leading ? "[..., 4]" : "[n, 4]";
  throw new ShapeError(`[${op}] ${name} should be a tensor ${expected}, but got ${bracketed(boxes.shape)}`);
}

type Four = readonly [Tensor, Tensor, Tensor, Tensor];

const AREA = signature("boxArea", { boxes: required(aTensor) });

/**
 * Areas of boxes [n, 4] of corners [x1, y1, x2, y2]: a tensor [n].
 *
 * @throws ShapeError for another shape
 * @example vision.ops.boxArea(tensor([[0, 0, 2, 3]])); // tensor([6.])
 */
export function boxArea(boxes: Tensor): Tensor {
  AREA.read([boxes]);
  checkBoxes("boxArea", "boxes", boxes);
  const [x1, y1, x2, y2] = boxes.unbind(1) as unknown as Four;
  return x2.sub(x1).mul(y2.sub(y1));
}

/** Areas of what each pair of boxes shares and of what either covers: two tensors [n, m]. */
function overlap(op: string, boxes1: Tensor, boxes2: Tensor): [inter: Tensor, union: Tensor] {
  checkBoxes(op, "boxes1", boxes1);
  checkBoxes(op, "boxes2", boxes2);
  const [a, b] = [boxes1.unsqueeze(1), boxes2.unsqueeze(0)];
  const low = maximum(a.narrow(2, 0, 2), b.narrow(2, 0, 2));
  const high = minimum(a.narrow(2, 2, 2), b.narrow(2, 2, 2));
  const [width, height] = high.sub(low).clamp(0).unbind(2) as [Tensor, Tensor];
  const inter = width.mul(height);
  return [inter, boxArea(boxes1).unsqueeze(1).add(boxArea(boxes2)).sub(inter)];
}

const IOU = signature("boxIou", { boxes1: required(aTensor), boxes2: required(aTensor) });

/**
 * Intersection over union of each pair of boxes: [n, 4] and [m, 4] give [n, m].
 *
 * @throws ShapeError for another shape
 * @example vision.ops.boxIou(tensor([[0, 0, 2, 2]]), tensor([[1, 0, 3, 2]])); // tensor([[0.3333]])
 */
export function boxIou(boxes1: Tensor, boxes2: Tensor): Tensor {
  IOU.read([boxes1, boxes2]);
  const [inter, union] = overlap("boxIou", boxes1, boxes2);
  return inter.div(union);
}

const GENERALIZED = signature("generalizedBoxIou", { boxes1: required(aTensor), boxes2: required(aTensor) });

/**
 * Generalized intersection over union of each pair of boxes (Rezatofighi et al., 2019, arXiv:1902.09630): [n, 4] and [m, 4]
 * give [n, m].
 *
 * @throws ShapeError for another shape
 * @example vision.ops.generalizedBoxIou(tensor([[0, 0, 1, 1]]), tensor([[1, 0, 2, 1]])); // tensor([[0.]])
 */
export function generalizedBoxIou(boxes1: Tensor, boxes2: Tensor): Tensor {
  GENERALIZED.read([boxes1, boxes2]);
  const [inter, union] = overlap("generalizedBoxIou", boxes1, boxes2);
  const [a, b] = [boxes1.unsqueeze(1), boxes2.unsqueeze(0)];
  const low = minimum(a.narrow(2, 0, 2), b.narrow(2, 0, 2));
  const high = maximum(a.narrow(2, 2, 2), b.narrow(2, 2, 2));
  const [width, height] = high.sub(low).clamp(0).unbind(2) as [Tensor, Tensor];
  const hull = width.mul(height);
  return inter.div(union).sub(hull.sub(union).div(hull));
}

const NMS = signature("nms", { boxes: required(aTensor), scores: required(aTensor), iouThreshold: required(aNumber) });

/** By position, or by name. */
type NmsArgs = Args<
  [boxes: Tensor, scores: Tensor, iouThreshold: number],
  [],
  { readonly boxes: Tensor; readonly scores: Tensor; readonly iouThreshold: number }
>;

/**
 * Non-maximum suppression: the indices of the boxes that do not overlap a box of a higher score, by falling scores.
 *
 * @param boxes [n, 4], corners [x1, y1, x2, y2]
 * @param scores [n]
 * @param iouThreshold boxes with a larger intersection over union are left out
 * @throws ShapeError for other shapes
 * @example
 * const boxes = tensor([[0, 0, 2, 2], [0, 0, 2, 1.9], [5, 5, 6, 6]]);
 * vision.ops.nms(boxes, tensor([0.8, 0.9, 0.5]), 0.5); // tensor([1, 2])
 */
export function nms(...args: NmsArgs): Tensor {
  const { boxes, scores, iouThreshold } = NMS.read(args);
  checkBoxes("nms", "boxes", boxes);
  const count = boxes.size(0);
  if (scores.ndim !== 1 || scores.size(0) !== count) {
    throw new ShapeError(
      `[nms] boxes and scores should have same number of elements in dimension 0, but got ${bracketed(boxes.shape)} and ${bracketed(scores.shape)}`,
    );
  }
  const round = boxes.dtype === "float64" ? (x: number): number => x : Math.fround;
  const b = boxes.detach().contiguous().dataSync();
  const order = Array.from(scores.detach().sort(0, true, { stable: true }).indices.dataSync());
  const area = (i: number): number => round(round(b[i * 4 + 2]! - b[i * 4]!) * round(b[i * 4 + 3]! - b[i * 4 + 1]!));
  const suppressed = new Uint8Array(count);
  const kept: number[] = [];
  for (const [rank, i] of order.entries()) {
    if (suppressed[i]) continue;
    kept.push(i);
    for (const j of order.slice(rank + 1)) {
      if (suppressed[j]) continue;
      const side = (low: number): number =>
        Math.max(
          0,
          round(Math.min(b[i * 4 + low + 2]!, b[j * 4 + low + 2]!) - Math.max(b[i * 4 + low]!, b[j * 4 + low]!)),
        );
      const inter = round(side(0) * side(1));
      if (round(inter / round(round(area(i) + area(j)) - inter)) > iouThreshold) suppressed[j] = 1;
    }
  }
  return tensor(Int32Array.from(kept), { device: boxes.device });
}

const BATCHED = signature("batchedNms", {
  boxes: required(aTensor),
  scores: required(aTensor),
  idxs: required(aTensor),
  iouThreshold: required(aNumber),
});

/**
 * {@link nms} of each category by itself: boxes suppress only those of their own category.
 *
 * @param idxs [n], the category of each box
 * @throws ShapeError for other shapes
 * @example
 * const boxes = tensor([[0, 0, 2, 2], [0, 0, 2, 1.9]]);
 * vision.ops.batchedNms(boxes, tensor([0.8, 0.9]), tensor([0, 1]), 0.5); // tensor([1, 0])
 */
export function batchedNms(boxes: Tensor, scores: Tensor, idxs: Tensor, iouThreshold: number): Tensor {
  BATCHED.read([boxes, scores, idxs, iouThreshold]);
  checkBoxes("batchedNms", "boxes", boxes);
  if (boxes.numel() === 0) return tensor(new Int32Array(0), { device: boxes.device });
  // Categories far from each other do not overlap.
  const apart = idxs.to(boxes.dtype).mul(boxes.amax().add(1));
  return nms(boxes.add(apart.unsqueeze(1)), scores, iouThreshold);
}

const CLIP = signature("clipBoxesToImage", { boxes: required(aTensor) });

/**
 * Boxes cut off at the border of an image.
 *
 * @param size rows and columns of the image
 * @example vision.ops.clipBoxesToImage(tensor([[-1, 2, 9, 4]]), [3, 8]); // tensor([[0., 2., 8., 3.]])
 */
export function clipBoxesToImage(boxes: Tensor, size: readonly [height: number, width: number]): Tensor {
  CLIP.read([boxes]);
  checkBoxes("clipBoxesToImage", "boxes", boxes, true);
  const sizes: readonly unknown[] = Array.isArray(size) ? size : [];
  if (sizes.length !== 2 || !sizes.every((value) => typeof value === "number")) {
    throw new ValueError("[clipBoxesToImage] size should be [height, width]");
  }
  const [height, width] = size;
  const [x1, y1, x2, y2] = boxes.unbind(-1) as unknown as Four;
  return stack([x1.clamp(0, width), y1.clamp(0, height), x2.clamp(0, width), y2.clamp(0, height)], -1);
}

const SMALL = signature("removeSmallBoxes", { boxes: required(aTensor), minSize: required(aNumber) });

/**
 * The indices of the boxes with both sides of at least a size.
 *
 * @throws ShapeError for another shape
 * @example vision.ops.removeSmallBoxes(tensor([[0, 0, 1, 9], [0, 0, 2, 2]]), 2); // tensor([1])
 */
export function removeSmallBoxes(boxes: Tensor, minSize: number): Tensor {
  SMALL.read([boxes, minSize]);
  checkBoxes("removeSmallBoxes", "boxes", boxes);
  const [x1, y1, x2, y2] = boxes.unbind(1) as unknown as Four;
  const large = x2.sub(x1).ge(minSize).logicalAnd(y2.sub(y1).ge(minSize));
  return large.nonzero().flatten();
}

const FORMAT = oneOf("xyxy", "xywh", "cxcywh");

const CONVERT = signature("boxConvert", {
  boxes: required(aTensor),
  inFmt: required(FORMAT),
  outFmt: required(FORMAT),
});

/**
 * Boxes in another form: corners "xyxy", corner and size "xywh", middle and size "cxcywh".
 *
 * @throws ShapeError for another shape
 * @example vision.ops.boxConvert(tensor([[0, 0, 2, 4]]), "xyxy", "cxcywh"); // tensor([[1., 2., 2., 4.]])
 */
export function boxConvert(
  ...args: Args<
    [boxes: Tensor, inFmt: BoxFormat, outFmt: BoxFormat],
    [],
    { readonly boxes: Tensor; readonly inFmt: BoxFormat; readonly outFmt: BoxFormat }
  >
): Tensor {
  const { boxes, inFmt, outFmt } = CONVERT.read(args);
  checkBoxes("boxConvert", "boxes", boxes, true);
  if (inFmt === outFmt) return boxes.clone();
  const [a, b, c, d] = boxes.unbind(-1) as unknown as Four;
  const corners: Four =
    inFmt === "xyxy"
      ? [a, b, c, d]
      : inFmt === "xywh"
        ? [a, b, a.add(c), b.add(d)]
        : [a.sub(c.mul(0.5)), b.sub(d.mul(0.5)), a.add(c.mul(0.5)), b.add(d.mul(0.5))];
  const [x1, y1, x2, y2] = corners;
  if (outFmt === "xyxy") return stack(corners, -1);
  const [width, height] = [x2.sub(x1), y2.sub(y1)];
  if (outFmt === "xywh") return stack([x1, y1, width, height], -1);
  return stack([x1.add(x2).div(2), y1.add(y2).div(2), width, height], -1);
}

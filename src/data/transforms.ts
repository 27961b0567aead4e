/** @file The namespace `transforms`. */
export {
  Compose,
  type Image,
  Lambda,
  Normalize,
  ToTensor,
  type Transform,
  type TransformLike,
} from "./transform-steps.ts";

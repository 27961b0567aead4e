/** @file The namespace `keras.initializers`. */
export {
  Constant,
  type ConstantOptions,
  type Initializer,
  type InitializerLike,
  type InitializerName,
  RandomNormal,
  type RandomNormalOptions,
  RandomUniform,
  type RandomUniformOptions,
} from "../initializers.ts";

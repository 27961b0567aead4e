/** @file The namespace `io`: image files. */
export {
  decodeImage,
  encodeJpeg,
  encodePng,
  type ImageFormat,
  type ImageReadMode,
  readImage,
} from "./image-files.ts";

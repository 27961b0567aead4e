/** @file The namespace `io`: image files. */
export {
  decodeImage,
  encodeJpeg,
  encodePng,
  type ImageFormat,
  ImageReadMode,
  readImage,
} from "./image-files.ts";

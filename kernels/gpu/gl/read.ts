/** @file Reading elements of a texture. */
import { detach, type GlContext } from "./context.ts";

/** Floats come in fours, which is the only form that all of WebGL can read. */
const CHANNELS = 4;

/**
 * Some elements of a texture, whose rows have `width` texels of so many elements: one, or all the four. Waits for the GPU.
 * gpu.js would read the whole texture, and keep a framebuffer with it for each size.
 */
export function readTexture(
  gl: GlContext,
  reader: object,
  texture: object,
  width: number,
  inTexel: 1 | 4,
  offset: number,
  length: number,
): Float32Array {
  if (length === 0) return new Float32Array(0);
  const inRow = inTexel * width;
  const first = Math.floor(offset / inRow);
  const rows = Math.floor((offset + length - 1) / inRow) - first + 1;
  const pixels = new Float32Array(CHANNELS * width * rows);
  gl.bindFramebuffer(gl.FRAMEBUFFER, reader);
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.readPixels(0, first, width, rows, gl.RGBA, gl.FLOAT, pixels);
  detach(gl);
  const start = offset - first * inRow;
  if (inTexel === CHANNELS) return pixels.slice(start, start + length);
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = pixels[CHANNELS * (start + i)] as number;
  return data;
}

/**
 * @file Colors and filters of images of bytes as Pillow computes them: the same float32 roundings, and numbers cut off where
 * it cuts them off.
 */
import type { PackedImage } from "../../data/transforms/picture.ts";

/** ITU-R 601-2 luma, in integers of 16 bits. */
export function grayOf(r: number, g: number, b: number): number {
  return (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
}

/** An image in one channel of gray values. */
export function pillowGray(image: PackedImage): PackedImage {
  const { width, height, channels, data } = image;
  if (channels === 1) return image;
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) gray[i] = grayOf(data[i * 3]!, data[i * 3 + 1]!, data[i * 3 + 2]!);
  return { width, height, channels: 1, data: gray };
}

/** A gray image in as many equal channels. */
export function repeated({ width, height, data }: PackedImage, channels: number): PackedImage {
  if (channels === 1) return { width, height, channels, data };
  return {
    width,
    height,
    channels,
    data: Uint8Array.from({ length: data.length * channels }, (_, i) => data[Math.floor(i / channels)]!),
  };
}

/** (1 − factor) · other + factor · image, within the range of bytes. @param other - the bytes, or one value for all */
function blend(other: Uint8Array | number, image: PackedImage, factor: number): PackedImage {
  const alpha = Math.fround(factor);
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length; i++) {
    const from = typeof other === "number" ? other : other[i]!;
    const mixed = Math.fround(from + Math.fround(alpha * (image.data[i]! - from)));
    data[i] = mixed <= 0 ? 0 : mixed >= 255 ? 255 : mixed;
  }
  return { ...image, data };
}

/** A brighter or darker image. */
export function pillowBrightness(image: PackedImage, factor: number): PackedImage {
  return blend(0, image, factor);
}

/** An image between its mean gray value and itself, or beyond. */
export function pillowContrast(image: PackedImage, factor: number): PackedImage {
  const gray = pillowGray(image).data;
  const mean = gray.reduce((sum, value) => sum + value, 0) / gray.length;
  return blend(Math.trunc(mean + 0.5), image, factor);
}

/** An image between its gray values and itself, or beyond. */
export function pillowSaturation(image: PackedImage, factor: number): PackedImage {
  return blend(repeated(pillowGray(image), image.channels).data, image, factor);
}

/** An image between a smoothed one and itself, or beyond. */
export function pillowSharpness(image: PackedImage, factor: number): PackedImage {
  return blend(smoothed(image), image, factor);
}

const SIDE = Math.fround(1 / 13);
const MIDDLE = Math.fround(5 / 13);

/** Pixels weighted with their eight neighbors; those at the border stay. */
function smoothed({ width, height, channels, data }: PackedImage): Uint8Array {
  const result = data.slice();
  const { fround } = Math;
  const line = width * channels;
  const row = (at: number, middle: number): number =>
    fround(
      fround(fround(data[at - channels]! * SIDE) + fround(data[at]! * middle)) + fround(data[at + channels]! * SIDE),
    );
  for (let y = 1; y < height - 1; y++) {
    for (let i = channels; i < line - channels; i++) {
      const at = y * line + i;
      const below = fround(0.5 + row(at + line, SIDE));
      result[at] = Math.min(fround(fround(below + row(at, MIDDLE)) + row(at - line, SIDE)), 255);
    }
  }
  return result;
}

/** Every byte through a table of its channel. */
function through(image: PackedImage, tables: readonly Uint8Array[]): PackedImage {
  const { channels, data } = image;
  return { ...image, data: data.map((value, i) => (tables[i % channels] as Uint8Array)[value]!) };
}

/** gain · (v / 255)ᵞ, cut off to bytes. */
export function pillowGamma(image: PackedImage, gamma: number, gain: number): PackedImage {
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    Math.min(Math.max(Math.trunc((255 + 1 - 1e-3) * gain * (value / 255) ** gamma), 0), 255),
  );
  return through(image, new Array<Uint8Array>(image.channels).fill(table));
}

/** The values of each channel spread over the whole range. */
export function pillowAutocontrast(image: PackedImage): PackedImage {
  const { channels, data } = image;
  const tables = Array.from({ length: channels }, (_, channel) => {
    let [low, high] = [255, 0];
    for (let i = channel; i < data.length; i += channels) {
      low = Math.min(low, data[i]!);
      high = Math.max(high, data[i]!);
    }
    if (high <= low) return Uint8Array.from({ length: 256 }, (_, value) => value);
    const scale = 255 / (high - low);
    const offset = -low * scale;
    return Uint8Array.from({ length: 256 }, (_, value) => {
      return Math.min(Math.max(Math.trunc(value * scale + offset), 0), 255);
    });
  });
  return through(image, tables);
}

/** An image whose hues are turned, by way of hue, saturation and value in bytes. */
export function pillowHue(image: PackedImage, turn: number): PackedImage {
  const { channels, data } = image;
  if (channels === 1) return image;
  const shift = Math.trunc(turn * 255) & 255;
  const result = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [hue, saturation, value] = toHsv(data[i]!, data[i + 1]!, data[i + 2]!);
    result.set(toRgb((hue + shift) & 255, saturation, value), i);
  }
  return { ...image, data: result };
}

type Triple = readonly [number, number, number];

const { fround } = Math;

function toHsv(r: number, g: number, b: number): Triple {
  const value = Math.max(r, g, b);
  const range = value - Math.min(r, g, b);
  if (range === 0) return [0, 0, value];
  const saturation = fround(range / value);
  const [rc, gc, bc] = [fround((value - r) / range), fround((value - g) / range), fround((value - b) / range)];
  const sector = fround(r === value ? bc - gc : g === value ? 2 + rc - bc : 4 + gc - rc);
  const hue = fround((sector / 6 + 1) % 1);
  return [Math.trunc(hue * 255), Math.trunc(saturation * 255), value];
}

function toRgb(hue: number, saturation: number, value: number): Triple {
  if (saturation === 0) return [value, value, value];
  const place = (hue * 6) / 255;
  const sector = Math.floor(place);
  const part = fround(place - sector);
  const share = fround(saturation / 255);
  const p = Math.round(value * (1 - share));
  const q = Math.round(value * (1 - fround(share * part)));
  const t = Math.round(value * (1 - share * (1 - part)));
  const choices: readonly Triple[] = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ];
  return choices[sector % 6] as Triple;
}

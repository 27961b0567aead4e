/** @file Gradient buckets: parameters whose gradients are reduced together. */
import type { DType, TypedArray } from "../../kernels/backend.ts";
import { BYTES } from "../../kernels/layout.ts";
import type { Parameter } from "../nn/parameter.ts";
import { stagingBuffer } from "./host-memory.ts";

/** Parameters of one dtype, and the buffer that their gradients travel in. */
export interface Bucket {
  readonly dtype: DType;
  readonly parameters: readonly Parameter[];
  /** Where each gradient begins. */
  readonly offsets: readonly number[];
  readonly buffer: TypedArray;
}

const MEBIBYTE = 2 ** 20;

/** The first bucket is small, so that communication begins early in the backward pass. */
const FIRST_BUCKET_BYTES = MEBIBYTE;

/**
 * Puts parameters in buckets, in the order in which their gradients are expected.
 *
 * @param capMb Size in MiB from which a bucket is full.
 */
export function assignBuckets(parameters: readonly Parameter[], capMb: number): Bucket[] {
  const buckets: Bucket[] = [];
  let list: Parameter[] = [];
  let bytes = 0;
  const close = (): void => {
    const [first] = list;
    if (first === undefined) return;
    const offsets: number[] = [];
    let length = 0;
    for (const parameter of list) {
      offsets.push(length);
      length += parameter.numel();
    }
    const { dtype } = first;
    buckets.push({ dtype, parameters: list, offsets, buffer: stagingBuffer(dtype, length) });
    list = [];
    bytes = 0;
  };
  for (const parameter of parameters) {
    if (list[0] !== undefined && list[0].dtype !== parameter.dtype) close();
    list.push(parameter);
    bytes += parameter.numel() * BYTES[parameter.dtype];
    const cap = buckets.length === 0 ? Math.min(FIRST_BUCKET_BYTES, capMb * MEBIBYTE) : capMb * MEBIBYTE;
    if (bytes >= cap) close();
  }
  close();
  return buckets;
}

/**
 * @file Bind groups and their layouts. Kernels with as many arrays have the same layout, and with few arrays the places of
 * arrays in their pages are offsets that change from dispatch to dispatch, so that few bind groups do for all of them.
 */
import type { WebGpuArray } from "./array.ts";

const VISIBLE_TO_COMPUTE = 4;

/** Most arrays whose offsets may change: the limit of every device. */
const MOST_OFFSETS = 4;

/** Numbers of pages below this go into one number, {@link MOST_OFFSETS} of them. */
const PAGES = 2 ** 13;

export interface GroupLayout {
  readonly layout: GPUBindGroupLayout;
  /** Bytes of the block of numbers. */
  readonly blockBytes: number;
  /** Arrays that are read, and that are written. */
  readonly arrays: number;
  readonly results: number;
  /** Whether a dispatch says where its arrays begin; else they begin where their bind group says. */
  readonly hasOffsets: boolean;
  readonly groups: Map<number | string, GPUBindGroup>;
  /** The offsets of a dispatch: that of its numbers first. */
  readonly offsets: number[];
}

/** The layouts of a device. */
export class GroupLayouts {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, GroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The layout of kernels with so many arrays and results, and numbers in blocks of so many bytes. */
  of(arrays: number, results: number, blockBytes: number): GroupLayout {
    const key = `${arrays} ${results} ${blockBytes}`;
    let found = this.#layouts.get(key);
    if (found === undefined) {
      const hasOffsets = arrays + results <= MOST_OFFSETS;
      found = {
        layout: this.#make(arrays, results, blockBytes, hasOffsets),
        blockBytes,
        arrays,
        results,
        hasOffsets,
        groups: new Map(),
        offsets: new Array<number>(hasOffsets ? 1 + arrays + results : 1).fill(0),
      };
      this.#layouts.set(key, found);
    }
    return found;
  }

  #make(arrays: number, results: number, blockBytes: number, hasDynamicOffset: boolean): GPUBindGroupLayout {
    const entry = (binding: number, buffer: GPUBufferBindingLayout): GPUBindGroupLayoutEntry => {
      return { binding, visibility: VISIBLE_TO_COMPUTE, buffer };
    };
    const numbers = entry(0, { type: "uniform", hasDynamicOffset: true, minBindingSize: blockBytes });
    const storages = Array.from({ length: arrays + results }, (_, i) => {
      return entry(i + 1, { type: i < arrays ? "read-only-storage" : "storage", hasDynamicOffset });
    });
    return this.#device.createBindGroupLayout({ entries: [numbers, ...storages] });
  }

  /** Forgets all bind groups. */
  clear(): void {
    for (const { groups } of this.#layouts.values()) groups.clear();
  }
}

/** The bind group of a buffer of numbers and of arrays. */
export function makeGroup(
  device: GPUDevice,
  { layout, blockBytes }: GroupLayout,
  numbers: GPUBuffer,
  arrays: readonly GPUBindingResource[],
): GPUBindGroup {
  const resources = [{ buffer: numbers, size: blockBytes }, ...arrays];
  return device.createBindGroup({ layout, entries: resources.map((resource, binding) => ({ binding, resource })) });
}

/** Bind groups of one buffer of numbers with arrays. */
export class BindGroups {
  readonly #device: GPUDevice;
  readonly #layouts: GroupLayouts;
  readonly #numbers: GPUBuffer;
  readonly #most: number;
  #count = 0;

  /** @param most - How many are kept. */
  constructor(device: GPUDevice, layouts: GroupLayouts, numbers: GPUBuffer, most: number) {
    this.#device = device;
    this.#layouts = layouts;
    this.#numbers = numbers;
    this.#most = most;
  }

  /** The bind group of a dispatch, whose {@link GroupLayout.offsets} are then those of its arrays. */
  of(layout: GroupLayout, arrays: readonly WebGpuArray[], results: readonly WebGpuArray[]): GPUBindGroup {
    const { groups, hasOffsets } = layout;
    const key = hasOffsets ? keyOfPages(layout, arrays, results) : keyOfPlaces(arrays, results);
    const found = groups.get(key);
    if (found !== undefined) return found;
    if (this.#count >= this.#most) this.clear();
    this.#count++;
    const resources = [...arrays, ...results].map(({ entry: { buffer, bytes, resource } }) =>
      hasOffsets ? { buffer, size: bytes } : resource,
    );
    const group = makeGroup(this.#device, layout, this.#numbers, resources);
    groups.set(key, group);
    return group;
  }

  clear(): void {
    this.#layouts.clear();
    this.#count = 0;
  }
}

/** The pages of arrays in one number, if theirs are small enough; leaves the offsets in the layout. */
function keyOfPages(
  { offsets }: GroupLayout,
  arrays: readonly WebGpuArray[],
  results: readonly WebGpuArray[],
): number | string {
  let key = 0;
  let isLarge = false;
  for (let i = 1; i < offsets.length; i++) {
    const array = i <= arrays.length ? arrays[i - 1] : results[i - 1 - arrays.length];
    const { page, offset } = (array as WebGpuArray).entry;
    offsets[i] = offset;
    key = key * PAGES + page.id;
    if (page.id >= PAGES) isLarge = true;
  }
  return isLarge ? [...arrays, ...results].map(({ entry }) => entry.page.id).join(".") : key;
}

function keyOfPlaces(arrays: readonly WebGpuArray[], results: readonly WebGpuArray[]): string {
  let key = "";
  for (const { entry } of arrays) key += `${entry.id}.`;
  for (const { entry } of results) key += `${entry.id}.`;
  return key;
}

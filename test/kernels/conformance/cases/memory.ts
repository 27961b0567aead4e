/** @file Buffers: what goes in comes out, as a copy. */
import { dense } from "../../../../kernels/layout.ts";
import { type Case, defineCase, type Group } from "../check.ts";
import { ALL_DTYPES, hostArray, random, typed } from "../host-array.ts";
import { input } from "../layouts.ts";

const alloc: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  [0, 1, 33].map((n) =>
    defineCase({
      name: `${dtype}, ${n} elements`,
      inputs: [],
      run: (k) => {
        const array = dense(k.alloc(dtype, n), [n]);
        k.fill(array, 1);
        return [array];
      },
      truth: () => [hostArray(dtype, [n], new Array<number>(n).fill(1))],
    }),
  ),
);

const upload: readonly Case[] = ALL_DTYPES.flatMap((dtype) =>
  [0, 1, 33].map((n) => {
    const x = random(dtype, [n], 4);
    return defineCase({
      name: `${dtype}, ${n} elements, changed by the caller afterwards`,
      inputs: [],
      run: (k) => {
        const data = typed(dtype, x.values);
        const storage = k.upload(dtype, data);
        data.fill(0);
        return [dense(storage, [n])];
      },
      truth: () => [x],
    });
  }),
);

const specials = [Number.NaN, Infinity, -Infinity, 0, -0, 1e-45, 3e38];

const read: readonly Case[] = [
  ...ALL_DTYPES.map((dtype) => {
    const x = random(dtype, [20], 6);
    return defineCase({
      name: `${dtype}, a part, changed by the caller afterwards`,
      inputs: [input(x)],
      run: async (k, a) => {
        const part = await k.read(a.storage, 5, 7);
        const copy = k.upload(dtype, part);
        part.fill(0);
        return [dense(copy, [7])];
      },
      truth: () => [hostArray(dtype, [7], x.values.slice(5, 12))],
    });
  }),
  defineCase({
    name: "special values and nothing",
    inputs: [input(hostArray("float32", [7], specials)), input(hostArray("float32", [0], []))],
    run: async (k, a, b) => [
      dense(k.upload("float32", await k.read(a.storage, 0, 7)), [7]),
      dense(k.upload("float32", await k.read(b.storage, 0, 0)), [0]),
    ],
    truth: () => [hostArray("float32", [7], specials), hostArray("float32", [0], [])],
  }),
];

/** A device that cannot be read at once says so; only its error is checked then. */
const readSync: readonly Case[] = ALL_DTYPES.map((dtype) => {
  const x = random(dtype, [20], 6);
  return defineCase({
    name: `${dtype}, a part`,
    inputs: [input(x)],
    run: async (k, a) => {
      if (k.device === "cpu") return [dense(k.upload(dtype, k.readSync(a.storage, 5, 7)), [7])];
      return [dense(k.upload(dtype, await k.read(a.storage, 5, 7)), [7])];
    },
    truth: () => [hostArray(dtype, [7], x.values.slice(5, 12))],
  });
});

/** Devices whose memory the host cannot reach have no views. */
const view: readonly Case[] = ALL_DTYPES.map((dtype) => {
  const x = random(dtype, [300], 7);
  return defineCase({
    name: `${dtype}, written to`,
    inputs: [input(x)],
    run: (k, a) => {
      if (k.view === undefined) return [a];
      const copy = dense(k.alloc(dtype, 300), [300]);
      k.view(copy.storage).set(k.view(a.storage).subarray(0, 300));
      return [copy];
    },
    truth: () => [x],
  });
});

const free: readonly Case[] = [
  defineCase({
    name: "twice, with other buffers unharmed",
    inputs: [input(random("float32", [9], 2))],
    run: (k, a) => {
      const gone = k.alloc("float32", 9);
      k.free(gone);
      const next = dense(k.upload("float32", Float32Array.of(1, 2, 3)), [3]);
      k.free(gone);
      const after = dense(k.upload("float32", Float32Array.of(4, 5, 6)), [3]);
      return [next, after, a];
    },
    truth: () => [
      hostArray("float32", [3], [1, 2, 3]),
      hostArray("float32", [3], [4, 5, 6]),
      random("float32", [9], 2),
    ],
  }),
];

export const memory = {
  alloc: [{ name: "alloc", cases: alloc }],
  upload: [{ name: "upload", cases: upload }],
  read: [{ name: "read", cases: read }],
  readSync: [{ name: "readSync", cases: readSync }],
  view: [{ name: "view", cases: view }],
  free: [{ name: "free", cases: free }],
} satisfies Record<string, readonly Group[]>;

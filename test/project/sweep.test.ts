/** @file The parts of `npm run bench:sweep` that measure nothing: command line, samples, scaling, agreement, report. */
import { describe, expect, test } from "vitest";
import { differenceOf, type Found } from "../../bench/sweep/agree.ts";
import { readOptions } from "../../bench/sweep/options.ts";
import { Draws, GROUP_NAMES, randomWork } from "../../bench/sweep/random-works.ts";
import { geometricMean, markdown, type Row, sorted } from "../../bench/sweep/report.ts";
import { describe as inWords, layoutsOf, workOf } from "../../bench/sweep/rows.ts";
import {
  chosenSamples,
  namesWithoutSamples,
  rangeOf,
  readSamples,
  type Sample,
  type SampleInput,
} from "../../bench/sweep/samples.ts";
import { growthOf, type Recipe, recipesFor, scale, sizeFor } from "../../bench/sweep/scale.ts";
import { uniform, valuesOf } from "../../bench/sweep/work.ts";
import * as optim from "../../src/entry/optim.ts";
import { publicNames } from "../golden/coverage/names.ts";

const samples = readSamples();

const float = (...shape: number[]): SampleInput => ({ shape, dtype: "float32", low: -1, high: 1 });
const integers = (high: number, ...shape: number[]): SampleInput => ({ shape, dtype: "int32", low: 0, high });

function sampleOf(given: Partial<Sample>): Sample {
  return { kind: "tensor", name: "f", method: true, args: [{ tensor: 0 }], options: {}, inputs: [], ...given };
}

const recipe = (given: Partial<Recipe>): Recipe => ({
  grows: "all",
  withArguments: false,
  features: false,
  indexed: -1,
  ...given,
});

describe("command line", () => {
  test("has defaults", () => {
    expect(readOptions([])).toMatchObject({ sizes: [1e3, 1e5, 1e7], blas: "on", only: [], shard: { part: 1, of: 1 } });
  });

  test("reads lists, numbers and the file's name without its extension", () => {
    const given = ["--only", "add,sum", "--sizes", "1e4,7", "--dtypes", "int32", "--shard", "2/3", "--out", "a/b.json"];
    expect(readOptions([...given, "--blas", "both"])).toMatchObject({
      only: ["add", "sum"],
      sizes: [10_000, 7],
      dtypes: ["int32"],
      shard: { part: 2, of: 3 },
      out: "a/b",
      blas: "both",
    });
  });

  test.each([
    [["--blas", "maybe"], "expected on, off, both"],
    [["--dtypes", "float16"], "expected float32"],
    [["--shard", "4/3"], "expected I/N"],
    [["--sizes", "many"], "expected an integer"],
    [["--colour"], "Unknown option"],
  ])("refuses %s", (args, words) => expect(() => readOptions(args)).toThrow(words));
});

describe("samples", () => {
  test("every public operation, function, layer and optimizer with a golden call has one", () => {
    expect(namesWithoutSamples(samples)).toEqual([]);
  });

  test("every optimizer is among them", () => {
    const swept = samples.filter(({ kind }) => kind === "optimizer").map(({ name }) => name);
    const all = [...publicNames.optimizer.keys()].filter((name) => name in optim && name !== "Optimizer");
    expect(all.filter((name) => !swept.includes(name))).toEqual([]);
  });

  test("of each name, as many forms as asked for, and plain ones first", () => {
    const chosen = chosenSamples(samples, 2).filter(({ kind, name }) => kind === "tensor" && name === "sum");
    expect(chosen.map(({ args }) => args.length)).toEqual([1, 2]);
    for (const { inputs } of chosen) expect(inputs[0]?.shape.length).toBeGreaterThan(0);
  });

  test("ranges leave out what is not finite, and keep a few integers as they are", () => {
    expect(rangeOf(["nan", 0.5, "-inf", 2, -1.5])).toEqual({ low: -1.5, high: 2 });
    expect(rangeOf([1, -1, 1, 1])).toEqual({ low: -1, high: 1, choices: [-1, 1] });
  });
});

describe("scaling", () => {
  test("brings the largest input to a size, and keeps equal sizes equal", () => {
    const two = sampleOf({ inputs: [float(2, 3), float(3)] });
    const [a, b] = scale(two, 60_000, recipe({})).inputs;
    expect(a?.shape).toEqual([200, 300]);
    expect(b?.shape).toEqual([300]);
  });

  test("ones stay ones, which broadcast", () => {
    const { inputs } = scale(sampleOf({ inputs: [float(2, 1), float(1, 3)] }), 900, recipe({}));
    expect(inputs.map(({ shape }) => shape)).toEqual([
      [600, 1],
      [1, 900],
    ]);
  });

  test("arguments follow sizes and their products", () => {
    const reshape = sampleOf({ args: [{ tensor: 0 }, [3, 2], 6], inputs: [float(2, 3)] });
    expect(scale(reshape, 600, recipe({ withArguments: true })).args).toEqual([{ tensor: 0 }, [30, 20], 600]);
    expect(scale(reshape, 600, recipe({})).args).toEqual(reshape.args);
  });

  test("a batch grows alone", () => {
    const conv = sampleOf({ inputs: [float(2, 3, 5, 5), float(4, 3, 2, 2)] });
    const { inputs } = scale(conv, 7500, recipe({ grows: "batch" }));
    expect(inputs.map(({ shape }) => shape)).toEqual([
      [100, 3, 5, 5],
      [4, 3, 2, 2],
    ]);
  });

  test("layers get features, in their arguments and in their inputs", () => {
    const layer = { layer: "Linear", args: [4, 3, true], kwargs: {} };
    const { inputs, layer: made } = scale(
      sampleOf({ kind: "layer", layer, inputs: [float(2, 4)] }),
      6400,
      recipe({ grows: "batch", features: true }),
    );
    expect(made?.args).toEqual([64, 63, true]);
    expect(inputs[0]?.shape).toEqual([100, 64]);
  });

  test("indices reach as far as the dimension they are for", () => {
    const gather = sampleOf({ inputs: [float(3, 4), integers(2, 3, 4)] });
    const limits = [0, 1, -1].map((indexed) => scale(gather, 1200, recipe({ indexed })).inputs[1]?.high);
    expect(limits).toEqual([39, 29, 2]);
    expect(scale(gather, 1200, recipe({})).inputs[1]?.index).toBe(true);
  });

  test("factories have their sizes among the arguments", () => {
    const grows = recipe({ grows: "arguments" });
    expect(scale(sampleOf({ args: [[2, 3]] }), 600, grows).args).toEqual([[20, 30]]);
    expect(scale(sampleOf({ args: [0, 1, 5] }), 600, grows).args).toEqual([0, 1, 600]);
  });

  test("what has nothing to scale has one recipe; the last one always is to change nothing", () => {
    expect(recipesFor(sampleOf({ inputs: [float()] }))).toHaveLength(1);
    expect(recipesFor(sampleOf({ inputs: [float(2, 3)] })).at(-1)?.grows).toBe("nothing");
  });

  test("a result that grows faster than its input gets a smaller one", () => {
    const growth = growthOf({ n: 10, elements: 100 }, { n: 40, elements: 1600 });
    expect(growth).toBeCloseTo(2);
    expect(sizeFor(1e6, { n: 40, elements: 1600 }, growth)).toBe(1000);
  });
});

describe("rows", () => {
  const pair = sampleOf({ args: [{ tensor: 0 }, { tensor: 1 }], inputs: [float(2, 3), float(2, 3)] });
  const scaled = scale(pair, 600, recipe({}));

  test("one operand is transposed, another one is broadcast", () => {
    expect(layoutsOf("transposed", scaled.inputs, [true, true])).toEqual(["transposed", "contiguous"]);
    expect(layoutsOf("broadcast", scaled.inputs, [true, true])).toEqual(["contiguous", "broadcast"]);
    expect(layoutsOf("broadcast", scaled.inputs.slice(1), [true])).toBeNull();
  });

  test("gradients are for floats, and for as many inputs as asked for", () => {
    const both = { layout: "contiguous", pass: "both" } as const;
    expect(workOf(pair, scaled, { ...both, dtype: "int32" }, 9)).toBeNull();
    expect(workOf({ ...pair, name: "f_" }, scaled, { ...both, dtype: "float32" }, 9)).toBeNull();
    const grads = [9, 1].map((count) =>
      workOf(pair, scaled, { ...both, dtype: "float64" }, count)?.inputs.map((i) => i.grad),
    );
    expect(grads).toEqual([
      [true, true],
      [true, undefined],
    ]);
  });

  test("a call in words", () => expect(inWords(scaled)).toBe("(20×30, 20×30)"));
});

describe("values", () => {
  test("are the ones of sweep.py, spread over their range", () => {
    expect([...uniform(3, 0x3c6ef372)].map((u) => u.toFixed(6))).toEqual(["0.368728", "0.721096", "0.444292"]);
    const ints = valuesOf({ low: -1, high: 1, dtype: "int32", shape: [], layout: "contiguous" }, 1000, 7);
    expect(new Set(ints)).toEqual(new Set([-1, 0, 1]));
    const few = valuesOf(
      { low: 0, high: 9, choices: [0, 9], dtype: "float32", shape: [], layout: "contiguous" },
      100,
      7,
    );
    expect(new Set(few)).toEqual(new Set([0, 9]));
  });
});

describe("agreement", () => {
  const found = (...data: number[]): Found => ({
    shape: [data.length],
    dtype: "float32",
    data: Float32Array.from(data),
  });

  test("within the goldens' tolerances, and NaN is NaN", () => {
    expect(differenceOf("f", [found(1, Number.NaN, 0)], [found(1 + 1e-6, Number.NaN, -0)], null, 1)).toBeNull();
    expect(differenceOf("f", [found(1, 2)], [found(1, 2.1)], null, 1)).toMatch(/^output 0 at 1: 2, PyTorch has 2.0999/);
    expect(differenceOf("f", [found(1)], [found(Number.NaN)], null, 1)).toMatch(/beyond any tolerance/);
    expect(differenceOf("f", [found(1), found(1)], [found(1), found(2)], null, 1)).toMatch(/^gradient 0 at 0/);
  });

  test("an error like PyTorch's own is none", () => {
    const truth = { ...found(1), dtype: "float64" as const, data: Float64Array.of(1) };
    expect(differenceOf("f", [found(1.00001)], [found(0.99999)], [truth], 1)).toBeNull();
    expect(differenceOf("f", [found(1.0001)], [found(0.99999)], [truth], 1)).not.toBeNull();
  });

  test("a partial sort may name another one of equal values", () => {
    const positions = (i: number): Found => ({ shape: [1], dtype: "int32", data: Int32Array.of(i) });
    expect(differenceOf("topk", [found(3), positions(0)], [found(3), positions(5)], null, 2)).toBeNull();
    expect(differenceOf("sort", [found(3), positions(0)], [found(3), positions(5)], null, 2)).not.toBeNull();
  });
});

describe("report", () => {
  const row = (name: string, ours: number, given: Partial<Row> = {}): Row => ({
    ...{ kind: "tensor", name, call: "(3×4)", dtype: "float32", layout: "contiguous", pass: "forward" },
    ...{ size: 12, elements: 12, ownSize: false, ours: { BLAS: ours }, pytorch: 1, ...given },
  });

  test("the geometric mean leaves out what is missing", () => {
    expect(geometricMean([0.5, 2, Number.NaN])).toBeCloseTo(1);
    expect(geometricMean([])).toBeNaN();
  });

  test("rows come by their worse ratio, and those without PyTorch stand apart", () => {
    const rows = [row("a", 1), row("b", 2, { ours: { BLAS: 2, "built-in": 4 } }), row("c", 3)];
    const { pytorch: _, ...alone } = row("d", 9, { missing: "no such function" });
    expect(sorted([...rows, alone]).map(({ name }) => name)).toEqual(["b", "c", "a"]);
    const text = markdown([...rows, alone, row("e", 1, { differs: "output 0 | at 1" })], ["tensor g"], "Title");
    expect(text).toContain("- Geometric mean of 4 rows: 1.57 (BLAS), 4.00 (built-in)");
    expect(text).toMatch(/## Not in PyTorch[^#]*\| d \|[^#]*no such function/);
    expect(text).toMatch(/## Results that differ[^#]*output 0 \\\| at 1/);
    expect(text).toMatch(/## Names without a call\n\ntensor g/);
  });
});

test("random calls are the same with the same seed, and of all groups", () => {
  const drawn = (seed: number) => {
    const draws = new Draws(seed);
    return Array.from({ length: 300 }, () => randomWork(draws, GROUP_NAMES));
  };
  const works = drawn(1);
  expect(drawn(1)).toEqual(works);
  expect(drawn(2)).not.toEqual(works);
  expect(new Set(works.map(({ group }) => group))).toEqual(new Set(GROUP_NAMES));
});

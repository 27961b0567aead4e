/** @file Curves of training as an SVG, drawn by the optional vega-lite, and as a line of characters. */
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { aFileName, type FileName } from "../core/file-kinds.ts";
import { aNumber, aString, type Kind, kind, nullable, numbers } from "../core/kinds.ts";
import { isRecord } from "../core/realm.ts";
import { writeFileWhole } from "../platform/files.ts";
import { importPackage } from "../platform/import-package.ts";

/** Curves by name; `val_loss` is drawn beside `loss`. */
export type Curves = Readonly<Record<string, readonly number[]>>;

/** Curves, or what Keras's `fit` returns. */
export type CurvesLike = Curves | { readonly history: Curves; readonly epoch?: readonly number[] };

/** Options of {@link plot}. */
export interface PlotOptions {
  /** Title above the diagrams. Default: none. */
  readonly title?: string | undefined;
  /** Name of the horizontal axis. Default "epoch". */
  readonly xLabel?: string | undefined;
  /** Width of a diagram in pixels. Default 480. */
  readonly width?: number | undefined;
  /** Height of a diagram in pixels. Default 240. */
  readonly height?: number | undefined;
}

const aSize: Kind<number> = kind("a positive number", (value) => typeof value === "number" && value > 0);
const SIGNATURES = {
  plot: signature("plot", {
    curves: required(
      kind<CurvesLike>(
        "an object of lists of numbers, or the history of a fit",
        (value) => typeof value === "object" && value !== null,
      ),
    ),
    file: optional(nullable(aFileName), null),
    title: keyword(aString),
    xLabel: keyword(aString, "epoch"),
    width: keyword(aSize, 480),
    height: keyword(aSize, 240),
  }),
  sparkline: signature("sparkline", {
    values: required(numbers),
    width: keyword(kind<number>("a positive integer", (n) => Number.isSafeInteger(n) && (n as number) > 0)),
    min: keyword(aNumber),
    max: keyword(aNumber),
  }),
};

/** What is used of vega and vega-lite. */
interface VegaLite {
  compile(spec: object): { readonly spec: object };
}
interface Vega {
  parse(spec: object): object;
  View: new (runtime: object, options: object) => { toSVG(): Promise<string>; finalize(): unknown };
}

/** One point of a curve. */
interface Point {
  readonly x: number;
  readonly y: number;
  readonly data: "training" | "validation";
}

const VALIDATION = "val_";

/** The points of each diagram: a metric with its validation. */
function diagramsOf(given: CurvesLike): Map<string, Point[]> {
  const isHistory = isHistoryOfFit(given);
  const curves: unknown = isHistory ? given.history : given;
  if (!isRecord(curves))
    throw new ValueError(`[plot] expected lists of numbers by name, but got ${describeValue(curves)}`);
  const epochs = isHistory ? (given.epoch ?? []) : [];
  const diagrams = new Map<string, Point[]>();
  for (const [name, values] of Object.entries(curves)) {
    if (!Array.isArray(values) || !values.every((value) => typeof value === "number")) {
      throw new ValueError(`[plot] the curve "${name}" must be a list of numbers, but got ${describeValue(values)}`);
    }
    const isValidation = name.startsWith(VALIDATION);
    const metric = isValidation ? name.slice(VALIDATION.length) : name;
    const points = diagrams.get(metric) ?? [];
    diagrams.set(metric, points);
    // A curve with fewer values than epochs, as of a validation now and then, ends with the last epoch.
    const skip = Math.max(0, epochs.length - values.length);
    for (const [i, y] of values.entries()) {
      if (!Number.isFinite(y)) continue;
      points.push({ x: (epochs[i + skip] ?? i) + 1, y, data: isValidation ? "validation" : "training" });
    }
  }
  if (diagrams.size === 0) throw new ValueError("[plot] there are no curves");
  return diagrams;
}

function isHistoryOfFit(given: CurvesLike): given is { readonly history: Curves; readonly epoch?: readonly number[] } {
  return "history" in given && !Array.isArray(given.history);
}

/**
 * Draws curves of training as an SVG: a diagram for each metric, with its validation (`val_loss` beside `loss`). Needs the
 * optional packages `vega` and `vega-lite`; in Node, Deno and Bun.
 *
 * @param file - Where the SVG is written to. Default: nowhere.
 * @returns the SVG.
 * @throws DataError if a package is missing; ValueError for curves that are none.
 * @example
 * import { plot } from "tapegrad/plot";
 * const svg = await plot({ loss: [3, 2, 1.5], val_loss: [3.5, 3, 2.5] }, "curve.svg");
 * svg.slice(0, 4); // <svg
 */
export async function plot(curves: CurvesLike, file?: FileName | null, options?: PlotOptions): Promise<string>;
export async function plot(curves: CurvesLike, options?: PlotOptions): Promise<string>;
export async function plot(...args: readonly unknown[]): Promise<string> {
  const { curves, file, title, xLabel, width, height } = SIGNATURES.plot.read(args);
  const diagrams = diagramsOf(curves);
  const [lite, vega] = await Promise.all([importPackage("vega-lite"), importPackage("vega")]);
  if (lite === undefined || vega === undefined) {
    throw new DataError("[plot] diagrams need vega and vega-lite, which are not installed: npm install vega vega-lite");
  }
  const steps = Math.max(...[...diagrams.values()].flat().map(({ x }) => x));
  const spec = {
    background: "white",
    resolve: { scale: { color: "independent" }, legend: { color: "independent" } },
    ...(title !== undefined && { title: { text: title, anchor: "start" } }),
    vconcat: Array.from(diagrams, ([name, values]) => ({
      width,
      height,
      data: { values },
      mark: { type: "line", point: values.length < 60 },
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          title: xLabel,
          scale: { nice: false, zero: false },
          axis: { tickMinStep: 1, tickCount: Math.min(10, steps), grid: false },
        },
        y: { field: "y", type: "quantitative", title: name, scale: { zero: false } },
        color: {
          field: "data",
          type: "nominal",
          title: null,
          scale: { domain: ["training", "validation"], range: ["#1f77b4", "#ff7f0e"] },
          ...(values.every(({ data }) => data === "training") && { legend: null }),
        },
      },
    })),
  };
  const view = new (vega as Vega).View((vega as Vega).parse((lite as VegaLite).compile(spec).spec), {
    renderer: "none",
  });
  let svg: string;
  try {
    svg = await view.toSVG();
  } finally {
    view.finalize();
  }
  if (file !== null) await writeFileWhole(file, new TextEncoder().encode(svg));
  return svg;
}

/** Options of {@link sparkline}. */
export interface SparklineOptions {
  /** At most so many characters: neighbouring values are averaged. Default: one for each value. */
  readonly width?: number | undefined;
  /** The value of the lowest bar. Default: the least one. */
  readonly min?: number | undefined;
  /** The value of the highest bar. Default: the greatest one. */
  readonly max?: number | undefined;
}

const BARS = "▁▂▃▄▅▆▇█";

/**
 * A curve as a line of characters, for a terminal. Values that are not finite are left blank.
 *
 * @example
 * import { sparkline } from "tapegrad/plot";
 * sparkline([8, 4, 2, 1, 1]); // █▄▂▁▁
 */
export function sparkline(values: readonly number[], options?: SparklineOptions): string {
  const given = SIGNATURES.sparkline.read([values, options]);
  const shown = averaged(given.values, given.width ?? given.values.length);
  const finite = shown.filter(Number.isFinite);
  const min = given.min ?? Math.min(...finite);
  const max = given.max ?? Math.max(...finite);
  const bars = shown.map((value) => {
    if (!Number.isFinite(value)) return " ";
    const height = max > min ? (value - min) / (max - min) : 0;
    return BARS[Math.round(Math.min(1, Math.max(0, height)) * (BARS.length - 1))];
  });
  return bars.join("");
}

/** At most `count` values: the means of neighbours. */
function averaged(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from({ length: count }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

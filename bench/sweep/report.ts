/** @file What the sweep writes: a table sorted by ratio, the geometric mean, the worst twenty, and what has no ratio. */
import type { DType } from "../../kernels/backend.ts";
import { WAYS, type Way } from "../turns/turns.ts";
import { grouped, type Kind, type Layout, type Pass } from "./work.ts";

export interface Row {
  readonly kind: Kind;
  readonly name: string;
  /** The arguments in words. */
  readonly call: string;
  readonly dtype: DType;
  readonly layout: Layout;
  readonly pass: Pass;
  /** Elements that were asked for. */
  readonly size: number;
  /** Elements of the largest array. */
  readonly elements: number;
  /** The sample does not scale, and ran as it is. */
  readonly ownSize: boolean;
  /** Least milliseconds of a call. */
  readonly ours: Readonly<Partial<Record<Way, number>>>;
  readonly pytorch?: number;
  /** Why PyTorch has no figure. */
  readonly missing?: string;
  /** What tells our results from PyTorch's. */
  readonly differs?: string;
  /** Why we have no figure. */
  readonly failed?: string;
}

/** Our time over PyTorch's; NaN where one is missing. */
export function ratioOf({ ours, pytorch }: Row, way: Way): number {
  return (ours[way] ?? Number.NaN) / (pytorch ?? Number.NaN);
}

/** The worse of a row's ratios. */
export function worstRatio(row: Row): number {
  return Math.max(...WAYS.map((way) => ratioOf(row, way)).filter((ratio) => !Number.isNaN(ratio)));
}

/** The geometric mean of the numbers that are there; NaN of none. */
export function geometricMean(values: readonly number[]): number {
  const there = values.filter((value) => value > 0 && Number.isFinite(value));
  return Math.exp(there.reduce((sum, value) => sum + Math.log(value), 0) / there.length);
}

/** Three digits. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

const sizeText = (row: Row): string => `${row.elements.toLocaleString("en")}${row.ownSize ? " (own)" : ""}`;

const cell = (text: string): string => text.replaceAll("|", "\\|");

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const usedWays = (rows: readonly Row[]): Way[] => WAYS.filter((way) => rows.some((row) => row.ours[way] !== undefined));

function speeds(rows: readonly Row[], ways: readonly Way[]): string {
  const head = [
    "ratio",
    "name",
    "call",
    "dtype",
    "operands",
    "pass",
    "elements",
    ...ways.map((way) => `${way}, ms`),
    "PyTorch, ms",
  ];
  return tableOf(
    head,
    rows.map((row) => [
      ways.map((way) => figure(ratioOf(row, way))).join(" / "),
      `${row.name}${row.differs === undefined ? "" : " (differs)"}`,
      row.call,
      row.dtype,
      row.layout,
      row.pass,
      sizeText(row),
      ...ways.map((way) => figure(row.ours[way])),
      figure(row.pytorch),
    ]),
  );
}

function reasons(rows: readonly Row[], reason: (row: Row) => string | undefined): string {
  const found = rows.filter((row) => reason(row) !== undefined);
  if (found.length === 0) return "None.";
  const head = ["name", "call", "dtype", "operands", "pass", "elements", "reason"];
  const listed = found.map((row) => [
    row.name,
    row.call,
    row.dtype,
    row.layout,
    row.pass,
    sizeText(row),
    reason(row) ?? "",
  ]);
  return tableOf(head, listed);
}

/** Geometric means by a property of rows. */
function meansBy(rows: readonly Row[], ways: readonly Way[], title: string, key: (row: Row) => string): string {
  const groups = grouped(rows, key);
  const listed = [...groups].map(([name, group]) => [
    name,
    String(group.length),
    ...ways.map((way) => figure(geometricMean(group.map((row) => ratioOf(row, way))))),
    String(group.filter((row) => worstRatio(row) > 1.5).length),
  ]);
  return tableOf([title, "rows", ...ways, "above 1.5"], listed);
}

/** Rows with both figures, the slowest beside PyTorch first. */
export function sorted(rows: readonly Row[]): Row[] {
  return rows
    .filter((row) => row.pytorch !== undefined && Object.keys(row.ours).length > 0)
    .sort((a, b) => worstRatio(b) - worstRatio(a));
}

/** The report as Markdown. `unswept`: public names of which no golden says how they are called. */
export function markdown(rows: readonly Row[], unswept: readonly string[], title: string): string {
  const measured = sorted(rows);
  const ways = usedWays(rows);
  const own = measured.filter(({ ownSize }) => ownSize).length;
  const mean = ways
    .map((way) => `${figure(geometricMean(measured.map((row) => ratioOf(row, way))))} (${way})`)
    .join(", ");
  return [
    `# ${title}`,
    "",
    "Ratios are our time over PyTorch's, of least times from rounds in turns.",
    "",
    `- Geometric mean of ${measured.length} rows: ${mean || "–"}`,
    `- Rows above 1.5: ${measured.filter((row) => worstRatio(row) > 1.5).length}`,
    `- Rows at the size of their sample: ${own}`,
    `- Rows whose results differ: ${rows.filter(({ differs }) => differs !== undefined).length}`,
    `- Rows that PyTorch does not have: ${rows.filter(({ missing }) => missing !== undefined).length}`,
    `- Rows that failed: ${rows.filter(({ failed }) => failed !== undefined).length}`,
    "",
    ...["kind", "dtype", "layout", "pass"].flatMap((key) => [
      meansBy(measured, ways, key, (row) => String(row[key as "kind" | "dtype" | "layout" | "pass"])),
      "",
    ]),
    meansBy(measured, ways, "size", ({ size, ownSize }) => (ownSize ? "own" : size.toExponential(0))),
    "",
    "## The worst twenty",
    "",
    speeds(measured.slice(0, 20), ways),
    "",
    "## Results that differ",
    "",
    reasons(rows, (row) => row.differs),
    "",
    "## Not in PyTorch",
    "",
    reasons(rows, (row) => row.missing),
    "",
    "## Failed",
    "",
    reasons(rows, (row) => row.failed),
    "",
    "## Names without a call",
    "",
    unswept.length === 0 ? "None." : unswept.join(", "),
    "",
    "## All rows",
    "",
    speeds(measured, ways),
    "",
  ].join("\n");
}

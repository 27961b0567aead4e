/** @file What a profiler found: the table in PyTorch's form, and a trace for chrome://tracing and Perfetto. */
import { keyword, required, signature } from "../core/arguments.ts";
import { aFileName, type FileName } from "../core/file-kinds.ts";
import { aBoolean, either, kind, oneOf } from "../core/kinds.ts";
import { hostAndProcess } from "../platform/append-file.ts";
import { writeFileWhole } from "../platform/files.ts";

/** A piece of work with its time in milliseconds. */
export interface ProfileEvent {
  /** An operation, a node of a backward pass, a module's forward pass, or a function. */
  readonly kind: "operation" | "backward" | "module" | "function";
  /** Name of the operation, node, module or function. */
  readonly name: string;
  /** Path of the module it belongs to, with `withModules`. */
  module: string | null;
  /** Shapes of the inputs, with `recordShapes`. */
  readonly shapes: readonly (readonly number[])[] | null;
  /** Whether it is part of a backward pass. */
  isBackward: boolean;
  /** When it began, on the clock of `performance.now()`. */
  readonly start: number;
  /** How long it took. */
  duration: number;
  /** How much of that events inside of it took. */
  childrenDuration: number;
  /** Bytes of the results that were made. */
  bytes: number;
  /** How many of those events inside of it made. */
  childrenBytes: number;
}

/** What rows are sorted by, in falling order. */
export type ProfileSortKey = (typeof SORT_KEYS)[number] | keyof typeof PYTORCH_SORT_KEYS;

/** Options of {@link ProfileResult.table}. */
export interface ProfileTableOptions {
  /** What rows are sorted by. Default "selfCpuTimeTotal". */
  readonly sortBy?: ProfileSortKey | undefined;
  /** At most so many rows. Default 100. */
  readonly rowLimit?: number | undefined;
  /** A row for each operation, or for each module. Default "operation". */
  readonly groupBy?: "operation" | "module" | undefined;
  /** A row for each combination of shapes; needs `recordShapes`. Default false. */
  readonly groupByInputShape?: boolean | undefined;
}

/** Events of one name. */
export interface ProfileAverages {
  /** Name of the operation, or path of the module. */
  readonly key: string;
  /** Shapes of the inputs, with `groupByInputShape`. */
  readonly shapes: string | null;
  /** Number of calls. */
  count: number;
  /** Milliseconds without events inside. */
  selfCpuTimeTotal: number;
  /** Milliseconds in all. */
  cpuTimeTotal: number;
  /** Milliseconds in the backward pass. */
  backwardTimeTotal: number;
  /** Bytes without events inside. */
  selfCpuMemoryUsage: number;
  /** Bytes in all. */
  cpuMemoryUsage: number;
}

/** The rows that {@link ProfileResult.keyAverages} gives, with the table of them. */
export type ProfileAveragesList = ProfileAverages[] & {
  /** {@link ProfileResult.table} with the grouping of these rows. */
  readonly table: (options?: Omit<ProfileTableOptions, "groupBy" | "groupByInputShape">) => string;
};

const SORT_KEYS = ["selfCpuTimeTotal", "cpuTimeTotal", "cpuMemoryUsage", "selfCpuMemoryUsage", "count"] as const;

/** PyTorch's spelling of those that are not one word. */
const PYTORCH_SORT_KEYS = {
  self_cpu_time_total: "selfCpuTimeTotal",
  cpu_time_total: "cpuTimeTotal",
  cpu_memory_usage: "cpuMemoryUsage",
  self_cpu_memory_usage: "selfCpuMemoryUsage",
} as const;

function isPyTorchKey(key: unknown): key is keyof typeof PYTORCH_SORT_KEYS {
  return typeof key === "string" && Object.hasOwn(PYTORCH_SORT_KEYS, key);
}

const SIGNATURES = {
  table: signature("table", {
    sortBy: keyword(
      either(oneOf(...SORT_KEYS), kind<keyof typeof PYTORCH_SORT_KEYS>("one of PyTorch's keys", isPyTorchKey)),
      "selfCpuTimeTotal",
    ),
    rowLimit: keyword(
      kind<number>("a positive integer", (n) => Number.isSafeInteger(n) && (n as number) > 0),
      100,
    ),
    groupBy: keyword(oneOf("operation", "module"), "operation"),
    groupByInputShape: keyword(aBoolean, false),
  }),
  exportChromeTrace: signature("exportChromeTrace", { file: required(aFileName) }),
};

/** `12.345ms`. */
function formatTime(milliseconds: number): string {
  if (milliseconds >= 1e3) return `${(milliseconds / 1e3).toFixed(3)}s`;
  return milliseconds >= 1 ? `${milliseconds.toFixed(3)}ms` : `${(milliseconds * 1e3).toFixed(3)}us`;
}

/** `1.55 Mb`. */
function formatMemory(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(2)} Gb`;
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(2)} Mb`;
  return bytes >= 2 ** 10 ? `${(bytes / 2 ** 10).toFixed(2)} Kb` : `${bytes} b`;
}

function emptyRow(key: string, shapes: string | null): ProfileAverages {
  return {
    key,
    shapes,
    count: 0,
    selfCpuTimeTotal: 0,
    cpuTimeTotal: 0,
    backwardTimeTotal: 0,
    selfCpuMemoryUsage: 0,
    cpuMemoryUsage: 0,
  };
}

/** The modules that an event counts for: a forward pass for its own, which has those inside; a node for all around it. */
function modulesOf({ kind, module }: ProfileEvent): readonly string[] {
  if (module === null) return [];
  if (kind === "module") return [module];
  if (kind !== "backward") return [];
  const names = module.split(".");
  return names.map((_, i) => names.slice(0, i + 1).join("."));
}

/**
 * What {@link profile} returns.
 *
 * @example
 * import { profile } from "tapegrad/profiler";
 * const result = profile(() => randn(8, 8).matmul(randn(8, 8)).relu());
 * result.keyAverages().map(({ key }) => key).includes("mm"); // true
 */
export class ProfileResult {
  /** The events in the order in which they began. */
  readonly events: readonly ProfileEvent[];
  /** Milliseconds that the function took. */
  readonly wallTime: number;
  /** Number of the last step in it, with a schedule. */
  readonly stepNum: number;
  readonly #start: number;

  constructor(events: readonly ProfileEvent[], start: number, wallTime: number, stepNum = 0) {
    this.stepNum = stepNum;
    this.events = events;
    this.#start = start;
    this.wallTime = wallTime;
  }

  /** Milliseconds in all events: what is missing to {@link wallTime} was spent outside of them. */
  get selfCpuTimeTotal(): number {
    return this.events.reduce((sum, event) => sum + event.duration - event.childrenDuration, 0);
  }

  /** The events by name; `keyAverages().table()` is {@link table}, as in PyTorch. */
  keyAverages(options: Pick<ProfileTableOptions, "groupBy" | "groupByInputShape"> = {}): ProfileAveragesList {
    const table: ProfileAveragesList["table"] = (more) => this.table({ ...more, ...options });
    // Not enumerable: whoever lists or compares the rows sees rows alone.
    return Object.defineProperty(this.#rows(options), "table", { value: table }) as ProfileAveragesList;
  }

  #rows(options: Pick<ProfileTableOptions, "groupBy" | "groupByInputShape">): ProfileAverages[] {
    const { groupBy = "operation", groupByInputShape = false } = options;
    const found = new Map<string, ProfileAverages>();
    for (const event of this.events) {
      const shapes = groupByInputShape && event.shapes !== null ? JSON.stringify(event.shapes) : null;
      for (const key of groupBy === "module" ? modulesOf(event) : [event.name]) {
        const place = `${key}\n${shapes}`;
        const row = found.get(place) ?? emptyRow(key, shapes);
        found.set(place, row);
        if (groupBy === "operation" || event.kind === "module") row.count++;
        row.cpuTimeTotal += event.duration;
        row.selfCpuTimeTotal += event.duration - (groupBy === "module" ? 0 : event.childrenDuration);
        row.cpuMemoryUsage += event.bytes;
        row.selfCpuMemoryUsage += event.bytes - event.childrenBytes;
        if (event.isBackward) row.backwardTimeTotal += event.duration;
      }
    }
    return [...found.values()];
  }

  /** The table of operations or modules, as `print(prof.key_averages().table())` shows it in PyTorch. */
  table(options?: ProfileTableOptions): string {
    const { sortBy, rowLimit, ...grouping } = SIGNATURES.table.read([options]);
    const key = isPyTorchKey(sortBy) ? PYTORCH_SORT_KEYS[sortBy] : sortBy;
    const all = this.#rows(grouping).sort((a, b) => b[key] - a[key]);
    const share = (time: number): string => `${((100 * time) / this.wallTime).toFixed(2)}%`;
    const columns: (readonly [title: string, value: (row: ProfileAverages) => string])[] =
      grouping.groupBy === "module"
        ? [
            ["Module", ({ key }) => key],
            ["Forward", (row) => formatTime(row.cpuTimeTotal - row.backwardTimeTotal)],
            ["Backward", (row) => formatTime(row.backwardTimeTotal)],
            ["Total %", (row) => share(row.cpuTimeTotal)],
            ["CPU Mem", (row) => formatMemory(row.cpuMemoryUsage)],
            ["# of Calls", ({ count }) => String(count)],
          ]
        : [
            ["Name", ({ key }) => key],
            ["Self CPU %", (row) => share(row.selfCpuTimeTotal)],
            ["Self CPU", (row) => formatTime(row.selfCpuTimeTotal)],
            ["CPU total %", (row) => share(row.cpuTimeTotal)],
            ["CPU total", (row) => formatTime(row.cpuTimeTotal)],
            ["CPU time avg", (row) => formatTime(row.cpuTimeTotal / row.count)],
            ["CPU Mem", (row) => formatMemory(row.cpuMemoryUsage)],
            ["Self CPU Mem", (row) => formatMemory(row.selfCpuMemoryUsage)],
            ["# of Calls", ({ count }) => String(count)],
          ];
    if (grouping.groupByInputShape) columns.push(["Input Shapes", ({ shapes }) => shapes ?? "[]"]);
    const rows = all.slice(0, rowLimit).map((row) => columns.map(([, value]) => value(row)));
    const widths = columns.map(([title], i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
    const line = widths.map((width) => "-".repeat(width)).join("  ");
    const format = (cells: readonly string[]): string =>
      cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
    return [
      line,
      format(columns.map(([title]) => title)),
      line,
      ...rows.map(format),
      line,
      `Self CPU time total: ${formatTime(this.selfCpuTimeTotal)}`,
      `Wall time: ${formatTime(this.wallTime)}`,
    ].join("\n");
  }

  /** Writes the events as a trace that chrome://tracing and Perfetto open. */
  async exportChromeTrace(file: FileName): Promise<void>;
  async exportChromeTrace(...args: readonly unknown[]): Promise<void> {
    const given = SIGNATURES.exportChromeTrace.read(args);
    await writeFileWhole(given.file, new TextEncoder().encode(JSON.stringify(this.chromeTrace())));
  }

  /** The trace as an object: complete events with times in microseconds. */
  chromeTrace(): { readonly traceEvents: readonly object[]; readonly displayTimeUnit: "ms" } {
    const { pid } = hostAndProcess();
    const micro = (milliseconds: number): number => Math.round(milliseconds * 1e6) / 1e3;
    const traceEvents = this.events.map(({ kind, name, module, shapes, start, duration, bytes }) => ({
      ph: "X",
      cat: kind,
      name,
      pid,
      tid: 1,
      ts: micro(start - this.#start),
      dur: micro(duration),
      args: { ...(module && { module }), ...(shapes && { "Input Dims": shapes }), ...(bytes > 0 && { Bytes: bytes }) },
    }));
    const names = [{ ph: "M", name: "process_name", pid, tid: 1, args: { name: "tapegrad" } }];
    return { traceEvents: [...names, ...traceEvents], displayTimeUnit: "ms" };
  }

  /** {@link table}. */
  toString(): string {
    return this.table();
  }
}

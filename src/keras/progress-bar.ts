/** @file Keras's progress bar: `469/469 [==============================] - 3s 5ms/step - loss: 0.2930`. */
import { openTerminal, type Terminal } from "../platform/terminal.ts";
import { pythonExponential } from "../tensor/format-number.ts";

/** Values by name, as they are shown and kept in the history. */
export type Logs = Readonly<Record<string, number>>;

/** Characters between the brackets. */
const BAR_WIDTH = 30;

/** A narrow terminal gets a shorter bar; below this, none. */
const MIN_BAR_WIDTH = 5;

/** Milliseconds between two changes of a live bar. */
const INTERVAL_MS = 50;

/** Where a bar is, and for how long it has been going. */
export interface Progress {
  /** Steps that are done. */
  readonly done: number;
  /** Steps in all, if that is known. */
  readonly total: number | undefined;
  /** Seconds since the first step began. */
  readonly elapsed: number;
  /** Seconds of one step. */
  readonly perStep: number;
  /** Whether this is the last form of the bar. */
  readonly finished: boolean;
}

/** The bar with its counter: `137/469 [=======>......................]`. */
function formatBar(done: number, total: number | undefined, width: number): string {
  if (total === undefined) return `${String(done).padStart(7)}/Unknown`;
  const counter = `${String(done).padStart(String(total).length)}/${total}`;
  if (width < MIN_BAR_WIDTH) return counter;
  const filled = Math.floor((width * Math.min(done, total)) / total);
  const head = filled === 0 ? "" : "=".repeat(filled - 1) + (done < total ? ">" : "=");
  return `${counter} [${head}${".".repeat(width - filled)}]`;
}

/** Time of a step with a unit that suits it: `5ms/step`. */
function formatPerUnit(seconds: number, unit: string): string {
  if (seconds >= 1 || seconds === 0) return `${Math.round(seconds)}s/${unit}`;
  return seconds >= 1e-3 ? `${Math.round(seconds * 1e3)}ms/${unit}` : `${Math.round(seconds * 1e6)}us/${unit}`;
}

function formatTimeLeft(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (whole > 3600) return `${Math.floor(whole / 3600)}:${two(minutes % 60)}:${two(whole % 60)}`;
  return whole > 60 ? `${minutes}:${two(whole % 60)}` : `${whole}s`;
}

/** Values behind the bar: ` - loss: 0.2930 - accuracy: 0.9774`. */
export function formatLogs(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${formatValue(value)}`)
    .join("");
}

/** Four decimals, or for a small value its exponent, as Python writes it. */
function formatValue(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Math.abs(value) > 1e-3) return value.toFixed(4);
  // Without the sign of a zero.
  return pythonExponential(value + 0, 4);
}

/** The whole line. It is cut where it would be longer than `columns`; before that the bar gets shorter. */
export function formatProgress(progress: Progress, logs: Logs, columns = Number.POSITIVE_INFINITY): string {
  const { done, total, elapsed, perStep, finished } = progress;
  const time =
    finished || total === undefined
      ? ` - ${Math.round(elapsed)}s ${formatPerUnit(perStep, "step")}`
      : ` - ETA: ${formatTimeLeft(perStep * (total - done))}`;
  const rest = time + formatLogs(logs);
  const line = formatBar(done, total, BAR_WIDTH) + rest;
  if (line.length <= columns) return line;
  const width = BAR_WIDTH - (line.length - columns);
  return (formatBar(done, total, width) + rest).slice(0, columns);
}

/** The line that `verbose: 2` prints for an epoch: `469/469 - 3s - loss: 0.2930 - 3s/epoch - 6ms/step`. */
export function formatEpoch({ done, total, elapsed, perStep }: Progress, logs: Logs, unit: "epoch" | null): string {
  const counter = total === undefined ? formatBar(done, total, 0) : `${done}/${total}`;
  const perEpoch = unit === null ? "" : ` - ${formatPerUnit(elapsed, unit)}`;
  return `${counter} - ${Math.round(elapsed)}s${formatLogs(logs)}${perEpoch} - ${formatPerUnit(perStep, "step")}`;
}

/** 0: silent; 1: a bar; 2: a line for each epoch; "auto": 1. */
export type Verbosity = 0 | 1 | 2 | "auto";

/** A bar for the steps of one epoch: live in a terminal, elsewhere one line at its end. */
export class ProgressBar {
  readonly #total: number | undefined;
  readonly #verbose: 0 | 1 | 2;
  readonly #terminal: Terminal;
  readonly #start = performance.now();
  /** The first step takes longer than the others, so time left is reckoned from its end. */
  #afterFirst: number | undefined;
  #drawn = Number.NEGATIVE_INFINITY;
  #done = 0;

  constructor(total: number | undefined, verbose: Verbosity, terminal = openTerminal()) {
    this.#total = total;
    this.#verbose = verbose === "auto" ? 1 : verbose;
    this.#terminal = terminal;
  }

  /** Whether a change would be drawn now: the values behind it need not be read otherwise. */
  get isDue(): boolean {
    return this.#verbose === 1 && this.#terminal.isLive && performance.now() - this.#drawn >= INTERVAL_MS;
  }

  /** Notes that some steps are done, and draws them with values if it is time. */
  update(done: number, logs: Logs | null): void {
    this.#done = done;
    if (done === 1) this.#afterFirst = performance.now();
    if (logs === null || !this.isDue) return;
    this.#drawn = performance.now();
    this.#terminal.draw((columns) => formatProgress(this.#progress(false), logs, columns));
  }

  /** Draws the bar as it stays. */
  finish(logs: Logs, unit: "epoch" | null = null): void {
    if (this.#verbose === 0) return;
    const progress = this.#progress(true);
    if (this.#verbose === 2) this.#terminal.print(formatEpoch(progress, logs, unit));
    else this.#terminal.end(formatProgress(progress, logs));
  }

  /** Leaves a live bar as it is, after an error. */
  abandon(): void {
    this.#terminal.close();
  }

  #progress(finished: boolean): Progress {
    const now = performance.now();
    const [first, done] = [this.#afterFirst, this.#done];
    const perStep =
      first !== undefined && done > 1 ? (now - first) / (done - 1) : (now - this.#start) / Math.max(1, done);
    const total = finished ? this.#done : this.#total;
    return { done, total, elapsed: (now - this.#start) / 1e3, perStep: perStep / 1e3, finished };
  }
}

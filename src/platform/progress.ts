/** @file Progress bars on a terminal; no output anywhere else. */
import type * as CliProgress from "cli-progress";
import { hostProcess } from "./builtin.ts";
import { requirePackage } from "./packages.ts";

export interface Progress {
  /** Shows how much is done, and a text behind it, which is asked for when it is shown. */
  update(done: number, postfix?: () => string): void;
  /** Leaves the bar as it is and goes to the next line. */
  stop(): void;
}

/** What a bar is drawn on, such as `process.stderr`. Only terminals get one. Named by what it does, so that no types of Node are needed. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const SILENT: Progress = { update() {}, stop() {} };

/** A bar for a transfer of `total` bytes, on the standard error output unless told otherwise. */
export function progressBar(name: string, total: number, stream = standardError()): Progress {
  const [size, unit] = total < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  const inUnits = (bytes: number): string => (bytes / size).toFixed(1);
  const format = `${name} [{bar}] {percentage}% | {done}/${inUnits(total)} ${unit}`;
  return draw(stream, format, total, inUnits);
}

/** A bar for `total` steps, or a counter if nobody knows how many there will be. */
export function stepBar(name: string, total: number | undefined, stream = standardError()): Progress {
  const title = name === "" ? "" : `${name} `;
  const format =
    total === undefined
      ? `${title}{value} | {duration_formatted}, {rate}{postfix}`
      : `${title}[{bar}] {percentage}% | {value}/{total} | {duration_formatted}, {eta_formatted} left, {rate}{postfix}`;
  return draw(stream, format, total ?? 0, String);
}

function standardError(): ProgressStream | undefined {
  try {
    return hostProcess?.stderr;
  } catch {
    // The getter opens the stream, which fails where it was closed.
    return undefined;
  }
}

/** Milliseconds between two texts behind a bar. */
const INTERVAL_MS = 100;

/** Steps in a second: `12.5 it/s`, or of slow ones the seconds of each. */
function formatRate(done: number, milliseconds: number): string {
  if (done === 0 || milliseconds <= 0) return "? it/s";
  const rate = (1e3 * done) / milliseconds;
  return rate >= 1 ? `${rate.toFixed(1)} it/s` : `${(1 / rate).toFixed(1)} s/it`;
}

/**
 * Lines that the program prints on the same terminal go above the bar, which is drawn anew below them. Returns what ends
 * that.
 */
function keepBelow(stream: ProgressStream, bar: CliProgress.SingleBar): () => void {
  const out = standardOutput();
  if (out === undefined || out.isTTY !== true || stream !== standardError()) return () => {};
  const { write } = out;
  const above = (...args: Parameters<typeof write>): boolean => {
    stream.write("\r\x1b[K");
    const written = write.apply(out, args);
    if (!String(args[0]).endsWith("\n")) return written;
    // The library goes back at the end to where it began, which is here now.
    stream.write("\x1b7");
    (bar as unknown as { render(force: boolean): void }).render(true);
    return written;
  };
  out.write = above as typeof write;
  return () => {
    if (out.write === above) out.write = write;
  };
}

function standardOutput(): NodeJS.WriteStream | undefined {
  try {
    return hostProcess?.stdout;
  } catch {
    // The getter opens the stream, which fails where it was closed.
    return undefined;
  }
}

/** @param shown - The text of `{done}`. */
function draw(
  stream: ProgressStream | undefined,
  format: string,
  total: number,
  shown: (done: number) => string,
): Progress {
  if (stream?.isTTY !== true) return SILENT;
  // A program bundled for Node has the library beside the bundle, where it is started, or not at all: then there are no bars.
  const SingleBar = (requirePackage("cli-progress") as typeof CliProgress | undefined)?.SingleBar;
  if (SingleBar === undefined) return SILENT;
  let bar: CliProgress.SingleBar | undefined;
  const start = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  let restore = (): void => {};
  // A decoration: a terminal that goes away in the middle must not end the loop.
  const attempt = (step: () => void): void => {
    try {
      step();
    } catch {
      bar = undefined;
    }
  };
  attempt(() => {
    // The library asks for a stream of Node, which a terminal is.
    bar = new SingleBar({ stream: stream as NodeJS.WriteStream, format, barsize: 30, hideCursor: true });
    bar.start(total, 0, { done: shown(0), rate: formatRate(0, 0), postfix: "" });
    restore = keepBelow(stream, bar);
  });
  return {
    update: (done, postfix) =>
      attempt(() => {
        const now = performance.now();
        // The last step is always shown, the others as often as one can read.
        const isDue = now - drawn >= INTERVAL_MS || done === total;
        if (isDue) drawn = now;
        const texts = isDue ? { rate: formatRate(done, now - start), postfix: postfix?.() ?? "" } : {};
        bar?.update(done, { done: shown(done), ...texts });
      }),
    stop: () => {
      restore();
      attempt(() => bar?.stop());
    },
  };
}

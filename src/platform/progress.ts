/** @file Progress bars on a terminal; no output anywhere else. */
import type * as CliProgress from "cli-progress";
import { hostProcess } from "./builtin.ts";
import { requirePackage } from "./packages.ts";

export interface Progress {
  /** Shows how much is done. */
  update(done: number): void;
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
      ? `${title}{value} | {duration_formatted}`
      : `${title}[{bar}] {percentage}% | {value}/{total} | {duration_formatted}, {eta_formatted} left`;
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
    bar.start(total, 0, { done: shown(0) });
  });
  return {
    update: (done) => attempt(() => bar?.update(done, { done: shown(done) })),
    stop: () => attempt(() => bar?.stop()),
  };
}

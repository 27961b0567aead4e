/** @file A progress bar on a terminal, and silence everywhere else. */
import type * as CliProgress from "cli-progress";
import { module } from "./builtin.ts";

export interface Progress {
  /** Shows how many bytes have come. */
  update(bytes: number): void;
  /** Leaves the bar as it is and goes to the next line. */
  stop(): void;
}

/** What a bar is drawn on. Only terminals get one. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };

const SILENT: Progress = { update() {}, stop() {} };

/** A bar for a transfer of `total` bytes, on the standard error output unless told otherwise. */
export function progressBar(
  name: string,
  total: number,
  stream: ProgressStream | undefined = globalThis.process?.stderr,
): Progress {
  if (stream?.isTTY !== true || module === undefined) return SILENT;
  const { SingleBar } = loadLibrary(module);
  const [size, unit] = total < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  const inUnits = (bytes: number): string => (bytes / size).toFixed(1);
  const bar = new SingleBar({
    stream,
    format: `${name} [{bar}] {percentage}% | {done}/${inUnits(total)} ${unit}`,
    barsize: 30,
    hideCursor: true,
  });
  bar.start(total, 0, { done: inUnits(0) });
  return {
    update: (bytes) => bar.update(bytes, { done: inUnits(bytes) }),
    stop: () => bar.stop(),
  };
}

/** Not by an import: bundlers for browsers would follow it into Node's terminal modules. */
function loadLibrary(nodeModule: NonNullable<typeof module>): typeof CliProgress {
  return nodeModule.createRequire(import.meta.url)("cli-progress");
}

/**
 * @file Runs a script in a page of a real browser: Chromium without a window, which reports over the same local server
 * that gave it the page. No driver is needed for that, so none is installed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where Chromium is: `TAPEGRAD_CHROMIUM`, or the usual places. */
export function findChromium(): string | undefined {
  const wish = process.env.TAPEGRAD_CHROMIUM;
  return (wish === undefined ? PLACES : [wish]).find((place) => existsSync(place));
}

/** No window, no sandbox (tests may run as root), nothing that asks the network; pages can call the collector. */
const QUIET = [
  "--headless",
  "--no-sandbox",
  "--no-first-run",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  "--js-flags=--expose-gc",
];

/** What a page has to use of the GPU's two ways. SwiftShader, which comes with Chromium, is the GPU of both. */
export const FLAGS = {
  webgpu: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
  webgl2: ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
} as const;

/** Reports with what the script's default export, a function, gave or threw. */
const pageOf = (args: readonly unknown[]): string => `<!doctype html><meta charset="utf-8"><script type="module">
const report = (result) => fetch("/report", { method: "POST", body: JSON.stringify(result) });
addEventListener("unhandledrejection", ({ reason }) => report({ error: String(reason) }));
try {
  const { default: run } = await import("/script.js");
  report({ value: await run(...${JSON.stringify(args)}) });
} catch (error) {
  report({ error: String(error) });
}
</script>`;

interface Report {
  readonly value?: unknown;
  readonly error?: string;
}

/** Serves the page and its files; the promise is for what it reports. */
async function serve(
  files: ReadonlyMap<string, string>,
  headers: Readonly<Record<string, string>>,
  args: readonly unknown[],
): Promise<{ server: Server; port: number; report: Promise<Report> }> {
  let resolve: (report: Report) => void = () => undefined;
  const report = new Promise<Report>((settle) => {
    resolve = settle;
  });
  const server = createServer(async (request: IncomingMessage, response) => {
    const { url = "/" } = request;
    if (url === "/report") {
      resolve(JSON.parse(await text(request)) as Report);
      response.end();
      return;
    }
    const file = url === "/" ? pageOf(args) : files.get(url.slice(1));
    response.statusCode = file === undefined ? 404 : 200;
    response.setHeader("content-type", url === "/" ? "text/html" : "text/javascript");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(file);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { server, port: (server.address() as AddressInfo).port, report };
}

/** Rejects if the browser ends before the page has reported. */
async function untimelyEnd(browser: ChildProcess, errors: readonly string[]): Promise<never> {
  const code = await new Promise<string>((resolve) => {
    browser.on("error", (error) => resolve(error.message));
    browser.on("exit", (status, signal) => resolve(String(status ?? signal)));
  });
  throw new Error(`Chromium ended (${code}): ${errors.join("").slice(-2000)}`);
}

/**
 * What the default export of `script.js`, one of the files, returns for some arguments in a page that is served with some headers.
 *
 * @throws Error with what it threw, or with the last words of the browser.
 */
export async function runInChromium(
  chromium: string,
  files: ReadonlyMap<string, string>,
  flags: readonly string[],
  headers: Readonly<Record<string, string>> = {},
  args: readonly unknown[] = [],
): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), "tapegrad-chromium-"));
  const { server, port, report } = await serve(files, headers, args);
  const address = `http://127.0.0.1:${port}/`;
  const errors: string[] = [];
  const browser = spawn(chromium, [...QUIET, ...flags, `--user-data-dir=${profile}`, address], {
    // What it leaves behind goes away with the profile.
    env: { ...process.env, TMPDIR: profile },
    stdio: ["ignore", "ignore", "pipe"],
  });
  browser.stderr.setEncoding("utf8").on("data", (part: string) => errors.push(part));
  try {
    const { value, error } = await Promise.race([report, untimelyEnd(browser, errors)]);
    if (error !== undefined) throw new Error(error);
    return value;
  } finally {
    await stop(browser);
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function stop(browser: ChildProcess): Promise<void> {
  if (browser.exitCode !== null || browser.signalCode !== null) return;
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  browser.kill();
  await ended;
}

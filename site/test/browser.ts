/** @file A real Chromium for the tests of the site, and what must not happen in it. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { findChromium } from "../../test/gpu/chromium.ts";

/** SwiftShader, which comes with Chromium, is the GPU of WebGPU. */
const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
const WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

/** Tests of pages need one: `.ci/run` installs Debian's. */
export async function launch(gpu: "webgpu" | "webgl" = "webgpu"): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("there is no Chromium; TAPEGRAD_CHROMIUM can say where it is");
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...(gpu === "webgpu" ? WEBGPU : WEBGL)] });
}

export interface Visit {
  readonly page: Page;
  /** Errors in the console, errors that nobody caught, files that are missing, and requests to other hosts. */
  readonly problems: readonly string[];
}

/** Opens a page of a host, and writes down what must not happen. */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== new URL(address).origin) problems.push(request.url());
  });
  await page.goto(address);
  return { page, problems };
}

/** @file The playground in a real Chromium: it trains, reads what is drawn, and stays responsive. */
import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, visit } from "./browser.ts";
import { draw } from "./digits.ts";
import { longestTask } from "./long-tasks.ts";
import { type Served, serve } from "./server.ts";

/** Whether all is tried at full length, as once a night. Otherwise a page trains for some steps, and reads a digit. */
const ALL = process.env.TAPEGRAD_ALL_PAGES === "1";
const nightly = test.runIf(ALL);

const LONGEST_TASK_MS = 100;

let browser: Browser;
let isolated: Served;
let plain: Served;
beforeAll(async () => {
  [browser, isolated, plain] = await Promise.all([launch(), serve(true), serve(false)]);
});
afterAll(async () => {
  await browser?.close();
  isolated?.close();
  plain?.close();
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const state = (page: Page, name: string) => page.locator(`.pg-bench[data-state=${name}]`).waitFor();

/** Changes the program in the editor, as a visitor does who selects it all and types. */
async function change(page: Page, pattern: string, by: string): Promise<void> {
  const content = page.locator(".cm-content");
  await content.click();
  await page.keyboard.press("Control+f");
  await page.locator(".cm-search [name=search]").fill(pattern);
  await page.locator(".cm-search input[name=replace]").fill(by);
  await page.locator(".cm-search [name=replaceAll]").click();
  await page.keyboard.press("Escape");
}

async function steps(page: Page, least: number): Promise<void> {
  await page.waitForFunction((wanted) => {
    const text = document.querySelector(".pg-numbers")?.textContent ?? "";
    return Number(/step (\d+)/.exec(text)?.[1] ?? 0) >= wanted;
  }, least);
}

async function trainOneEpoch(page: Page): Promise<number> {
  await change(page, "epochs = 3", "epochs = 1");
  await button(page, "Run").click();
  await page.locator(".pg-bench[data-state=done]").waitFor({ timeout: 600_000 });
  const log = (await page.locator(".pg-log").textContent()) ?? "";
  return Number(/epoch 1: ([\d.]+) %/.exec(log)?.[1]);
}

describe("the page that reads digits", () => {
  test("learns some steps without isolation, on one thread, and reads a 7", async () => {
    const { page, problems } = await visit(browser, `${plain.address}playground/`);
    await page.getByText("Cross-Origin-Embedder-Policy: require-corp").waitFor();
    await button(page, "Run").click();
    await steps(page, 100);
    expect(await draw(page, 7)).toMatch(/^7/);
    expect(await page.locator(".pg-machine").textContent()).toMatch(/CPU, 1 thread, SIMD\. .*one thread/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("learns in one epoch, reads a 3, a 7 and a 0, and stays responsive", { timeout: 900_000 }, async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/`);
    await button(page, "Run").waitFor();
    // What the page does to get there is the browser's work and the framework's.
    await page.waitForTimeout(3000);
    let accuracy = 0;
    const readings: string[] = [];
    const longest = await longestTask(page, async () => {
      accuracy = await trainOneEpoch(page);
      for (const digit of [3, 7, 0] as const) readings.push(await draw(page, digit));
    });
    expect(accuracy).toBeGreaterThanOrEqual(95);
    expect(readings.map((text) => text.slice(0, 1))).toEqual(["3", "7", "0"]);
    expect(await page.locator(".pg-machine").textContent()).toMatch(/CPU, \d+ threads?, SIMD/);
    expect(longest).toBeLessThan(LONGEST_TASK_MS);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("pauses, goes on, and begins anew", async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/`);
    await button(page, "Run").click();
    await steps(page, 5);
    await button(page, "Pause").click();
    await state(page, "paused");
    const before = await page.locator(".pg-numbers").textContent();
    await page.waitForTimeout(1000);
    expect(await page.locator(".pg-numbers").textContent()).toBe(before);
    await button(page, "Resume").click();
    await steps(page, Number(/step (\d+)/.exec(before ?? "")?.[1]) + 5);
    await button(page, "Reset").click();
    await state(page, "idle");
    expect(await page.locator(".pg-numbers").textContent()).toBe("");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("learns in one epoch without isolation", { timeout: 900_000 }, async () => {
    const { page, problems } = await visit(browser, `${plain.address}playground/`);
    expect(await trainOneEpoch(page)).toBeGreaterThanOrEqual(95);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("weights are downloaded and loaded again", async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/`);
    await button(page, "Run").click();
    await steps(page, 60);
    await button(page, "Pause").click();
    await state(page, "paused");
    const reading = await draw(page, 7);
    const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download weights").click()]);
    expect(download.suggestedFilename()).toBe("digits.safetensors");
    const file = await download.path();
    expect(readFileSync(file).toString("latin1", 8, 200)).toContain("fc1.bias");

    await button(page, "Reset").click();
    await page.locator("input[accept='.safetensors']").setInputFiles(file);
    await page.getByText("The weights are loaded").waitFor();
    expect(await draw(page, 7)).toBe(reading);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("says what is wrong with a program, and shows its types", async () => {
    const { page } = await visit(browser, `${isolated.address}playground/`);
    await change(page, "lr: 0.001", "rate: 0.001");
    await page.locator(".cm-lintRange-error").first().waitFor();
    await page.locator(".cm-lintRange-error").first().hover();
    await page
      .getByText(/'rate' does not exist in type/)
      .first()
      .waitFor();
    await button(page, "Run").click();
    await state(page, "failed");
    expect(await page.locator(".pg-log").textContent()).toMatch(/ValueError: \[RMSprop\].*rate/);
    await page.context().close();
  });

  nightly("asks for MNIST's files where the site has none, and takes a visitor's", async () => {
    const bare = await serve(true, "/mnist/");
    const { page } = await visit(browser, `${bare.address}playground/`);
    await button(page, "Run").click();
    await page.getByText("Choose its four files").waitFor();
    const files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
    const folder = new URL("../.vitepress/dist/mnist/", import.meta.url).pathname;
    await page.getByLabel("MNIST's files").setInputFiles(files.map((name) => `${folder}${name}-ubyte.gz`));
    await button(page, "Run again").click();
    await steps(page, 5);
    await page.context().close();
    bare.close();
  });
});

describe.each(["webgpu", "webgl"] as const)("on the GPU through %s", (mode) => {
  nightly("it trains", { timeout: 1_200_000 }, async () => {
    const own = await launch(mode);
    const { page, problems } = await visit(own, `${isolated.address}playground/`);
    await page.getByLabel("Device").selectOption(mode);
    if (mode === "webgpu") expect(await trainOneEpoch(page)).toBeGreaterThanOrEqual(95);
    else {
      await button(page, "Run").click();
      await steps(page, 5);
    }
    expect(await page.locator(".pg-machine").textContent()).toMatch(mode === "webgpu" ? /webgpu/ : /webgl2/);
    expect(problems.filter((problem) => !/GPU|WebGL|swiftshader/i.test(problem))).toEqual([]);
    await own.close();
  });
});

describe("the other pages", () => {
  nightly("the moons are told apart", async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/moons.html`);
    await button(page, "Run").click();
    await state(page, "done");
    const accuracy = await page.locator(".pg-legend", { hasText: "accuracy" }).textContent();
    expect(Number(/accuracy ([\d.]+)/.exec(accuracy ?? "")?.[1])).toBeGreaterThan(0.95);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  nightly("the small GPT writes", async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/gpt.html`);
    await button(page, "Run").click();
    await page.getByText(/step 40: The /).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a wrong gradient is found, and a right one accepted", async () => {
    const { page, problems } = await visit(browser, `${isolated.address}playground/gradcheck.html`);
    await button(page, "Run").click();
    await state(page, "done");
    expect(await page.locator(".pg-log").textContent()).toMatch(/\[gradcheck\] Jacobian mismatch/);
    await change(page, "s.mul(s.neg().add(1))", "x.mul(s).mul(s.neg().add(1))");
    await button(page, "Run again").click();
    await page.getByText("agrees with central differences").waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });
});

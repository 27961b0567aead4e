/** @file The built site: every link leads somewhere, nothing comes from another host, and all can be read and reached. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, visit } from "./browser.ts";
import { dist, type Served, serve } from "./server.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Whether all of these pages are tried, as once a night. */
const ALL = process.env.TAPEGRAD_ALL_PAGES === "1";

/** Pages of every kind, the most different ones first. */
const EVERY_PAGE = [
  "",
  "playground/index.html",
  "api/nn/linear.html",
  "guide/start.html",
  "guide/training.html",
  "guide/devices.html",
  "guide/from-pytorch.html",
  "examples/mnist.html",
  "differences.html",
  "coverage.html",
  "api/index.html",
  "api/tapegrad/reduction.html",
  "playground/gradcheck.html",
];
const PAGES = ALL ? EVERY_PAGE : EVERY_PAGE.slice(0, 3);

let browser: Browser;
let host: Served;
beforeAll(async () => {
  [browser, host] = await Promise.all([launch(), serve(true)]);
});
afterAll(async () => {
  await browser?.close();
  host?.close();
});

/** What the page's rules of accessibility say, those about contrast among them. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(context: object, options: object): Promise<AxeResults> } };
    return axe.run(
      // CodeMirror scrolls what is focused inside: its text, of which axe does not know that it can be.
      { exclude: [".cm-scroller"] },
      {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        // An experimental rule; VitePress draws the keys of a shortcut inside the button "Search".
        rules: { "label-content-name-mismatch": { enabled: false } },
      },
    );
  });
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

describe("links", () => {
  const files = globSync("**/*.html", { cwd: dist });
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOf = (file: string) => {
    const known = ids.get(file) ?? new Set(readFileSync(join(dist, file), "utf8").match(/(?<=\sid=")[^"]+/g));
    ids.set(file, known);
    return known;
  };

  test("lead to pages, and to places on them", () => {
    const broken: string[] = [];
    let checked = 0;
    for (const file of files) {
      const text = readFileSync(join(dist, file), "utf8");
      for (const [, link = ""] of text.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
        if (/^(?:https?|data|mailto):/.test(link)) continue;
        const { pathname, hash } = new URL(link.replaceAll("&amp;", "&"), `http://host/${file}`);
        const path = decodeURIComponent(pathname).slice(1);
        const target = [path, `${path}.html`, join(path, "index.html")].find((name) => {
          return name !== "" && existsSync(join(dist, name)) && /\.\w+$/.test(name);
        });
        checked++;
        if (target === undefined) broken.push(`${file}: ${link}`);
        else if (hash !== "" && target.endsWith(".html") && !idsOf(target).has(decodeURIComponent(hash.slice(1)))) {
          broken.push(`${file}: ${link} (no such place)`);
        }
      }
    }
    expect(checked).toBeGreaterThan(10_000);
    expect([...new Set(broken)]).toEqual([]);
  });

  test("no page loads anything from another host", () => {
    const foreign = files.flatMap((file) => {
      const text = readFileSync(join(dist, file), "utf8");
      return text.match(/<(?:script|link|img|iframe)\b[^>]*(?:src|href)="https?:[^"]*"/g) ?? [];
    });
    expect([...new Set(foreign)]).toEqual([]);
  });
});

describe.each(PAGES)("/%s", (path) => {
  test.each(["light", "dark"] as const)("can be read, and asks nobody else (%s)", async (colorScheme) => {
    const { page, problems } = await visit(browser, `${host.address}${path}`, { colorScheme });
    await page.waitForLoadState("networkidle");
    if (path.startsWith("playground/")) await page.locator(".cm-content").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("fits a phone", async () => {
    const { page } = await visit(browser, `${host.address}${path}`, { viewport: { width: 390, height: 844 } });
    await page.waitForLoadState("networkidle");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    await page.context().close();
  });
});

/** What the tabulator key reaches, until it comes round. */
async function reachedByKeyboard(page: Page): Promise<ReadonlySet<string>> {
  const reached = new Set<string>();
  for (let presses = 0; presses < 400; presses++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return null;
      element.setAttribute("data-reached", "");
      return element.outerHTML.slice(0, 120);
    });
    if (at === null && presses > 3) break;
    if (at !== null) reached.add(at);
  }
  return reached;
}

describe("by keyboard", () => {
  test.each(ALL ? ["", "guide/start.html", "playground/index.html"] : ["playground/index.html"])(
    "all of /%s is reached",
    async (path) => {
      const { page } = await visit(browser, `${host.address}${path}`);
      await page.waitForLoadState("networkidle");
      if (path.startsWith("playground/")) await page.locator(".cm-content").waitFor();
      const reached = await reachedByKeyboard(page);
      expect(reached.size).toBeGreaterThan(5);
      const missed = await page.evaluate(() => {
        const wanted = document.querySelectorAll<HTMLElement>(
          "a[href], button:enabled, select:enabled, input:enabled, .cm-content",
        );
        return [...wanted]
          .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
          .filter((element) => element.tabIndex >= 0 && !element.hasAttribute("data-reached"))
          .map((element) => element.outerHTML.slice(0, 160));
      });
      expect(missed).toEqual([]);
      await page.context().close();
    },
  );

  test("the search finds a function, and Enter opens it", async () => {
    const { page } = await visit(browser, `${host.address}guide/start.html`);
    await page.waitForLoadState("networkidle");
    await page.keyboard.press("Control+k");
    await page.locator(".VPLocalSearchBox input:focus").waitFor();
    await page.keyboard.type("logsumexp");
    await page.locator(".VPLocalSearchBox .result").first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/api\/.*logsumexp/i);
    await page.context().close();
  });
});

test("the folder lib/ is imported by a plain page, without a bundler", async () => {
  const { page, problems } = await visit(browser, `${host.address}guide/start.html`);
  const text = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = `import { tensor } from "/lib/index.js"; globalThis.printed = String(tensor([1, 2]).mul(2));`;
    document.head.append(script);
    const scope = globalThis as { printed?: string };
    while (scope.printed === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    return scope.printed;
  });
  expect(text).toBe("tensor([2., 4.])");
  expect(problems).toEqual([]);
  await page.context().close();
});

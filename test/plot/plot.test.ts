/** @file Curves as SVG and as a line of characters. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as keras from "tapegrad/keras";
import { plot, sparkline } from "tapegrad/plot";
import { describe, expect, test } from "vitest";

/** The texts of an SVG. */
const texts = (svg: string): string[] =>
  Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text = ""]) => text);

/** The points of the lines of an SVG. */
const lines = (svg: string): [number, number][][] =>
  Array.from(svg.matchAll(/aria-roledescription="line mark"[^>]*d="([^"]+)"/g), ([, path = ""]) =>
    path
      .split(/[ML]/)
      .filter((part) => part !== "")
      .map((part) => part.split(",").map(Number) as [number, number]),
  );

describe("plot", () => {
  test("draws a diagram for each metric, with its validation in another colour", async () => {
    const svg = await plot(
      { loss: [4, 2, 1], val_loss: [5, 3, 4], accuracy: [0.5, 0.75, 1] },
      { title: "Run 7", xLabel: "pass" },
    );
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(texts(svg)).toEqual(expect.arrayContaining(["Run 7", "pass", "loss", "accuracy", "training", "validation"]));
    const [loss = [], validation = [], accuracy = []] = lines(svg);
    // Downwards on the screen is less; equal steps in x.
    expect(loss.map(([, y]) => y)).toEqual(loss.map(([, y]) => y).toSorted((a, b) => a - b));
    expect(validation).toHaveLength(3);
    expect(accuracy.map(([, y]) => y)).toEqual(accuracy.map(([, y]) => y).toSorted((a, b) => b - a));
    const [x0 = 0, x1 = 0, x2 = 0] = loss.map(([x]) => x);
    expect(x2 - x1).toBeCloseTo(x1 - x0, 6);
  });

  test("takes the history of a fit, and writes a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tapegrad-plot-"));
    try {
      const model = new keras.Sequential([keras.layers.Dense(1, { inputShape: [1] })]);
      model.compile({ optimizer: "sgd", loss: "mse" });
      const history = await model.fit([[1], [2]], [1, 2], { epochs: 3, verbose: 0 });
      const file = join(folder, "curve.svg");
      const svg = await plot(history, file);
      expect(readFileSync(file, "utf8")).toBe(svg);
      expect(lines(svg)).toHaveLength(1);
      expect(texts(svg)).toEqual(expect.arrayContaining(["epoch", "loss", "1", "2", "3"]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("leaves out what is not finite, and refuses what is no curve", async () => {
    const svg = await plot({ loss: [1, Number.NaN, 3] });
    expect(lines(svg)[0]).toHaveLength(2);
    await expect(plot({})).rejects.toThrow(/there are no curves/);
    await expect(plot({ loss: 5 } as never)).rejects.toThrow(/"loss" must be a list of numbers, but got 5/);
    await expect(plot({ loss: [1] }, { colour: "red" } as never)).rejects.toThrow(/unknown option "colour"/);
  });
});

test("sparkline shows values as bars between the least and the greatest", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
  expect(sparkline([5, 5])).toBe("▁▁");
  expect(sparkline([1, Number.NaN, 2])).toBe("▁ █");
  expect(sparkline([0, 0, 4, 4, 8, 8], { width: 3 })).toBe("▁▅█");
  expect(sparkline([1, 2], { min: 0, max: 2 })).toBe("▅█");
  expect(sparkline([])).toBe("");
});

/** @file Grids of images and image files: torchvision's and Pillow's numbers. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cat, ones, rand, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import { io, utils } from "../../src/entry/vision.ts";
import { decoded, goldens, imageOf } from "../golden/vision.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-vision-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, "base64"));

function gridImages(name: string): Tensor {
  const image = imageOf(name) as Tensor;
  return name === "batch" ? cat([image, image, image]) : image;
}

describe("makeGrid", () => {
  test.each(goldens.grids)("$image $options", ({ image, options, result }) => {
    const grid = utils.makeGrid(gridImages(image), options);
    expect(grid.shape).toEqual(result.shape);
    expect(grid.allclose(decoded(result), { rtol: 1e-5, atol: 1e-6 })).toBe(true);
    expect(grid.requiresGrad).toBe(false);
  });

  test("takes a list of images, and arguments by position", () => {
    expect(utils.makeGrid([ones(3, 2, 2), zeros(3, 2, 2)], 1, 1).shape).toEqual([3, 7, 4]);
    expect(utils.makeGrid(ones(4, 5)).shape).toEqual([3, 4, 5]);
    expect(() => utils.makeGrid(ones(2))).toThrow("[makeGrid] expected a batch [n, channels, rows, columns]");
    expect(() => utils.makeGrid(ones(0, 3, 2, 2))).toThrow("[makeGrid] expected at least one image");
    // @ts-expect-error a misspelt option
    expect(() => utils.makeGrid(ones(2, 3, 2, 2), { rows: 2 })).toThrow('unknown option "rows"');
  });
});

describe("saveImage", () => {
  test.each(goldens.grids.map((golden, i) => [i, golden] as const))("PNG %i", async (i, { image, options, saved }) => {
    const file = join(folder, `${i}.png`);
    await utils.saveImage(gridImages(image), file, options);
    expect(io.readImage(file).equal(decoded(saved))).toBe(true);
  });

  test("JPEG, and what it refuses", async () => {
    const file = join(folder, "gray.jpg");
    await utils.saveImage(ones(3, 16, 16).mul(0.5), file);
    const read = io.readImage(file);
    expect([read.shape, read.float().sub(128).abs().max().itemSync() <= 2]).toEqual([[3, 16, 16], true]);
    await utils.saveImage(ones(3, 4, 4), join(folder, "noending"), { format: "png" });
    expect(readFileSync(join(folder, "noending")).subarray(1, 4).toString()).toBe("PNG");
    await expect(utils.saveImage(ones(3, 4, 4), join(folder, "x.gif"))).rejects.toThrow("unknown file extension");
  });
});

describe("drawBoundingBoxes", () => {
  test.each(goldens.drawings.map((golden, i) => [i, golden] as const))("%i", (_, { image, boxes, options, result }) => {
    const drawn = utils.drawBoundingBoxes(imageOf(image) as Tensor, decoded(boxes), options);
    expect(drawn.equal(decoded(result))).toBe(true);
  });

  test("what it refuses", () => {
    const image = zeros(3, 4, 4, { dtype: "uint8" });
    expect(() => utils.drawBoundingBoxes(image, tensor([[2, 0, 1, 1]]))).toThrow("(xmin, ymin, xmax, ymax) format");
    expect(() => utils.drawBoundingBoxes(image, ones(2, 4), { colors: ["red"] })).toThrow(
      "[drawBoundingBoxes] Number of colors (1) is less than number of boxes (2).",
    );
    expect(() => utils.drawBoundingBoxes(image, ones(1, 4), { colors: "reddish" })).toThrow("unknown color");
    expect(() => utils.drawBoundingBoxes(rand(3, 4, 4), ones(1, 4))).toThrow("Tensor uint8 expected, got float32");
    // @ts-expect-error texts cannot be drawn
    expect(() => utils.drawBoundingBoxes(image, ones(1, 4), { labels: ["cat"] })).toThrow("Texts cannot be drawn");
  });
});

describe("drawSegmentationMasks", () => {
  test.each(goldens.masked.map((golden, i) => [i, golden] as const))("%i", (_, { masks, options, result }) => {
    const drawn = utils.drawSegmentationMasks(imageOf("bytes") as Tensor, decoded(masks), options);
    expect(drawn.equal(decoded(result))).toBe(true);
  });

  test("what it refuses", () => {
    const image = zeros(3, 4, 4, { dtype: "uint8" });
    expect(() => utils.drawSegmentationMasks(image, ones(4, 4))).toThrow("The masks must be of dtype bool");
    expect(() => utils.drawSegmentationMasks(image, ones(2, 4).gt(0))).toThrow("must have the same height and width");
  });
});

describe("io", () => {
  test.each(goldens.files.pngs)("PNG of mode $mode, as Pillow reads it", ({ file, pixels }) => {
    const image = io.decodeImage(bytesOf(file), "rgb");
    expect(image.movedim(0, -1).equal(decoded(pixels))).toBe(true);
  });

  test.each(goldens.files.jpegs.map((golden, i) => [i, golden] as const))(
    "JPEG %i, within a rounding or two of Pillow's decoder",
    (_, { file, pixels }) => {
      const image = io.decodeImage(bytesOf(file), "rgb").movedim(0, -1);
      expect(image.shape).toEqual(pixels.shape);
      expect(image.float().sub(decoded(pixels).float()).abs().max().itemSync()).toBeLessThanOrEqual(2);
    },
  );

  test("gray values, and images that are none", () => {
    const png = io.encodePng(tensor([[[255]], [[0]], [[0]]], { dtype: "uint8" }));
    expect(io.decodeImage(png, "gray").flatten().toArraySync()).toEqual([76]);
    expect(() => io.decodeImage(new Uint8Array(8))).toThrow("Only jpeg and png are currently supported");
    expect(() => io.decodeImage(png.slice(0, 40))).toThrow("the PNG file is damaged");
    expect(() => io.readImage(join(folder, "none.png"))).toThrow("there is no file");
    expect(() => io.encodePng(rand(3, 2, 2))).toThrow("[encodePng] Input tensor dtype should be uint8");
    expect(() => io.encodePng(zeros(2, 2, 2, { dtype: "uint8" }))).toThrow("of 1 or 3 channels");
  });
});

/** @file Models: torchvision's keys, texts, initial values for a seed, outputs and gradients. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  cat,
  linspace,
  manualSeed,
  nn,
  noGrad,
  rand,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "../../src/entry/index.ts";
import { models } from "../../src/entry/vision.ts";

interface ModelCase {
  readonly name: string;
  readonly size: number;
  /** The gradients of the deepest ones are computed in float64: in float32 their roundings are large. */
  readonly dtype: "float32" | "float64";
  readonly next: number;
  readonly keys: string;
  readonly count: number;
  readonly text: string;
  readonly sums: Readonly<Record<string, number>>;
  readonly eval: readonly number[];
  readonly train: readonly number[];
  readonly grad: number;
}

const file = new URL("../golden/data/vision-models.json", import.meta.url);
const goldens = (JSON.parse(readFileSync(file, "utf8")) as { models: readonly ModelCase[] }).models;
const sha = (text: string): string => createHash("sha256").update(text).digest("hex");

function image(size: number): Tensor {
  const values = Float32Array.from({ length: 2 * 3 * size * size }, (_, i) => ((i * 37) % 101) / 50 - 1);
  return tensor(values).view(2, 3, size, size);
}

const TINY_VIT = { imageSize: 16, patchSize: 4, numLayers: 2, numHeads: 4, hiddenDim: 32, mlpDim: 64, numClasses: 10 };

const SPECIAL: Readonly<Record<string, () => AnyModel>> = {
  ResNet: () => new models.ResNet(models.BasicBlock, [1, 1, 1, 1], { numClasses: 10 }),
  DenseNet: () => new models.DenseNet(8, [2, 1], 16, 0, 10),
  VisionTransformer: () => new models.VisionTransformer(TINY_VIT),
  ConvNeXt: () => {
    return new models.ConvNeXt(
      [
        [8, 1],
        [16, 2],
      ],
      { layerScale: 0.5, numClasses: 10 },
    );
  },
  inceptionV3: () => models.inceptionV3({ numClasses: 10, auxLogits: false }),
  vitB16: () => models.vitB16({ imageSize: 32, numClasses: 10 }),
};

/** Some give the logits of auxiliary classifiers too in training. */
type AnyModel = nn.Module<Tensor | Tensor[]>;

function make(name: string): AnyModel {
  const special = SPECIAL[name];
  if (special !== undefined) return special();
  return (Reflect.get(models, name) as (options: object) => AnyModel)({ numClasses: 10 });
}

/** A hundred layers in float32 differ in the order of their sums. */
function expectNear(actual: Tensor, expected: readonly number[]): void {
  const data = Array.from(actual.detach().dataSync());
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  for (const [i, want] of expected.entries()) {
    if (Math.abs((data[i] as number) - want) > 2e-3 * scale)
      expect.fail(`output ${i}: got ${data}, expected ${expected}`);
  }
}

/** Those that take seconds: all others are made of the same classes. */
const LARGE = new Set([
  "vgg11_bn",
  "vgg16",
  "vitB16",
  "resnext50_32x4d",
  "wideResnet50_2",
  "resnet152",
  "densenet161",
  "efficientnetB2",
  "inceptionV3",
  "googlenet",
  "mobilenetV3Large",
  "convnextTiny",
]);
const all = process.env.TAPEGRAD_ALL_MODELS === "1";

describe.each(goldens.filter(({ name }) => all || !LARGE.has(name)).map((golden) => [golden.name, golden] as const))(
  "%s",
  (name, golden) => {
    test("has torchvision's keys, text and initial values", () => {
      tidy(() => {
        manualSeed(0);
        const model = make(name);
        expect(rand(1).itemSync()).toBe(golden.next);
        const state = Object.entries(model.stateDict());
        expect(state.length).toBe(golden.count);
        expect(sha(state.map(([key, { shape }]) => `${key} [${shape.join(", ")}]`).join("\n"))).toBe(golden.keys);
        expect(sha(String(model))).toBe(golden.text);
        for (const [key, sum] of Object.entries(golden.sums)) {
          const value = model.stateDict()[key] as Tensor;
          expect(Math.abs(value.double().abs().sum().itemSync() / (sum || 1) - (sum === 0 ? 0 : 1)), key).toBeLessThan(
            1e-5,
          );
        }
      });
    });

    test("gives torchvision's outputs and gradients", () => {
      tidy(() => {
        manualSeed(0);
        const model = make(name).to(golden.dtype);
        const x = image(golden.size).to(golden.dtype);
        const run = (): Tensor => {
          const result = model.forward(x);
          return Array.isArray(result) ? cat(result, 1) : result;
        };
        model.eval();
        expectNear(noGrad(run), golden.eval);
        model.train();
        for (const layer of model.modules()) {
          if (layer instanceof nn.Dropout) layer.p = 0;
          if (layer.constructor.name === "StochasticDepth") Reflect.set(layer, "p", 0);
        }
        const out = run();
        expectNear(out, golden.train);
        const pattern = linspace(-1, 1, out.numel(), { dtype: golden.dtype });
        out.mul(pattern.view(out.shape)).sum().backward();
        const [first] = model.parameters().filter((p) => p.ndim === 4);
        const grad = first?.grad?.double().abs().sum().itemSync() ?? Number.NaN;
        // A vision transformer begins with a head of zeros, which lets nothing through.
        expect(Math.abs(grad - golden.grad)).toBeLessThanOrEqual(2e-2 * golden.grad);
      });
    });
  },
);

describe("models", () => {
  test("weights are brought as files", () => {
    // @ts-expect-error there are none
    expect(() => models.resnet18({ weights: "DEFAULT" })).toThrow(
      "[resnet18] trained weights do not come with tapegrad. Save those of torchvision as safetensors, and load them",
    );
    // @ts-expect-error there are none
    expect(() => models.resnet18({ pretrained: true })).toThrow("[resnet18] trained weights do not come with tapegrad");
    expect(models.resnet18({ pretrained: false, numClasses: 2 }).fc).toBeInstanceOf(nn.Linear);
    expect(models.resnet18(false, { numClasses: 2 }).fc).toBeInstanceOf(nn.Linear);
    expect(() => models.resnet18({ numClasses: 0 })).toThrow('argument "numClasses" must be a positive integer');
  });

  test("weights say which images they expect", () => {
    const weights = models.EfficientNet_B2_Weights.DEFAULT;
    const preset = weights.transforms();
    expect([weights.name, preset.cropSize, preset.interpolation]).toEqual(["IMAGENET1K_V1", 288, "bicubic"]);
    expect(String(models.ResNet18_Weights.IMAGENET1K_V1.transforms())).toBe(
      "ImageClassification(\n    crop_size=[224]\n    resize_size=[256]\n    mean=[0.485, 0.456, 0.406]\n" +
        "    std=[0.229, 0.224, 0.225]\n    interpolation=InterpolationMode.BILINEAR\n)",
    );
    const small = new models.ImageClassification({ cropSize: 2, resizeSize: 4 });
    const white = small.forward(zeros(3, 8, 8, { dtype: "uint8" }).add(255).to("uint8"));
    expect(white.shape).toEqual([3, 2, 2]);
    expect(white.at(0, 0, 0).itemSync()).toBeCloseTo((1 - 0.485) / 0.229, 5);
    // @ts-expect-error the numbers are files of their own
    expect(() => models.efficientnetB2({ weights })).toThrow("trained weights do not come with tapegrad");
  });

  test("have torchvision's names", () => {
    expect(models.listModels()).toContain("wide_resnet50_2");
    expect(models.getModel("squeezenet1_1", { numClasses: 3 }).numClasses).toBe(3);
    // @ts-expect-error an unknown name
    expect(() => models.getModel("resnet19")).toThrow('[getModel] Unknown model "resnet19". Known are alexnet');
  });

  test("the classifier can be replaced, and weights move to another model", () => {
    const model = new models.ResNet(models.BasicBlock, [1, 1, 1, 1], { numClasses: 10 });
    model.fc = new nn.Linear(512, 3);
    expect(model.forward(zeros(2, 3, 64, 64)).shape).toEqual([2, 3]);
    const other = new models.ResNet(models.BasicBlock, [1, 1, 1, 1], { numClasses: 3 });
    other.loadStateDict(model.stateDict());
    model.eval();
    other.eval();
    const x = image(64);
    expect(other.forward(x).equal(model.forward(x))).toBe(true);
  });

  test("sizes that do not fit", () => {
    expect(() => new models.VisionTransformer({ ...TINY_VIT, patchSize: 5 })).toThrow("indivisible by patch size");
    const vit = new models.VisionTransformer(TINY_VIT);
    expect(() => vit.forward(zeros(1, 3, 8, 8))).toThrow("Expected 16 x 16 but got 8 x 8");
  });
});

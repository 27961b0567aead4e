/** @file Models by torchvision's names. */
import { describeValue } from "../../core/describe.ts";
import { ValueError } from "../../core/errors.ts";
import type { ModelOptions } from "./blocks.ts";
import { convnextBase, convnextLarge, convnextSmall, convnextTiny } from "./convnext.ts";
import { densenet121, densenet161, densenet169, densenet201 } from "./densenet.ts";
import {
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetB4,
  efficientnetB5,
  efficientnetB6,
  efficientnetB7,
} from "./efficientnet.ts";
import { googlenet } from "./googlenet.ts";
import { inceptionV3 } from "./inception.ts";
import { mobilenetV2 } from "./mobilenet.ts";
import { mobilenetV3Large, mobilenetV3Small } from "./mobilenet-v3.ts";
import {
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  resnext50_32x4d,
  resnext101_32x8d,
  wideResnet50_2,
  wideResnet101_2,
} from "./resnet.ts";
import { squeezenet1_0, squeezenet1_1 } from "./squeezenet.ts";
import { alexnet, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn } from "./vgg.ts";
import { vitB16, vitB32, vitL16, vitL32 } from "./vision-transformer.ts";

/** The functions that make models, by torchvision's names. */
const MODELS = {
  alexnet,
  convnext_base: convnextBase,
  convnext_large: convnextLarge,
  convnext_small: convnextSmall,
  convnext_tiny: convnextTiny,
  densenet121,
  densenet161,
  densenet169,
  densenet201,
  efficientnet_b0: efficientnetB0,
  efficientnet_b1: efficientnetB1,
  efficientnet_b2: efficientnetB2,
  efficientnet_b3: efficientnetB3,
  efficientnet_b4: efficientnetB4,
  efficientnet_b5: efficientnetB5,
  efficientnet_b6: efficientnetB6,
  efficientnet_b7: efficientnetB7,
  googlenet,
  inception_v3: inceptionV3,
  mobilenet_v2: mobilenetV2,
  mobilenet_v3_large: mobilenetV3Large,
  mobilenet_v3_small: mobilenetV3Small,
  resnet101,
  resnet152,
  resnet18,
  resnet34,
  resnet50,
  resnext101_32x8d,
  resnext50_32x4d,
  squeezenet1_0,
  squeezenet1_1,
  vgg11,
  vgg11_bn,
  vgg13,
  vgg13_bn,
  vgg16,
  vgg16_bn,
  vgg19,
  vgg19_bn,
  vit_b_16: vitB16,
  vit_b_32: vitB32,
  vit_l_16: vitL16,
  vit_l_32: vitL32,
  wide_resnet101_2: wideResnet101_2,
  wide_resnet50_2: wideResnet50_2,
} as const;

/** torchvision's name of a model. */
export type ModelName = keyof typeof MODELS;

/**
 * torchvision's names of the models that are there, in alphabetical order.
 *
 * @example vision.models.listModels().includes("efficientnet_b0"); // true
 */
export function listModels(): ModelName[] {
  return (Object.keys(MODELS) as ModelName[]).sort();
}

/** Options of the function that makes a model. */
type OptionsOf<Name extends ModelName> = Extract<Parameters<(typeof MODELS)[Name]>[0], object> & ModelOptions;

/**
 * A model by torchvision's name.
 *
 * @param options - those of the function that makes it
 * @throws ValueError for an unknown name
 * @example vision.models.getModel("squeezenet1_1", { numClasses: 10 }).forward(zeros(1, 3, 64, 64)).shape; // [1, 10]
 */
export function getModel<const Name extends ModelName>(
  name: Name,
  options: OptionsOf<Name> = {} as OptionsOf<Name>,
): ReturnType<(typeof MODELS)[Name]> {
  const found = typeof name === "string" && Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
  if (found === undefined) {
    throw new ValueError(`[getModel] Unknown model ${describeValue(name)}. Known are ${listModels().join(", ")}.`);
  }
  return (found as unknown as (options: ModelOptions) => ReturnType<(typeof MODELS)[Name]>)(options);
}

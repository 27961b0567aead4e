/** @file What torchvision's trained weights are called, and which images they expect. The numbers themselves are files. */
import { pythonRepr } from "../../core/python-repr.ts";
import { type Picture, toPixels } from "../../data/transforms/picture.ts";
import type { ResizeInterpolation } from "../../data/transforms/resample.ts";
import { Normalize } from "../../data/transforms/transforms.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { convertImageDtype } from "../transforms/conversion.ts";
import { centerCrop, resize } from "../transforms/geometry-functional.ts";

/** Which images some weights expect. */
export interface ImageClassificationOptions {
  /** Rows and columns of the middle that is used. */
  readonly cropSize: number;
  /** Length of the shorter edge before. Default 256. */
  readonly resizeSize?: number | undefined;
  /** Mean of each channel. Default ImageNet's. */
  readonly mean?: readonly number[] | undefined;
  /** Standard deviation of each channel. Default ImageNet's. */
  readonly std?: readonly number[] | undefined;
  /** Interpolation mode. Default "bilinear". */
  readonly interpolation?: ResizeInterpolation | undefined;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * Makes of an image what trained weights expect: resized, cut to its middle, as normalized floats.
 *
 * @example new vision.models.ImageClassification({ cropSize: 4, resizeSize: 6 }).forward(zeros(3, 8, 8)).shape; // [3, 4, 4]
 */
export class ImageClassification {
  /** Rows and columns of the middle that is used. */
  readonly cropSize: number;
  /** Length of the shorter edge before. */
  readonly resizeSize: number;
  /** Mean of each channel. */
  readonly mean: readonly number[];
  /** Standard deviation of each channel. */
  readonly std: readonly number[];
  /** Interpolation mode. */
  readonly interpolation: ResizeInterpolation;

  constructor({
    cropSize,
    resizeSize = 256,
    mean = IMAGENET.mean,
    std = IMAGENET.std,
    interpolation = "bilinear",
  }: ImageClassificationOptions) {
    this.cropSize = cropSize;
    this.resizeSize = resizeSize;
    this.mean = mean;
    this.std = std;
    this.interpolation = interpolation;
  }

  /** Converts an image, or a batch of tensor images. */
  forward(img: Picture): Tensor {
    const { cropSize, resizeSize, interpolation, mean, std } = this;
    const cropped = centerCrop(resize(img, resizeSize, { interpolation }), cropSize);
    const pixels = cropped instanceof Tensor ? cropped : toPixels(cropped);
    return new Normalize(mean, std).forward(convertImageDtype(pixels, "float32"));
  }

  /** torchvision's text. */
  toString(): string {
    const list = (values: readonly number[]): string => `[${values.map((value) => pythonRepr(value)).join(", ")}]`;
    return [
      "ImageClassification(",
      `    crop_size=${list([this.cropSize])}`,
      `    resize_size=${list([this.resizeSize])}`,
      `    mean=${list(this.mean)}`,
      `    std=${list(this.std)}`,
      `    interpolation=InterpolationMode.${this.interpolation.toUpperCase()}`,
      ")",
    ].join("\n");
  }
}

/** Trained weights: their name, and what makes images of the kind that they expect. */
export interface PretrainedWeights {
  /** The name, such as "IMAGENET1K_V1". */
  readonly name: string;
  /** Makes the transform of images. */
  readonly transforms: () => ImageClassification;
}

function weightsOf<const Table extends Readonly<Record<string, ImageClassificationOptions>>>(
  best: keyof Table & string,
  table: Table,
): { readonly [Name in keyof Table | "DEFAULT"]: PretrainedWeights } {
  const entries = Object.entries(table).map(([name, options]): readonly [string, PretrainedWeights] => [
    name,
    { name, transforms: () => new ImageClassification(options) },
  ]);
  const all = Object.fromEntries(entries) as Record<keyof Table, PretrainedWeights>;
  return { ...all, DEFAULT: all[best] };
}

/** Trained weights of `alexnet`, and the images that they expect. */
export const AlexNet_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `convnext_base`, and the images that they expect. */
export const ConvNeXt_Base_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `convnext_large`, and the images that they expect. */
export const ConvNeXt_Large_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `convnext_small`, and the images that they expect. */
export const ConvNeXt_Small_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, resizeSize: 230 },
});

/** Trained weights of `convnext_tiny`, and the images that they expect. */
export const ConvNeXt_Tiny_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, resizeSize: 236 },
});

/** Trained weights of `densenet121`, and the images that they expect. */
export const DenseNet121_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `densenet161`, and the images that they expect. */
export const DenseNet161_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `densenet169`, and the images that they expect. */
export const DenseNet169_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `densenet201`, and the images that they expect. */
export const DenseNet201_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `efficientnet_b0`, and the images that they expect. */
export const EfficientNet_B0_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b1`, and the images that they expect. */
export const EfficientNet_B1_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 240, interpolation: "bicubic" },
  IMAGENET1K_V2: { cropSize: 240, resizeSize: 255 },
});

/** Trained weights of `efficientnet_b2`, and the images that they expect. */
export const EfficientNet_B2_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 288, resizeSize: 288, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b3`, and the images that they expect. */
export const EfficientNet_B3_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 300, resizeSize: 320, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b4`, and the images that they expect. */
export const EfficientNet_B4_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 380, resizeSize: 384, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b5`, and the images that they expect. */
export const EfficientNet_B5_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 456, resizeSize: 456, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b6`, and the images that they expect. */
export const EfficientNet_B6_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 528, resizeSize: 528, interpolation: "bicubic" },
});

/** Trained weights of `efficientnet_b7`, and the images that they expect. */
export const EfficientNet_B7_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 600, resizeSize: 600, interpolation: "bicubic" },
});

/** Trained weights of `googlenet`, and the images that they expect. */
export const GoogLeNet_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `inception_v3`, and the images that they expect. */
export const Inception_V3_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 299, resizeSize: 342 },
});

/** Trained weights of `mobilenet_v2`, and the images that they expect. */
export const MobileNet_V2_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `mobilenet_v3_large`, and the images that they expect. */
export const MobileNet_V3_Large_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `mobilenet_v3_small`, and the images that they expect. */
export const MobileNet_V3_Small_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `resnet101`, and the images that they expect. */
export const ResNet101_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `resnet152`, and the images that they expect. */
export const ResNet152_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `resnet18`, and the images that they expect. */
export const ResNet18_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `resnet34`, and the images that they expect. */
export const ResNet34_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `resnet50`, and the images that they expect. */
export const ResNet50_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `resnext101_32x8d`, and the images that they expect. */
export const ResNeXt101_32X8D_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `resnext50_32x4d`, and the images that they expect. */
export const ResNeXt50_32X4D_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `squeezenet1_0`, and the images that they expect. */
export const SqueezeNet1_0_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `squeezenet1_1`, and the images that they expect. */
export const SqueezeNet1_1_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg11`, and the images that they expect. */
export const VGG11_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg11_bn`, and the images that they expect. */
export const VGG11_BN_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg13`, and the images that they expect. */
export const VGG13_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg13_bn`, and the images that they expect. */
export const VGG13_BN_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg16`, and the images that they expect. */
export const VGG16_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_FEATURES: { cropSize: 224, mean: [0.48235, 0.45882, 0.40784], std: [1 / 255, 1 / 255, 1 / 255] },
});

/** Trained weights of `vgg16_bn`, and the images that they expect. */
export const VGG16_BN_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg19`, and the images that they expect. */
export const VGG19_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vgg19_bn`, and the images that they expect. */
export const VGG19_BN_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vit_b_16`, and the images that they expect. */
export const ViT_B_16_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_SWAG_E2E_V1: { cropSize: 384, resizeSize: 384, interpolation: "bicubic" },
  IMAGENET1K_SWAG_LINEAR_V1: { cropSize: 224, resizeSize: 224, interpolation: "bicubic" },
});

/** Trained weights of `vit_b_32`, and the images that they expect. */
export const ViT_B_32_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `vit_l_16`, and the images that they expect. */
export const ViT_L_16_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224, resizeSize: 242 },
  IMAGENET1K_SWAG_E2E_V1: { cropSize: 512, resizeSize: 512, interpolation: "bicubic" },
  IMAGENET1K_SWAG_LINEAR_V1: { cropSize: 224, resizeSize: 224, interpolation: "bicubic" },
});

/** Trained weights of `vit_l_32`, and the images that they expect. */
export const ViT_L_32_Weights = weightsOf("IMAGENET1K_V1", {
  IMAGENET1K_V1: { cropSize: 224 },
});

/** Trained weights of `wide_resnet101_2`, and the images that they expect. */
export const Wide_ResNet101_2_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

/** Trained weights of `wide_resnet50_2`, and the images that they expect. */
export const Wide_ResNet50_2_Weights = weightsOf("IMAGENET1K_V2", {
  IMAGENET1K_V1: { cropSize: 224 },
  IMAGENET1K_V2: { cropSize: 224, resizeSize: 232 },
});

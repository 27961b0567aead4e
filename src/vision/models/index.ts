/** @file The namespace `models`. */
export type { ModelArgs, ModelOptions, Weights } from "./blocks.ts";
export {
  ConvNeXt,
  type ConvNeXtModelOptions,
  type ConvNeXtOptions,
  type ConvNeXtStage,
  convnextBase,
  convnextLarge,
  convnextSmall,
  convnextTiny,
} from "./convnext.ts";
export { DenseNet, type DenseNetOptions, densenet121, densenet161, densenet169, densenet201 } from "./densenet.ts";
export {
  EfficientNet,
  efficientnetB0,
  efficientnetB1,
  efficientnetB2,
  efficientnetB3,
  efficientnetB4,
  efficientnetB5,
  efficientnetB6,
  efficientnetB7,
} from "./efficientnet.ts";
export { GoogLeNet, type GoogLeNetOptions, type GoogLeNetOutputs, googlenet } from "./googlenet.ts";
export {
  Inception3,
  type Inception3Options,
  type InceptionOutputs,
  inceptionV3,
} from "./inception.ts";
export { MobileNetV2, type MobileNetV2Options, mobilenetV2 } from "./mobilenet.ts";
export { MobileNetV3, type MobileNetV3Size, mobilenetV3Large, mobilenetV3Small } from "./mobilenet-v3.ts";
export { getModel, listModels, type ModelName } from "./registry.ts";
export {
  BasicBlock,
  Bottleneck,
  ResNet,
  type ResNetBlock,
  type ResNetOptions,
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
export {
  SqueezeNet,
  type SqueezeNetOptions,
  type SqueezeNetVersion,
  squeezenet1_0,
  squeezenet1_1,
} from "./squeezenet.ts";
export {
  AlexNet,
  alexnet,
  type DropoutModelOptions,
  VGG,
  vgg11,
  vgg11_bn,
  vgg13,
  vgg13_bn,
  vgg16,
  vgg16_bn,
  vgg19,
  vgg19_bn,
} from "./vgg.ts";
export {
  VisionTransformer,
  type VisionTransformerOptions,
  type VitOptions,
  vitB16,
  vitB32,
  vitL16,
  vitL32,
} from "./vision-transformer.ts";
export * from "./weights.ts";

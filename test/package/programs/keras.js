/** @file Keras, the profiler and the plots from the package; event files and diagrams say which packages they lack. */
import assert from "node:assert/strict";
import { Tensor, tensor } from "tapegrad";
import * as keras from "tapegrad/keras";
import { plot, sparkline } from "tapegrad/plot";
import { profile } from "tapegrad/profiler";
import { SummaryWriter } from "tapegrad/tensorboard";

keras.utils.setRandomSeed(0);
const model = new keras.Sequential([
  keras.layers.Dense(8, { activation: "relu", inputShape: [2] }),
  new keras.layers.Dense(1, { activation: "sigmoid" }),
]);
model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy"] });
const x = tensor([
  [0, 1],
  [1, 0],
]);
const { history } = await model.fit(x, [0, 1], { epochs: 20, verbose: 0 });
assert.ok(history.loss.at(-1) < history.loss[0]);
assert.ok((await model.predict(x)) instanceof Tensor);
assert.ok(
  profile(() => model.module.forward(x))
    .table()
    .includes("linear"),
);
assert.equal(sparkline([2, 1]), "█▁");
await assert.rejects(plot(history), /npm install vega vega-lite/);
assert.throws(() => new SummaryWriter("runs"), /npm install @bufbuild\/protobuf @chainsafe\/fast-crc32c/);
console.log(model.layers.map((layer) => `${layer.name} ${layer.constructor.name}`).join(", "));

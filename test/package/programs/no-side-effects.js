/** @file An import alone defines nothing global, compiles nothing and prints nothing. */
import assert from "node:assert/strict";

const globals = () => Object.getOwnPropertyNames(globalThis).sort();
const prototypes = () => [Object, Array, Number, String, Float32Array].map((type) => Reflect.ownKeys(type.prototype));
const before = { globals: globals(), prototypes: prototypes() };

const refuse = (what) =>
  class {
    constructor() {
      throw new Error(`${what} was made by an import`);
    }
  };
Object.assign(WebAssembly, {
  Instance: refuse("an instance"),
  Memory: refuse("a memory"),
  Module: refuse("a module"),
});
process.stdout.write = process.stderr.write = (text) => assert.fail(`an import printed ${text}`);

const names = [
  "",
  "/nn",
  "/optim",
  "/data",
  "/autograd",
  "/io",
  "/keras",
  "/tensorboard",
  "/profiler",
  "/plot",
  "/onnx",
];
const entries = names.map((name) => `tapegrad${name}`);
for (const entry of entries) await import(entry);

assert.deepEqual({ globals: globals(), prototypes: prototypes() }, before);

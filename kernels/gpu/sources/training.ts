/** @file Kernels of losses and optimizers. A kernel has one result, so an update takes one for each state and one for the parameter. */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import { isNaNOf } from "./functions.ts";
import { divide } from "./positions.ts";

/** log Σ eˣ − x[target], or 0 where ignored, from the maximum and the sum of exponentials of every row. */
export const LOSSES: GpuKernel = {
  name: "crossEntropy",
  arrays: ["x", "maxima", "sums", "target"],
  ints: ["xAt", "classes", "tAt", "tStep", "ignored"],
  floats: [],
  body: `
const t = target[tAt + this.thread.x * tStep];
if (t === ignored) { return 0; }
return Math.log(sums[this.thread.x]) - (x[xAt + this.thread.x * classes + t] - maxima[this.thread.x]);`,
};

/** g·(p − onehot), or 0 where ignored. */
export const LOSSES_GRAD: GpuKernel = {
  name: "crossEntropyGrad",
  arrays: ["g", "p", "target"],
  ints: ["gAt", "gStep", "pAt", "classes", "tAt", "tStep", "ignored"],
  floats: [],
  body: `
${divide("row", "column", "this.thread.x", "classes")}
const t = target[tAt + row * tStep];
if (t === ignored) { return 0; }
const p1 = p[pAt + this.thread.x];
return g[gAt + row * gStep] * (column === t ? p1 - 1 : p1);`,
};

/** The arrays of an update and where they begin; elements are `p`, `g` and the names of the states. */
function update(name: string, states: readonly string[], floats: readonly string[], statements: string): GpuKernel {
  const arrays = ["p", "g", ...states];
  return {
    name,
    arrays: arrays.map((array) => `${array}Array`),
    ints: arrays.map((array) => `${array}At`),
    floats: ["sign", "weightDecay", ...floats],
    body: [
      ...arrays.map(
        (array) => `${array === "g" ? "const raw" : `const ${array}`} = ${array}Array[${array}At + this.thread.x];`,
      ),
      "const g = sign * raw + weightDecay * p;",
      statements,
    ].join("\n"),
  };
}

export const SGD_BUFFER = update(
  "sgd",
  ["b"],
  ["momentum", "share", "first"],
  "return first > 0 ? g : momentum * b + share * g;",
);
export const SGD_PLAIN = update("sgd", [], ["lr"], "return p - lr * g;");
export const SGD_MOMENTUM = update(
  "sgd",
  ["b"],
  ["lr", "momentum", "nesterov"],
  "return p - lr * (nesterov > 0 ? g + momentum * b : b);",
);

/** A running mean of g² or of g. */
export const MEAN_SQUARE = update("mean square", ["v"], ["beta", "rest"], "return beta * v + rest * g * g;");
export const MEAN = update("mean", ["m"], ["beta", "rest"], "return beta * m + rest * g;");

/** The root of RMSprop's variance, to which eps is added. */
const rootOf = (centered: boolean) => (centered ? "Math.sqrt(v - m * m)" : "Math.sqrt(v)");

export const rmspropKernel = kernelTable((key: `${"buffer" | "plain"}:${boolean}`): GpuKernel => {
  const [kind, word] = key.split(":");
  const centered = word === "true";
  const states = ["v", ...(centered ? ["m"] : [])];
  const step = `const step = g / (${rootOf(centered)} + eps);`;
  return kind === "buffer"
    ? update("rmsprop", [...states, "b"], ["eps", "momentum"], `${step}\nreturn momentum * b + step;`)
    : update("rmsprop", states, ["eps", "lr"], `${step}\nreturn p - lr * step;`);
});

/** The parameter less a multiple of a buffer; of RMSprop with momentum. */
export const FOLLOW = update("rmsprop", ["b"], ["lr"], "return p - lr * b;");

/** The larger of two; NaN wins. */
export const LARGER = update(
  "adam",
  ["v", "most"],
  [],
  `if (${isNaNOf("v")}) { return v; }\nreturn v > most ? v : most;`,
);

export const ADAM = update(
  "adam",
  ["m", "v"],
  ["keep", "stepSize", "correction", "eps"],
  "return p * keep - stepSize * m / (Math.sqrt(v) / correction + eps);",
);

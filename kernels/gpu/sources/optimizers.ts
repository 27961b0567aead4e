/**
 * @file Kernels of the fused optimizer steps. A kernel has one result, so a step takes a pass for each state array and
 * one for the parameter, in the order in which they depend on each other.
 */
import type { OptimizerName, StateName } from "../../optimizer-steps.ts";
import type { GpuKernel } from "../kernel.ts";
import { elementTexels } from "./element-texels.ts";
import { isNaNOf } from "./functions.ts";

/**
 * Statements that return the new element of one array. They may use the elements of `param` and of the state arrays by
 * their names, `g` for the gradient with its sign and the weight decay, and the scalars of the step.
 */
interface Pass<K extends OptimizerName> {
  readonly writes: "param" | StateName<K>;
  readonly body: string;
}

/** The passes of a step, by which of its state arrays there are. */
type Passes<K extends OptimizerName> = (has: Readonly<Record<StateName<K>, boolean>>) => readonly Pass<K>[];

/** The running averages of the gradient and of its square. */
const MOMENTS = [
  { writes: "expAvg", body: "return beta1 * expAvg + rest1 * g;" },
  { writes: "expAvgSq", body: "return beta2 * expAvgSq + rest2 * g * g;" },
] as const;

export const OPTIMIZER_PASSES: { readonly [K in OptimizerName]: Passes<K> } = {
  sgd: ({ momentumBuffer }) =>
    momentumBuffer
      ? [
          { writes: "momentumBuffer", body: "return first > 0 ? g : momentum * momentumBuffer + blend * g;" },
          {
            writes: "param",
            body: "return param - lr * (nesterov > 0 ? g + momentum * momentumBuffer : momentumBuffer);",
          },
        ]
      : [{ writes: "param", body: "return param - lr * g;" }],
  rmsprop: ({ momentumBuffer, gradAvg }) => {
    const variance = gradAvg ? "squareAvg - gradAvg * gradAvg" : "squareAvg";
    const update = `const update = g / (Math.sqrt(${variance}) + eps);`;
    return [
      { writes: "squareAvg", body: "return alpha * squareAvg + rest * g * g;" },
      ...(gradAvg ? [{ writes: "gradAvg", body: "return alpha * gradAvg + rest * g;" } as const] : []),
      ...(momentumBuffer
        ? ([
            { writes: "momentumBuffer", body: `${update}\nreturn momentum * momentumBuffer + update;` },
            { writes: "param", body: "return param - lr * momentumBuffer;" },
          ] as const)
        : ([{ writes: "param", body: `${update}\nreturn param - lr * update;` }] as const)),
    ];
  },
  adam: ({ maxExpAvgSq }) => {
    const square = maxExpAvgSq ? "maxExpAvgSq" : "expAvgSq";
    return [
      ...MOMENTS,
      ...(maxExpAvgSq ? [{ writes: "maxExpAvgSq", body: larger("expAvgSq", "maxExpAvgSq") } as const] : []),
      {
        writes: "param",
        body: `return param * shrink - stepSize * expAvg / (Math.sqrt(${square}) / correction + eps);`,
      },
    ];
  },
  adagrad: () => [
    { writes: "sum", body: "return sum + g * g;" },
    { writes: "param", body: "return param - rate * g / (Math.sqrt(sum) + eps);" },
  ],
  // The update is by accDelta as it was before its own pass, which the parameter's pass finds again: that is
  // before·(rho + rest·q) + rest·q·eps with q = g²/(squareAvg + eps).
  adadelta: () => [
    { writes: "squareAvg", body: "return rho * squareAvg + rest * g * g;" },
    {
      writes: "accDelta",
      body: `const delta = Math.sqrt(accDelta + eps) / Math.sqrt(squareAvg + eps) * g;
return rho * accDelta + rest * delta * delta;`,
    },
    {
      writes: "param",
      body: `if (g === 0) { return param; }
const q = g * g / (squareAvg + eps);
const before = Math.max((accDelta - rest * q * eps) / (rho + rest * q), 0);
return param - lr * (Math.sqrt(before + eps) / Math.sqrt(squareAvg + eps) * g);`,
    },
  ],
  adamax: () => [
    { writes: "expAvg", body: "return beta1 * expAvg + rest1 * g;" },
    {
      writes: "expInf",
      body: `const size = Math.abs(g) + eps;\nconst before = beta2 * expInf;\n${larger("size", "before")}`,
    },
    { writes: "param", body: "return param - stepSize * expAvg / expInf;" },
  ],
  nadam: () => [
    ...MOMENTS,
    {
      writes: "param",
      body: `const root = Math.sqrt(expAvgSq / correction) + eps;
return param - gradRate * g / root - momentumRate * expAvg / root;`,
    },
  ],
  radam: () => [
    ...MOMENTS,
    {
      writes: "param",
      body: `const change = rate * expAvg;
if (rectified > 0) { return param - change * rectified / (Math.sqrt(expAvgSq) + eps); }
return param - change;`,
    },
  ],
};

/** The larger of two; NaN wins. */
function larger(x: string, y: string): string {
  return `if (${isNaNOf(x)}) { return ${x}; }\nreturn ${x} > ${y} ? ${x} : ${y};`;
}

/** A pass as a kernel: which arrays and scalars it takes, and which array it replaces. */
export interface OptimizerKernel {
  readonly kernel: GpuKernel;
  readonly writes: string;
  readonly arrays: readonly string[];
  readonly scalars: readonly string[];
}

/** The kernel of a pass, which takes only what its statements mention. `inTexels`: all arrays begin with a whole texel. */
export function optimizerKernel(
  name: OptimizerName,
  { writes, body }: { readonly writes: string; readonly body: string },
  arrays: readonly string[],
  scalars: readonly string[],
  inTexels: boolean,
): OptimizerKernel {
  const mentions = (text: string, word: string) => new RegExp(`\\b${word}\\b`).test(text);
  const gradient = mentions(body, "g") ? "const g = sign * grad + weightDecay * param;\n" : "";
  const statements = gradient + body;
  const used = arrays.filter((array) => mentions(statements, array));
  const floats = scalars.filter((scalar) => mentions(statements, scalar));
  const places = used.map((input) => ({ input, array: `${input}Array`, mayRepeat: false }));
  return {
    kernel: {
      name: name === writes ? name : `${name} ${writes}`,
      arrays: used.map((array) => `${array}Array`),
      ints: used.map((array) => `${array}At`),
      floats,
      body: [...used.map((array) => `const ${array} = ${array}Array[${array}At + this.thread.x];`), statements].join(
        "\n",
      ),
      ...(inTexels ? { texels: elementTexels(places, floats, statements) } : {}),
    },
    writes,
    arrays: used,
    scalars: floats,
  };
}

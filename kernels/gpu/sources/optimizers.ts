/**
 * @file Kernels of the fused optimizer steps: a pass for each state array and one for the parameter, in the order in which
 * they depend on each other. Where kernels have several results a step is one kernel, else one for each pass.
 */
import type { OptimizerName, StateName } from "../../optimizer-steps.ts";
import type { GpuKernel } from "../kernel.ts";
import { elementTexels } from "./element-texels.ts";
import { isNaNOf } from "./functions.ts";
import type { VectorMap } from "./vectors.ts";

/**
 * The new element of one array, and statements before it. They may use the elements of `param` and of the state arrays by
 * their names, `g` for the gradient with its sign and the weight decay, and the scalars of the step.
 */
interface Pass<K extends OptimizerName> {
  readonly writes: "param" | StateName<K>;
  /** Their constants have other names than those of the step's other passes. */
  readonly statements?: string;
  readonly value: string;
}

/** The passes of a step, by which of its state arrays there are. */
type Passes<K extends OptimizerName> = (has: Readonly<Record<StateName<K>, boolean>>) => readonly Pass<K>[];

/** The running averages of the gradient and of its square. */
const MOMENTS = [
  { writes: "expAvg", value: "beta1 * expAvg + rest1 * g" },
  { writes: "expAvgSq", value: "beta2 * expAvgSq + rest2 * g * g" },
] as const;

export const OPTIMIZER_PASSES: { readonly [K in OptimizerName]: Passes<K> } = {
  sgd: ({ momentumBuffer }) =>
    momentumBuffer
      ? [
          { writes: "momentumBuffer", value: "(first > 0 ? g : momentum * momentumBuffer + blend * g)" },
          {
            writes: "param",
            value: "param - lr * (nesterov > 0 ? g + momentum * momentumBuffer : momentumBuffer)",
          },
        ]
      : [{ writes: "param", value: "param - lr * g" }],
  rmsprop: ({ momentumBuffer, gradAvg }) => {
    const variance = gradAvg ? "squareAvg - gradAvg * gradAvg" : "squareAvg";
    const statements = `const update = g / (Math.sqrt(${variance}) + eps);`;
    return [
      { writes: "squareAvg", value: "alpha * squareAvg + rest * g * g" },
      ...(gradAvg ? [{ writes: "gradAvg", value: "alpha * gradAvg + rest * g" } as const] : []),
      ...(momentumBuffer
        ? ([
            { writes: "momentumBuffer", statements, value: "momentum * momentumBuffer + update" },
            { writes: "param", value: "param - lr * momentumBuffer" },
          ] as const)
        : ([{ writes: "param", statements, value: "param - lr * update" }] as const)),
    ];
  },
  adam: ({ maxExpAvgSq }) => {
    const square = maxExpAvgSq ? "maxExpAvgSq" : "expAvgSq";
    return [
      ...MOMENTS,
      ...(maxExpAvgSq ? [{ writes: "maxExpAvgSq", value: larger("expAvgSq", "maxExpAvgSq") } as const] : []),
      {
        writes: "param",
        value: `param * shrink - stepSize * expAvg / (Math.sqrt(${square}) / correction + eps)`,
      },
    ];
  },
  adagrad: () => [
    { writes: "sum", value: "sum + g * g" },
    { writes: "param", value: "param - rate * g / (Math.sqrt(sum) + eps)" },
  ],
  // The update is by accDelta as it was before its own pass, which the parameter's pass finds again: that is
  // before·(rho + rest·q) + rest·q·eps with q = g²/(squareAvg + eps).
  adadelta: () => [
    { writes: "squareAvg", value: "rho * squareAvg + rest * g * g" },
    {
      writes: "accDelta",
      statements: "const delta = Math.sqrt(accDelta + eps) / Math.sqrt(squareAvg + eps) * g;",
      value: "rho * accDelta + rest * delta * delta",
    },
    {
      writes: "param",
      statements: `const q = g * g / (squareAvg + eps);
const before = Math.max((accDelta - rest * q * eps) / (rho + rest * q), 0);
const moved = param - lr * (Math.sqrt(before + eps) / Math.sqrt(squareAvg + eps) * g);`,
      value: "(g === 0 ? param : moved)",
    },
  ],
  adamax: () => [
    { writes: "expAvg", value: "beta1 * expAvg + rest1 * g" },
    {
      writes: "expInf",
      statements: "const size = Math.abs(g) + eps;\nconst before = beta2 * expInf;",
      value: larger("size", "before"),
    },
    { writes: "param", value: "param - stepSize * expAvg / expInf" },
  ],
  nadam: () => [
    ...MOMENTS,
    {
      writes: "param",
      statements: "const root = Math.sqrt(expAvgSq / correction) + eps;",
      value: "param - gradRate * g / root - momentumRate * expAvg / root",
    },
  ],
  radam: () => [
    ...MOMENTS,
    {
      writes: "param",
      statements: `const change = rate * expAvg;
const scaled = change * rectified / (Math.sqrt(expAvgSq) + eps);`,
      value: "(rectified > 0 ? param - scaled : param - change)",
    },
  ],
};

/** The larger of two; NaN wins. */
function larger(x: string, y: string): string {
  return `(${isNaNOf(x)} ? ${x} : (${x} > ${y} ? ${x} : ${y}))`;
}

const mentions = (text: string, word: string): boolean => new RegExp(`\\b${word}\\b`).test(text);

/** The gradient with its sign and the weight decay, for statements that use it. */
const gradientFor = (text: string): string =>
  mentions(text, "g") ? "const g = sign * grad + weightDecay * param;\n" : "";

/** A pass whose names are only what the table says of it. */
interface AnyPass {
  readonly writes: string;
  readonly statements?: string;
  readonly value: string;
}

/** A step as one function of all its arrays: which scalars it takes, and which arrays it replaces. */
export interface OptimizerMap {
  readonly map: VectorMap;
  readonly writes: readonly string[];
  readonly scalars: readonly string[];
}

/** The function of a step. Passes see what those before them have written. */
export function optimizerMap(
  name: OptimizerName,
  passes: readonly AnyPass[],
  arrays: readonly string[],
  scalars: readonly string[],
): OptimizerMap {
  const writes = passes.map((pass) => pass.writes);
  const lines = passes.flatMap(({ statements = "", value }, i) => {
    const earlier = writes.slice(0, i);
    const seen = (text: string): string =>
      earlier.reduce((now, word) => now.replaceAll(new RegExp(`\\b${word}\\b`, "g"), `${word}New`), text);
    return [seen(statements), `const ${writes[i]}New = ${seen(value)};`];
  });
  const results = writes.map((word, i) => `const out${i} = ${word}New;`);
  const text = [...lines.filter((line) => line !== ""), ...results].join("\n");
  const statements = gradientFor(text) + text;
  const floats = scalars.filter((scalar) => mentions(statements, scalar));
  const f = { name: "element", inputs: arrays, floats, statements, outputs: writes.length };
  return { map: { name, f }, writes, scalars: floats };
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
  { writes, statements: before = "", value }: AnyPass,
  arrays: readonly string[],
  scalars: readonly string[],
  inTexels: boolean,
): OptimizerKernel {
  const body = `${before}\nreturn ${value};`;
  const statements = gradientFor(body) + body;
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

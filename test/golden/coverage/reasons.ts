/** @file Reasons why public names have no golden, or no gradient, where the goldens themselves do not tell. */
import type { Kind } from "./names.ts";

export interface Reason {
  readonly kind: Kind;
  /** What is missing. Default: the golden itself. */
  readonly column?: "gradient" | "gradcheck";
  readonly why: string;
  readonly names: readonly string[];
}

export const REASONS: readonly Reason[] = [
  {
    kind: "tensor",
    why: "makes tensors from given numbers: test/tensor/create.test.ts",
    names: ["tensor", "empty", "emptyLike"],
  },
  {
    kind: "tensor",
    why: "draws as `rand` and `randn` do: test/tensor/rng-order.test.ts",
    names: ["randLike", "randnLike", "manualSeed"],
  },
  {
    kind: "tensor",
    why: "reads elements: test/tensor/host.test.ts",
    names: [...["data", "dataSync", "item", "itemSync", "numpy", "toArray", "toArraySync", "toNdarray", "tolist"]],
  },
  { kind: "tensor", why: "the arrays of `toArray` for JSON: test/tensor/identity.test.ts", names: ["toJSON"] },
  { kind: "tensor", why: "prints, by the goldens of print.json", names: ["toString"] },
  {
    kind: "tensor",
    why: "tells what a tensor is: test/tensor/tensor.test.ts",
    names: [
      ...["cpu", "dataPtr", "device", "getDevice", "isCpu", "length", "ndim", "newOnes", "newZeros", "size"],
      ...["storageOffset", "stride"],
    ],
  },
  {
    kind: "tensor",
    why: "new tensors like another, and sizes in bytes: test/tensor/in-place-forms.test.ts",
    names: ["elementSize", "itemsize", "nbytes", "newEmpty", "newFull", "newTensor"],
  },
  {
    kind: "tensor",
    why: "turns data into tensors, and tells dtypes and shapes: test/tensor/queries.test.ts",
    names: [
      ...[
        "asTensor",
        "asarray",
        "broadcastShapes",
        "canCast",
        "fromNumpy",
        "promoteTypes",
        "resultType",
        "retainsGrad",
      ],
      ...["scalarTensor", "type"],
    ],
  },
  {
    kind: "tensor",
    why: "states and seeds of the generator: test/tensor/queries.test.ts",
    names: ["getRngState", "initialSeed", "randintLike", "seed", "setRngState"],
  },
  {
    kind: "tensor",
    why: "switches and limits of the program: test/core/defaults.test.ts, and print.json",
    names: [
      ...["areDeterministicAlgorithmsEnabled", "finfo", "getDefaultDevice", "getDefaultDtype", "iinfo", "isTensor"],
      ...["setDefaultDevice", "setDefaultDtype", "setGradEnabled", "setPrintoptions", "useDeterministicAlgorithms"],
    ],
  },
  {
    kind: "tensor",
    why: "switches of the program: test/core/defaults.test.ts",
    names: ["getFloat32MatmulPrecision", "setDefaultTensorType", "setFloat32MatmulPrecision"],
  },
  {
    kind: "tensor",
    why: "draw as the distributions do, by the goldens of distributions.json",
    names: ["binomial", "poisson"],
  },
  {
    kind: "init",
    why: "the function with an underscore",
    names: [
      ...["constant", "dirac", "eye", "kaimingNormal", "kaimingUniform", "normal", "orthogonal", "sparse", "uniform"],
      ...["xavierNormal", "xavierUniform"],
    ],
  },
  { kind: "utils", why: "the function with an underscore", names: ["clipGradNorm"] },
  {
    kind: "func",
    why: "calls `functionalCall` with lists: test/func/func.test.ts",
    names: ["makeFunctional", "makeFunctionalWithBuffers"],
  },
  {
    kind: "tensor",
    why: "mixed precision, which is switched off: test/optim/amp.test.ts",
    names: ["autocast", "isAutocastEnabled"],
  },
  {
    kind: "tensor",
    column: "gradient",
    why: "has none in PyTorch 1.13, or is 0; checked by differences in test/tensor/in-place-forms.test.ts",
    names: [
      ...["acosh_", "asinh_", "atanh_", "detach_", "eq_", "fillDiagonal_", "floorDivide_", "ge_", "gt_", "heaviside_"],
      ...["arccosh_", "arcsinh_", "arctanh_", "greaterEqual_", "greater_", "lessEqual_", "less_", "nextafter_"],
      ...["notEqual_", "ldexp_", "le_", "logicalAnd_", "logicalOr_", "logicalXor_", "lt_", "nanToNum_", "ne_"],
    ],
  },
  {
    kind: "tensor",
    why: "the tape, by the goldens of autograd.json and programs.json: test/autograd",
    names: [
      ...[
        "backward",
        "enableGrad",
        "grad",
        "gradFn",
        "inferenceMode",
        "isGradEnabled",
        "isLeaf",
        "noGrad",
        "registerHook",
      ],
      ...["requiresGrad", "requiresGrad_", "retainGrad"],
    ],
  },
  {
    kind: "tensor",
    why: "computes again what its function computes, bit for bit: test/autograd/checkpoint.test.ts",
    names: ["checkpoint", "checkpointSequential"],
  },
  {
    kind: "tensor",
    why: "runs what its function runs, bit for bit: test/compile",
    names: ["compile"],
  },
  {
    kind: "tensor",
    why: "files, by the goldens of io.json: test/io",
    names: ["load", "loadCheckpoint", "save", "saveCheckpoint"],
  },
  {
    kind: "tensor",
    why: "about the machine: test/kernels/threads.test.ts",
    names: ["deviceInfo", "getNumThreads", "gpuAvailable", "selectDevice", "setNumThreads"],
  },
  {
    kind: "tensor",
    why: "memory given back by hand: test/tensor/tidy.test.ts",
    names: ["dispose", "tidy"],
  },
  {
    kind: "tensor",
    why: "about the event loop: test/platform/event-loop.test.ts",
    names: ["yieldToEventLoop"],
  },
  {
    kind: "tensor",
    column: "gradient",
    why: "has no gradient in PyTorch",
    names: [
      "aminmax",
      "histogram",
      "narrowCopy",
      "nextafter",
      "uniqueConsecutive",
      "vander",
      "bincount",
      "histc",
      "unique",
      "zerosLike",
      "onesLike",
      "fullLike",
      "detach",
      "heaviside",
    ],
  },
  {
    kind: "tensor",
    column: "gradcheck",
    why: "changes the dtype, and differences need float64",
    names: ["float", "to"],
  },
  {
    kind: "tensor",
    why: "computes what the function of `linalg` does, by the goldens of linalg.json",
    names: ["cholesky", "inverse", "qr"],
  },
  {
    kind: "linalg",
    column: "gradient",
    why: "gives integers",
    names: ["matrixRank"],
  },
  {
    kind: "utils",
    why: "the function of `func`",
    names: ["functionalCall"],
  },
  {
    kind: "linalg",
    why: "has complex results in PyTorch; test/tensor/samples has its derivatives",
    names: ["eig"],
  },
  {
    kind: "layer",
    why: "holds modules or parameters, and computes nothing: test/nn",
    names: [
      ...["DataParallel", "Module", "ModuleDict", "ModuleList", "Parameter", "ParameterDict", "ParameterList"],
      ...["UninitializedBuffer", "UninitializedParameter"],
    ],
  },
  {
    kind: "layer",
    why: "becomes the layer of its name at its first input: test/nn/lazy.test.ts",
    names: [
      ...["LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d"],
      ...["LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d"],
      ...["LazyInstanceNorm2d", "LazyInstanceNorm3d", "LazyLinear"],
    ],
  },
  {
    kind: "layer",
    column: "gradcheck",
    why: "has too many numbers for differences of the golden cases: test/nn/attention.test.ts checks a small one",
    names: [
      ...["Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder"],
      "TransformerEncoderLayer",
    ],
  },
  {
    kind: "layer",
    column: "gradient",
    why: "has no gradient in PyTorch 1.13; the function has goldens by a definition",
    names: ["ChannelShuffle"],
  },
  {
    kind: "functional",
    why: "computes what a layer does, by the goldens of layers.json and attention.json",
    names: ["alphaDropout", "dropout1d", "dropout2d", "dropout3d", "featureAlphaDropout", "multiHeadAttentionForward"],
  },
  {
    kind: "tensor",
    why: "computes what a layer does, by the goldens of layers.json",
    names: ["alphaDropout", "featureAlphaDropout"],
  },
  {
    kind: "layer",
    column: "gradient",
    why: "has gradients in PyTorch that are not those of what it computes; test/nn/normalization.test.ts",
    names: ["CrossMapLRN2d"],
  },
  {
    kind: "layer",
    why: "is batch normalization in one process, and over ranks in test/distributed",
    names: ["SyncBatchNorm"],
  },
  {
    kind: "init",
    why: "gives the two sizes that the golden initialisers use: test/nn/init.test.ts",
    names: ["calculateFanInAndFanOut"],
  },
  {
    kind: "utils",
    why: "joins and cuts what `cat` and `split` have goldens for: test/nn/utils",
    names: ["parametersToVector", "vectorToParameters"],
  },
  {
    kind: "utils",
    why: "changes how a layer computes, by the goldens of nn-utils.json: test/nn/utils/layers.test.ts",
    names: ["removeSpectralNorm", "removeWeightNorm", "spectralNorm", "weightNorm"],
  },
  {
    kind: "optimizer",
    why: "the base of the others, computes nothing: test/optim/optimizer.test.ts",
    names: ["Optimizer"],
  },
  {
    kind: "scheduler",
    why: "the base of the others, computes nothing: test/optim/schedulers.test.ts",
    names: ["LRScheduler"],
  },
];

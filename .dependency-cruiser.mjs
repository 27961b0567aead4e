/**
 * @file Which way dependencies point: a folder is a floor, and imports go down only.
 * `platform, core ← autograd ← tensor ← func, testing, nn, optim, data, io ← compile, plot, profiler, tensorboard, onnx, keras, distributed, distributions, vision ← entry`.
 */

/** Types only are no dependency at run time: the engine and the gradients of operations name `Tensor`. */
const atRunTime = { dependencyTypesNot: ["type-only"] };

/** What only scripts call, whose output is a source. */
const buildTime = "^kernels/ir/javascript\\.ts$";
const assembly = "^kernels/cpu/assembly/";
const entryPoints = ["^src/entry/"];

/** What each floor may import at run time, beside itself. */
const floors = {
  platform: [],
  core: ["platform"],
  autograd: ["platform", "core"],
  tensor: ["platform", "core", "autograd"],
  compile: ["platform", "core", "autograd", "tensor", "nn", "optim"],
  func: ["platform", "core", "autograd", "tensor"],
  testing: ["platform", "core", "autograd", "tensor", "func"],
  nn: ["platform", "core", "autograd", "tensor"],
  optim: ["platform", "core", "autograd", "tensor", "nn"],
  data: ["platform", "core", "autograd", "tensor"],
  io: ["platform", "core", "autograd", "tensor"],
  plot: ["platform", "core"],
  profiler: ["platform", "core", "autograd", "tensor", "nn"],
  tensorboard: ["platform", "core", "autograd", "tensor", "nn"],
  onnx: ["platform", "core", "autograd", "tensor", "func", "nn", "io"],
  keras: ["platform", "core", "autograd", "tensor", "nn", "optim", "data", "io", "compile", "tensorboard"],
  distributions: ["platform", "core", "autograd", "tensor", "nn"],
  vision: ["platform", "core", "autograd", "tensor", "nn", "data", "io"],
  distributed: ["platform", "core", "autograd", "tensor", "nn", "optim", "data", "io"],
  entry: [
    ...["platform", "core", "autograd", "tensor", "func", "testing", "nn", "optim", "data", "io", "compile"],
    ...["plot", "profiler", "tensorboard", "onnx", "keras", "distributed", "distributions", "vision"],
  ],
};

const floorRules = Object.entries(floors).map(([floor, below]) => ({
  name: `${floor}-imports-go-down`,
  severity: "error",
  from: { path: `^src/${floor}/` },
  to: { path: "^src/", pathNot: [floor, ...below].map((name) => `^src/${name}/`), ...atRunTime },
}));

export default {
  forbidden: [
    {
      name: "no-cycle",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: atRunTime },
    },
    {
      name: "kernels-know-no-tensors",
      severity: "error",
      from: { path: "^kernels/" },
      to: { path: "^(src|test|bench|examples|scripts)/" },
    },
    ...floorRules,
    {
      name: "every-file-of-src-is-on-a-floor",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: Object.keys(floors).map((name) => `^src/${name}/`) },
    },
    {
      name: "types-of-upper-floors-are-Tensor-alone",
      comment: "The only way up is `import type { Tensor }`, and the options and data of tensors that go with it.",
      severity: "error",
      from: { path: "^src/(core|autograd)/" },
      to: { path: "^src/", pathNot: "^src/(platform|core|autograd)/|^src/tensor/" },
    },
    {
      name: "kernels-and-platform-stand-alone",
      severity: "error",
      from: { path: "^src/platform/" },
      to: { path: "^kernels/" },
    },
    {
      name: "entry-points-are-for-users",
      severity: "error",
      from: { path: "^(src|kernels)/", pathNot: "^src/entry/" },
      to: { path: entryPoints },
    },
    {
      name: "sources-know-no-tests",
      severity: "error",
      from: { path: "^(src|kernels|examples|scripts)/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "examples-are-user-code",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(src|kernels)/", pathNot: entryPoints },
    },
    {
      name: "one-door-to-gpu-js",
      severity: "error",
      from: { pathNot: "^kernels/gpu/adapter\\.ts$" },
      to: { path: "(^|/)gpu\\.js(/|$)" },
    },
    {
      name: "no-node-modules-of-node",
      comment: "Browsers have none: src/platform asks process.getBuiltinModule, kernels import dynamically.",
      severity: "error",
      from: { path: "^(src|kernels)/", pathNot: assembly },
      to: { dependencyTypes: ["core"], dependencyTypesNot: ["dynamic-import", "type-only"] },
    },
    {
      name: "declared-dependencies-only",
      comment:
        "Of what is installed for development, only the optional peers (gpu.js, and Vitest for its matchers) and ml-matrix, which becomes a part of the package.",
      severity: "error",
      from: { path: "^(src|kernels)/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        dependencyTypesNot: ["npm-peer"],
        pathNot: "(^|/)node_modules/(fflate|ml-matrix|ndarray)/",
      },
    },
    {
      name: "vitest-for-its-matchers-only",
      severity: "error",
      from: { path: "^(src|kernels)/", pathNot: "^src/testing/matchers\\.ts$" },
      to: { path: "(^|/)node_modules/@?vitest/" },
    },
    {
      name: "nothing-unresolved",
      comment: "The programs of the package's tests run where those tests install what they need.",
      severity: "error",
      from: { pathNot: "^test/package/programs/" },
      to: { couldNotResolve: true },
    },
    {
      name: "nothing-unused",
      comment: "A source that no entry point reaches is dead code.",
      severity: "error",
      from: { path: entryPoints },
      to: { path: "^(src|kernels)/", pathNot: [...entryPoints, assembly, buildTime], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Projects of their own, with dependencies of their own.
    exclude: { path: "^examples/templates/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["tapegrad-source", "import", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};

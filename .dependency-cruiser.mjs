/** @file Which way dependencies point: `data, optim, nn → tensor ↔ autograd → kernels`, and never in a circle. */

/** Types only are no dependency at run time, so they may close a circle, as operations do with `Tensor`. */
const atRunTime = { dependencyTypesNot: ["type-only"] };

const assembly = "^kernels/cpu/assembly/";
const entryPoints = ["^src/index\\.ts$", "^src/(nn|optim|data|autograd|io|testing)/index\\.ts$"];

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
    {
      name: "engine-stands-below-the-layers",
      severity: "error",
      from: { path: "^src/(tensor|autograd)/" },
      to: { path: "^src/", pathNot: "^src/(core|tensor|autograd|platform)/" },
    },
    {
      name: "layers-stand-side-by-side",
      severity: "error",
      from: { path: "^src/(nn|optim|data|io|testing)/" },
      to: { path: "^src/", pathNot: "^src/($1|core|tensor|autograd|platform)/" },
    },
    {
      name: "platform-stands-alone",
      severity: "error",
      from: { path: "^src/platform/" },
      to: { path: "^(src|kernels)/", pathNot: "^src/platform/" },
    },
    {
      name: "entry-points-are-for-users",
      severity: "error",
      from: { path: "^(src|kernels)/", pathNot: "^src/index\\.ts$" },
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
      comment: "Of what is installed for development, only the optional peers: gpu.js, and Vitest for its matchers.",
      severity: "error",
      from: { path: "^(src|kernels)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer"] },
    },
    {
      name: "vitest-for-its-matchers-only",
      severity: "error",
      from: { path: "^(src|kernels)/", pathNot: "^src/testing/" },
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
      to: { path: "^(src|kernels)/", pathNot: [...entryPoints, assembly], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["tapegrad-source", "import", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};

/**
 * @file Rules for source files that neither linter nor compiler knows: a header in each, no suppressed type errors, no
 * notes for later, and PyTorch's names for the files of nn.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** Patterns that no file may contain, each with the reason. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/@ts-(?:ignore|nocheck)\b/, "suppresses the type checker"],
  [/@ts-expect-error\b(?![^\n]*\S)/, "expects a type error without saying which"],
  [/\bbiome-ignore-all\b/, "switches rules off for a whole file"],
  [/\b(?:TODO|FIXME|XXX)\b/, "leaves work for later: finish it, or open an issue"],
];

/** The subjects of PyTorch's `torch/nn/modules`, one file each in `src/nn` and in `src/nn/functional`. */
const NN_SUBJECTS: ReadonlySet<string> = new Set([
  "activation",
  "adaptive",
  "attention",
  "container",
  "conv",
  "distance",
  "dropout",
  "embedding",
  "flatten",
  "fold",
  "lazy",
  "linear",
  "loss",
  "normalization",
  "padding",
  "pixel-shuffle",
  "pooling",
  "rnn",
  "transformer",
  "upsampling",
  "vision",
]);

/** Further files of nn, each with the reason. A layer or a function does not belong here. */
const NN_INFRASTRUCTURE: Readonly<Record<string, string>> = {
  "src/nn/convert.ts": "the arguments of Module.to",
  "src/nn/data-parallel.ts": "torch/nn/parallel/data_parallel.py",
  "src/nn/deep-copy.ts": "copies of modules",
  "src/nn/format.ts": "the printed form of modules",
  "src/nn/called-modules.ts": "which modules a function calls, for compile",
  "src/nn/hooks.ts": "forward and backward hooks of modules",
  "src/nn/init.ts": "torch.nn.init",
  "src/nn/init-math.ts": "the mathematics of init.ts",
  "src/nn/module.ts": "the base class, torch/nn/modules/module.py",
  "src/nn/parameter.ts": "torch.nn.parameter",
  "src/nn/rank-sums.ts": "sums over the ranks of tapegrad/distributed, for SyncBatchNorm",
  "src/nn/rnn-base.ts": "the base classes of rnn.ts",
  "src/nn/state-dict.ts": "state dictionaries of modules",
  "src/nn/summary.ts": "the table of layers, as torchinfo prints it",
  "src/nn/functional/index.ts": "the namespace nn.functional",
  "src/nn/functional/reduction.ts": "reduction of losses, torch/nn/_reduction.py",
  "src/nn/functional/size.ts": "sizes of windows as numbers or pairs, torch/nn/modules/utils.py",
  "src/nn/functional/validate.ts": "checks of arguments that the functions share",
};

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.mjs"], {
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => existsSync(file) && file !== "scripts/check-files.ts");

const subjects = [...NN_SUBJECTS].join(", ");
const problems: string[] = Object.keys(NN_INFRASTRUCTURE)
  .filter((file) => !existsSync(file))
  .map((file) => `${file}: does not exist. Remove it from the list of check-files.ts`);
for (const file of files) {
  const text = readFileSync(file, "utf8");
  if (!/^(?:#![^\n]*\n)?\/\*\*(?: |\n \* )@file \S/.test(text)) {
    problems.push(`${file}: does not begin with /** @file its subject */`);
  }
  for (const [pattern, why] of FORBIDDEN) {
    const found = text.match(pattern);
    if (found) problems.push(`${file}:${lineOf(text, found.index ?? 0)}: ${found[0]} ${why}`);
  }
  const name = file.match(/^src\/nn\/(?:functional\/)?([^/]+)\.ts$/)?.[1];
  if (name !== undefined && !NN_SUBJECTS.has(name) && !(file in NN_INFRASTRUCTURE)) {
    problems.push(`${file}: PyTorch has no file of this name in torch/nn/modules. Move its contents to ${subjects}`);
  }
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

if (problems.length > 0) console.error(`${problems.length} problems:\n  ${problems.join("\n  ")}`);
console.log(`${files.length} files checked`);
process.exitCode = problems.length > 0 ? 1 : 0;

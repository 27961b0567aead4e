/**
 * @file The same work in tapegrad and in its peers: `npm run bench:peers`, or `npm run bench:peers -- jax PyTorch` for
 * those whose names contain one of these words. Every peer first has to find the same loss and gradients; then they take
 * turns, BENCH_ROUNDS times (3), each in a process of its own. Prints medians, writes them to bench/results/, and with
 * all peers draws docs/peers.svg.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { median } from "../measure.ts";
import { installPeers } from "./install.ts";
import { type Contestant, check, contestants, measure } from "./peers.ts";
import { draw } from "./picture.ts";
import { answer, checked, mistake } from "./workload.ts";

const WORK = {
  step: "training step, ms",
  matmul512: "matmul 512³, ms",
  matmul1024: "matmul 1024³, ms",
  relu: "ReLU of 10⁶, forward and backward, ms",
  addForward: "addition of one element, forward, ns",
  addBackward: "the same, backward, ns",
} as const;

type Work = keyof typeof WORK;
type Figures = Partial<Record<Work, number>>;

const here = import.meta.dirname;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const wanted = process.argv.slice(2);
if (wanted.some((word) => /^(?:-h|--help)$/.test(word))) {
  const names = contestants().map(({ name }) => `  ${name}`);
  console.log(
    [
      "npm run bench:peers -- [word …]",
      "",
      "Measures the same work in tapegrad and in its peers, or in those whose names contain one of the words:",
      ...names,
      "",
      "Environment: BENCH_ROUNDS says how often they take turns (3), PYTHON which Python has PyTorch (python3).",
    ].join("\n"),
  );
  process.exit(0);
}
const note = (text: string) => process.stderr.write(`${text}\n`);

note("installing the peers …");
installPeers();

const reasons: string[] = [];
const versions = new Map<Contestant, string>();
const truth = answer(checked());
for (const contestant of contestants()) {
  if (wanted.length > 0 && !wanted.some((word) => contestant.name.includes(word))) continue;
  note(`checking ${contestant.name} …`);
  const found = check(contestant);
  const reason = "reason" in found ? found.reason : mistake(found, truth);
  if (reason === null && "version" in found) versions.set(contestant, found.version);
  else reasons.push(`${contestant.name}: ${reason}`);
}

const samples = new Map<Contestant, Figures[]>([...versions.keys()].map((contestant) => [contestant, []]));
for (let round = 1; round <= rounds; round++) {
  for (const [contestant, list] of samples) {
    note(`round ${round} of ${rounds}: ${contestant.name} …`);
    const figures = measure(contestant);
    if ("reason" in figures) {
      reasons.push(`${contestant.name}: ${figures.reason}`);
      samples.delete(contestant);
    } else {
      list.push(figures);
    }
  }
}

const works = Object.keys(WORK) as Work[];
const results = [...samples].map(([contestant, list]) => {
  const figures: Figures = {};
  for (const work of works) {
    const values = list.flatMap((sample) => sample[work] ?? []);
    if (values.length > 0) figures[work] = median(values);
  }
  return { contestant, figures };
});

/** The yardstick: PyTorch's best of one and two threads; without PyTorch the first in the list. */
const torch = results.filter(({ contestant }) => contestant.name.startsWith("PyTorch"));
const yardstick = torch.length > 0 ? torch : results.slice(0, 1);
const best = (work: Work) => Math.min(...yardstick.map(({ figures }) => figures[work] ?? Number.POSITIVE_INFINITY));

function cell(figures: Figures, work: Work): string {
  const value = figures[work];
  if (value === undefined) return "–";
  const digits = work.startsWith("add") ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} (${(value / best(work)).toFixed(2)})`;
}

const lines = [
  `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, medians of ${rounds} rounds.`,
  `In brackets: times ${torch.length > 0 ? "PyTorch's best of one and two threads" : yardstick[0]?.contestant.name}.`,
  "",
  `| | version | ${works.map((work) => WORK[work]).join(" | ")} |`,
  `| --- | --- |${works.map(() => " ---: |").join("")}`,
  ...results.map(({ contestant, figures }) => {
    const version = versions.get(contestant) ?? "";
    return `| ${contestant.name} | ${version} | ${works.map((work) => cell(figures, work)).join(" | ")} |`;
  }),
  ...(reasons.length > 0 ? ["", "Not measured:", ...reasons.map((reason) => `- ${reason}`)] : []),
];
const folder = `${here}/../results`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/peers.md`, `${lines.join("\n")}\n`);
const raw = results.map(({ contestant, figures }) => ({
  name: contestant.name,
  version: versions.get(contestant),
  figures,
  rounds: samples.get(contestant),
}));
writeFileSync(`${folder}/peers.json`, `${JSON.stringify({ results: raw, reasons }, null, 1)}\n`);
console.log(lines.join("\n"));

const bars = results.flatMap(({ contestant: { short }, figures: { step } }) =>
  short !== undefined && step !== undefined ? [{ name: short, ms: step }] : [],
);
if (torch.length > 0) bars.push({ name: "PyTorch", ms: best("step") });
if (wanted.length === 0) {
  mkdirSync(`${here}/../../docs`, { recursive: true });
  writeFileSync(`${here}/../../docs/peers.svg`, await draw(bars));
}

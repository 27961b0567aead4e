/** @file Our side of `npm run bench:steps`. */
import { manualSeed } from "tapegrad";
import { serve, Timer } from "../turns/serve.ts";
import { gradcheckSamples } from "./gradcheck.ts";
import { MODELS, type Workload } from "./models.ts";
import { OPERATIONS } from "./operations.ts";

const workloads: Readonly<Record<string, Workload>> = {
  ...MODELS,
  ...OPERATIONS,
  "gradcheck of all samples": () => gradcheckSamples,
};

let timer: Timer | null = null;

await serve({
  names: () => ({ names: Object.keys(workloads) }),
  ready({ name }: { name: string }) {
    timer = null;
    const setUp = workloads[name];
    if (setUp === undefined) throw new Error(`there is no ${name}`);
    manualSeed(0);
    timer = new Timer(setUp());
    return { ms: timer.once() };
  },
  round({ ms, processor }: { ms: number; processor: boolean }) {
    if (timer === null) throw new Error("nothing is prepared");
    return { best: timer.round(ms, processor) };
  },
  memory: () => ({ peakMiB: process.resourceUsage().maxRSS / 1024 }),
});

/** @file One peer in a process of its own: `node bench/peers/worker.ts NAME check|measure`. Prints one line of JSON. */
import { median } from "../measure.ts";
import type { Peer } from "./peer.ts";
import { checked, timed } from "./workload.ts";

const peers: Record<string, () => Promise<Peer>> = {
  tapegrad: async () => (await import("./tapegrad.ts")).load(),
  "tensorflow.js": async () => (await import("./tensorflow.ts")).load(),
  "jax-js": async () => (await import("./jax.ts")).load(),
  "js-pytorch": async () => (await import("./js-pytorch.ts")).load(),
};

const CHAIN = 1000;

/** Median milliseconds within a time, of one call at least; the calls before them do not count. */
async function medianWithin(seconds: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await run();
  for (const end = performance.now() + 500 * seconds; performance.now() < end; ) await run();
  for (const end = performance.now() + 1000 * seconds; performance.now() < end || times.length === 0; ) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return median(times);
}

async function check(peer: Peer) {
  const model = peer.model(checked());
  const gradients = (await model.gradients()).map((gradient) => Array.from(gradient));
  return { version: peer.version, loss: await model.step(), gradients, lossAfter: await model.step() };
}

async function measure(peer: Peer) {
  const figures: Record<string, number> = {};
  const model = peer.model(timed());
  figures.step = await medianWithin(1.5, () => model.step());
  figures.matmul512 = await medianWithin(0.6, peer.matmul(512));
  figures.matmul1024 = await medianWithin(1, peer.matmul(1024));
  figures.relu = await medianWithin(0.6, peer.relu(1_000_000));
  const chains: [number, number][] = [];
  if (peer.chain) {
    for (const end = performance.now() + 1000; performance.now() < end; ) chains.push(peer.chain(CHAIN));
    const later = chains.slice(chains.length >> 1);
    figures.addForward = (median(later.map(([forward]) => forward)) * 1e6) / CHAIN;
    figures.addBackward = (median(later.map(([, backward]) => backward)) * 1e6) / CHAIN;
  }
  return figures;
}

const [name = "", task] = process.argv.slice(2);
const load = peers[name];
if (load === undefined) throw new Error(`expected one of ${Object.keys(peers).join(", ")}`);
const peer = await load();
process.stdout.write(`\n${JSON.stringify(await (task === "check" ? check(peer) : measure(peer)))}\n`);

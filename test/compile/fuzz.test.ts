/** @file Random small functions, compiled and not: the same bits, histories, gradients and errors. */
import { describe, expect, test, vi } from "vitest";
import { compile, manualSeed, nn, noGrad, optim, type Tensor, tensor, where } from "../../src/entry/index.ts";
import { Draws, setting } from "../fuzz/random.ts";
import { bitsOf } from "./bits.ts";

const FUNCTIONS = setting("TAPEGRAD_COMPILE_FUZZ", 250);
const FIRST_SEED = setting("TAPEGRAD_COMPILE_FUZZ_SEED", 1);
const CALLS = 4;

/** What a function finds outside of itself. */
interface World {
  readonly weight: Tensor;
  readonly running: Tensor;
  readonly optimizer: optim.Optimizer;
}

const numbers = (draws: Draws, n: number): number[] =>
  Array.from({ length: n }, () => Math.round(draws.number() * 64 - 32) / 8);

function makeWorld(seed: number): World {
  const draws = new Draws(seed + 1_000_000);
  const weight = new nn.Parameter(tensor(numbers(draws, 12)).reshape(3, 4));
  const options = { lr: 0.125, momentum: draws.one([0, 0.5]) };
  const optimizer = draws.below(2) === 0 ? new optim.SGD([weight], options) : new optim.Adam([weight]);
  return { weight, running: tensor(numbers(draws, 4)), optimizer };
}

/** Arguments of one call: the form follows from the seed, the numbers from the call too. */
function makeArguments(seed: number, call: number): Tensor[] {
  const form = new Draws(seed + 2_000_000);
  const values = new Draws(seed * 31 + call);
  const dense = (): Tensor => tensor(numbers(values, 12)).reshape(3, 4);
  const made: Tensor[] = [];
  for (let i = 0; i < 3; i++) {
    const kind = form.below(9);
    const needsGrad = form.below(2) === 0;
    let t: Tensor;
    if (kind === 0) t = tensor(numbers(values, 12)).reshape(4, 3).t();
    else if (kind === 1)
      t = tensor(numbers(values, 24))
        .reshape(6, 4)
        .narrow(0, form.below(2) === 0 ? 2 : call % 3, 3);
    else if (kind === 2) t = tensor(numbers(values, 4)).expand(3, 4);
    else if (kind === 3) t = tensor(numbers(values, 4));
    else if (kind === 4) t = tensor(numbers(values, 1)).reshape([]);
    else if (kind === 5 && made[0] !== undefined) t = made[0];
    else if (kind === 6 && made[0] !== undefined && made[0].ndim === 2) t = made[0].detach().narrow(1, 1, 2);
    else if (kind === 7) t = tensor(numbers(values, 12), { dtype: "float64" }).reshape(3, 4);
    else t = dense();
    if (made.includes(t)) made.push(t);
    else if (!needsGrad || kind === 6) made.push(t.detach());
    else made.push(form.below(4) === 0 ? t.detach().requiresGrad_().mul(1) : t.detach().requiresGrad_());
  }
  return made;
}

const UNARY: readonly ((x: Tensor) => Tensor)[] = [
  (x) => x.neg(),
  (x) => x.exp().clamp(-100, 100),
  (x) => x.tanh(),
  (x) => x.relu(),
  (x) => x.sigmoid(),
  (x) => x.square(),
  (x) => x.abs().add(1).sqrt(),
  (x) => x.mul(0.5).add(1),
  (x) => x.pow(3),
  (x) => x.float(),
  (x) => x.to({ dtype: "float64" }),
  (x) => x.int(),
  (x) => x.gt(0),
  (x) => x.clone(),
  (x) => x.detach(),
  (x) => (x.ndim > 0 && x.dtype !== "bool" ? x.sum(-1, true) : x),
  (x) => (x.ndim > 1 ? x.float().mean(0) : x),
  (x) => (x.ndim > 1 ? x.amax(1, true) : x),
  (x) => (x.ndim > 0 ? x.float().softmax(-1) : x),
  (x) => (x.ndim > 1 ? x.t() : x),
  (x) => (x.ndim > 1 ? x.select(0, 1) : x),
  (x) => (x.ndim > 0 && x.size(-1) > 1 ? x.narrow(-1, 1, x.size(-1) - 1) : x),
  (x) => x.unsqueeze(0).squeeze(0),
  (x) => x.reshape(-1),
  (x) => (x.ndim > 0 ? x.slice(-1, 0, null, 2) : x),
  (x) => (x.ndim === 1 ? x.expand(3, x.size(0)) : x),
  (x) => (x.ndim > 0 ? x.cumsum(-1) : x),
  (x) => (x.ndim > 0 && x.size(-1) > 1 ? x.roll(1, -1) : x),
  (x) => x.mul(tensor([2])),
];

const BINARY: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => x.add(y),
  (x, y) => x.sub(y),
  (x, y) => x.mul(y),
  (x, y) => x.div(y.abs().add(0.5)),
  (x, y) => x.maximum(y),
  (x, y) => where(x.gt(y), x, y),
  (x, y) => x.lt(y),
  (x, y) => (x.ndim === 2 && y.ndim === 2 ? x.float().matmul(y.float().t()) : x.add(y)),
  (x, y) => (x.ndim === 2 && y.ndim === 2 ? x.float().matmul(y.float()) : x.mul(y)),
  (x, y) => x.add(y, { alpha: 0.5 }),
];

const IN_PLACE: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => x.add_(y),
  (x, y) => x.mul_(y),
  (x) => x.mul_(0.5),
  (x) => x.zero_(),
  (x) => x.fill_(1.5),
  (x, y) => x.copy_(y),
  (x) => x.clamp_(-1, 1),
];

/** Runs `fn`, and goes on without its result where these shapes and dtypes do not allow it. */
function attempt(fn: () => Tensor, otherwise: Tensor): Tensor {
  try {
    return fn();
  } catch (error) {
    if (error instanceof Error && /^\[/.test(error.message)) return otherwise;
    throw error;
  }
}

/** The function of a seed: always the same for arguments of the same form. */
function makeFunction(seed: number, { weight, running, optimizer }: World): (...args: Tensor[]) => unknown {
  return function fuzzed(...args) {
    const draws = new Draws(seed);
    const values = [...args, weight, running];
    const any = (): Tensor => draws.one(values);
    const count = 2 + draws.below(10);
    for (let i = 0; i < count; i++) {
      const kind = draws.below(20);
      const [x, y] = [any(), any()];
      if (kind < 8) {
        const op = draws.one(UNARY);
        values.push(attempt(() => op(x), x));
      } else if (kind < 15) {
        const op = draws.one(BINARY);
        values.push(attempt(() => op(x, y), x));
      } else if (kind < 18) {
        const op = draws.one(IN_PLACE);
        const target = draws.below(2) === 0 ? (values[values.length - 1] as Tensor) : x;
        values.push(attempt(() => op(target, y), x));
      } else if (kind === 18) {
        const op = draws.one(IN_PLACE);
        values.push(noGrad(() => attempt(() => op(x, y), x)));
      } else {
        values.push(tensor(numbers(new Draws(seed + i), 4)));
      }
    }
    const latest = values.slice(-3);
    const loss = latest.reduce<Tensor | null>((sum, t) => {
      if (!t.isFloatingPoint() || !t.requiresGrad) return sum;
      const part = t.float().sum();
      return sum === null ? part : sum.add(part);
    }, null);
    const end = draws.below(4);
    if (loss !== null && end > 0) {
      loss.backward();
      if (end > 1) optimizer.step();
      if (end > 2) optimizer.zeroGrad();
    }
    const results = { last: latest.at(-1), more: [any(), any()] };
    return draws.below(3) === 0 && loss !== null ? { ...results, loss } : results;
  };
}

const tensorsOf = (result: unknown): Tensor[] => {
  const { last, more, loss } = result as { last: Tensor; more: Tensor[]; loss?: Tensor };
  return [last, ...more, ...(loss === undefined ? [] : [loss])];
};

const about = (t: Tensor): string => `${t.requiresGrad} ${t.isLeaf} ${bitsOf(t)}`;

/** What some calls of a function leave behind, as text. */
function trace(seed: number, isCompiled: boolean): { lines: string[]; programs: number } {
  manualSeed(seed);
  const world = makeWorld(seed);
  const eager = makeFunction(seed, world);
  const fn = isCompiled ? compile(eager) : eager;
  const lines: string[] = [];
  for (let call = 0; call < CALLS; call++) {
    const args = makeArguments(seed, call);
    let results: Tensor[] = [];
    try {
      const result = fn(...args);
      results = tensorsOf(result);
      lines.push(...results.map((t, i) => `call ${call} result ${i}: ${about(t)}`));
      lines.push(
        `call ${call} identity: ${results.map((t) => [...args, world.weight, world.running].indexOf(t)).join()}`,
      );
      // What is used both inside and here has its gradients added in another order.
      const given = new Set([...args, world.weight, world.running].map(({ storage }) => storage));
      const open = results.filter((t) => t.requiresGrad && t.isFloatingPoint() && !given.has(t.storage));
      if (open.length > 0 && call % 2 === 1) {
        open
          .map((t) => t.float().sum())
          .reduce((a, b) => a.add(b))
          .backward();
      }
    } catch (error) {
      lines.push(`call ${call} throws ${(error as Error).message.replace(/version \d+/g, "version n")}`);
    }
    lines.push(
      ...args.map((t, i) => `call ${call} argument ${i}: ${about(t)} grad ${bitsOf(t.isLeaf ? t.grad : null)}`),
    );
    lines.push(`call ${call} weight: ${about(world.weight)} grad ${bitsOf(world.weight.grad)}`);
    lines.push(`call ${call} running: ${about(world.running)}`);
  }
  return { lines, programs: "programs" in fn ? (fn as unknown as { programs: unknown[] }).programs.length : 0 };
}

describe("random functions", () => {
  let captured = 0;
  test.each(Array.from({ length: Math.ceil(FUNCTIONS / 25) }, (_, i) => FIRST_SEED + i * 25))(
    "seeds from %i",
    (first) => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      try {
        for (let seed = first; seed < first + 25; seed++) {
          const eager = trace(seed, false);
          const compiled = trace(seed, true);
          expect(compiled.lines, `seed ${seed}`).toEqual(eager.lines);
          if (compiled.programs > 0) captured++;
        }
      } finally {
        warn.mockRestore();
      }
    },
  );
  test("most of them become programs", () => expect(captured).toBeGreaterThan(FUNCTIONS / 2));
});

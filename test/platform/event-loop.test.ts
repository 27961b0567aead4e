/** @file Loops that await their reads leave the event loop its turns, whatever the host has to make one of. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { manualSeed, nn, ones, optim, randn, yieldToEventLoop } from "../../src/entry/index.ts";

const ENOUGH = 5;

/** How often a timer fires while `step` is called, and awaited, again and again: until that is enough, or never will be. */
async function ticksDuring(step: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  for (let steps = 0; ticks < ENOUGH && steps < 20_000_000; steps++) await step();
  clearInterval(timer);
  return ticks;
}

describe("a loop that awaits", () => {
  test("losses, with batches made by hand", async () => {
    manualSeed(0);
    const model = new nn.Linear(8, 4);
    const optimizer = new optim.SGD(model.parameters(), { lr: 0.01 });
    const x = randn(32, 8);
    const ticks = await ticksDuring(async () => {
      const loss = model.forward(x).pow(2).mean();
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return loss.item();
    });
    expect(ticks).toBe(ENOUGH);
  });

  test.each(["toArray", "data", "cpu"] as const)("%s", async (method) => {
    const x = ones(8);
    expect(await ticksDuring(() => x[method]())).toBe(ENOUGH);
  });

  test("yieldToEventLoop", async () => {
    expect(await ticksDuring(yieldToEventLoop)).toBe(ENOUGH);
  });
});

test("a read that follows a turn has none of its own", async () => {
  const { nextTurn } = await import("../../src/platform/event-loop.ts");
  const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now());
  await nextTurn();
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  await ones(1).item();
  expect(turned).toBe(false);
  clock.mockRestore();
});

describe("other hosts", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  async function turnsWithout(...globals: readonly string[]) {
    for (const name of globals) vi.stubGlobal(name, undefined);
    vi.resetModules();
    return await import("../../src/platform/event-loop.ts");
  }

  test.each([
    ["messages", ["setImmediate"]],
    ["timers", ["setImmediate", "MessageChannel"]],
  ])("turns are made of %s", async (_, missing) => {
    const { nextTurn } = await turnsWithout(...missing);
    const order: string[] = [];
    void Promise.resolve().then(() => order.push("promise"));
    const both = Promise.all([nextTurn().then(() => order.push("first")), nextTurn().then(() => order.push("second"))]);
    order.push("now");
    await both;
    expect(order).toEqual(["now", "promise", "first", "second"]);
    expect(await ticksDuring(nextTurn)).toBe(ENOUGH);
  });

  test("a test that replaces the clock does not wait for ever", async () => {
    vi.useFakeTimers();
    const { nextTurn } = await import("../../src/platform/event-loop.ts");
    await nextTurn();
  });
});

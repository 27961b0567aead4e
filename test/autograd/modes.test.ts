/** @file noGrad, enableGrad and isGradEnabled: sync and async, nested, overlapping, after errors. */
import { describe, expect, test } from "vitest";
import { enableGrad, isGradEnabled, noGrad, tensor } from "../../src/entry/index.ts";

const x = tensor([1, 2], { requiresGrad: true });
const recorded = (): boolean => x.mul(2).requiresGrad;
const pause = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe("sync", () => {
  test("operations inside are not recorded, and the result comes back", () => {
    expect(noGrad(() => [isGradEnabled(), recorded()])).toEqual([false, false]);
    expect([isGradEnabled(), recorded()]).toEqual([true, true]);
    expect(noGrad(() => 7)).toBe(7);
  });

  test("modes nest", () => {
    const seen = noGrad(() => {
      const inner = enableGrad(() => [recorded(), noGrad(recorded), recorded()]);
      return [...inner, recorded()];
    });
    expect(seen).toEqual([true, false, true, false]);
  });

  test("an error restores the mode", () => {
    expect(() =>
      noGrad(() => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(isGradEnabled()).toBe(true);
    noGrad(() => {
      expect(() =>
        enableGrad(() => {
          throw new Error("mine");
        }),
      ).toThrow("mine");
      expect(isGradEnabled()).toBe(false);
    });
  });

  test("new leaves may still ask for gradients, and backward works inside", () => {
    const y = x.mul(x).sum();
    const leaf = noGrad(() => {
      y.backward();
      return tensor([3], { requiresGrad: true });
    });
    expect(leaf.mul(2).requiresGrad).toBe(true);
    expect(x.grad?.toArraySync()).toEqual([2, 4]);
    x.grad = null;
  });

  test("in-place changes of leaves are allowed inside, and they stay leaves", () => {
    const w = tensor([1, 2], { requiresGrad: true });
    expect(() => w.sub_(1)).toThrow("a leaf Variable that requires grad is being used in an in-place operation");
    noGrad(() => w.sub_(1));
    expect([w.isLeaf, w.requiresGrad, w.toArraySync()]).toEqual([true, true, [0, 1]]);
  });
});

describe("async", () => {
  test("the mode holds until the promise settles", async () => {
    const running = noGrad(async () => {
      const before = recorded();
      await pause();
      return [before, recorded()];
    });
    expect(isGradEnabled()).toBe(false);
    expect(await running).toEqual([false, false]);
    expect(isGradEnabled()).toBe(true);
  });

  test("a rejection restores the mode", async () => {
    const failing = noGrad(async () => {
      await pause();
      throw new Error("mine");
    });
    await expect(failing).rejects.toThrow("mine");
    expect(isGradEnabled()).toBe(true);
  });

  test("enableGrad inside an async noGrad", async () => {
    await noGrad(async () => {
      await pause();
      const inner = enableGrad(async () => {
        await pause();
        return recorded();
      });
      expect(await inner).toBe(true);
      expect(recorded()).toBe(false);
    });
    expect(recorded()).toBe(true);
  });

  test.each([
    [1, 8],
    [8, 1],
  ])("two that overlap, lasting %i and %i ms, leave nothing behind", async (first, second) => {
    const seen: boolean[] = [];
    const work = (ms: number) => async () => {
      await pause(ms);
      seen.push(recorded());
    };
    await Promise.all([noGrad(work(first)), noGrad(work(second))]);
    expect(seen).toEqual([false, false]);
    expect([isGradEnabled(), recorded()]).toEqual([true, true]);
  });

  test("a sync noGrad while an async one waits", async () => {
    const running = noGrad(() => pause(2));
    expect(noGrad(recorded)).toBe(false);
    expect(enableGrad(recorded)).toBe(true);
    expect(recorded()).toBe(false);
    await running;
    expect(recorded()).toBe(true);
  });
});

describe("generators", () => {
  const numbers = function* (): Generator<boolean, string, boolean | undefined> {
    const given = yield recorded();
    yield given ?? recorded();
    return "done";
  };

  test("the mode holds inside, and not between the values", () => {
    const steps = noGrad(numbers);
    expect([isGradEnabled(), recorded()]).toEqual([true, true]);
    expect(steps.next()).toEqual({ value: false, done: false });
    expect(recorded()).toBe(true);
    expect(steps.next()).toEqual({ value: false, done: false });
    expect(steps.next()).toEqual({ value: "done", done: true });
    expect([...noGrad(numbers)]).toEqual([false, false]);
    expect(noGrad(() => [...enableGrad(numbers)])).toEqual([true, true]);
  });

  test("values go in, and returning and throwing reach the generator", () => {
    const seen: boolean[] = [];
    const careful = function* (): Generator<number, number, number> {
      try {
        return yield yield 1;
      } catch {
        seen.push(recorded());
        return -1;
      } finally {
        seen.push(recorded());
      }
    };
    const sum = noGrad(careful);
    expect([sum.next(0).value, sum.next(5).value, sum.next(7).value]).toEqual([1, 5, 7]);
    const ended = noGrad(careful);
    ended.next(0);
    expect(ended.return(3)).toEqual({ value: 3, done: true });
    const broken = noGrad(careful);
    broken.next(0);
    expect(broken.throw(new Error("mine"))).toEqual({ value: -1, done: true });
    expect(seen).toEqual([false, false, false, false]);
    expect(isGradEnabled()).toBe(true);
  });

  test("an error inside restores the mode", () => {
    const failing = noGrad(function* () {
      yield 1;
      throw new Error("mine");
    });
    failing.next();
    expect(() => failing.next()).toThrow("mine");
    expect(isGradEnabled()).toBe(true);
  });

  test("async generators", async () => {
    const seen: boolean[] = [];
    const values = noGrad(async function* () {
      await pause();
      yield recorded();
      await pause();
      yield recorded();
    });
    expect(isGradEnabled()).toBe(true);
    for await (const inside of values) seen.push(inside, recorded());
    expect(seen).toEqual([false, true, false, true]);
  });

  test("iterators that are no generators come back as they are", () => {
    const list = [1, 2].values();
    expect(noGrad(() => list)).toBe(list);
  });
});

test("what can be waited for need not be a Promise", async () => {
  class Query implements PromiseLike<boolean> {
    // biome-ignore lint/suspicious/noThenProperty: what such libraries return.
    then<A, B>(done?: ((value: boolean) => A | PromiseLike<A>) | null): Promise<A | B> {
      return pause().then(recorded).then(done) as Promise<A | B>;
    }
  }
  expect(await noGrad(() => new Query())).toBe(false);
  expect(isGradEnabled()).toBe(true);
});

test("something else than a function is refused", () => {
  expect(() => noGrad(x as never)).toThrow("[noGrad] expected a function, as noGrad(() => …), but got object");
  expect(() => enableGrad(null as never)).toThrow("[enableGrad] expected a function");
  expect(isGradEnabled()).toBe(true);
});

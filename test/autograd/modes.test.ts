/** @file noGrad, enableGrad and isGradEnabled: sync and async, nested, overlapping, after errors. */
import { describe, expect, test } from "vitest";
import { enableGrad, isGradEnabled, noGrad, tensor } from "../../src/index.ts";

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

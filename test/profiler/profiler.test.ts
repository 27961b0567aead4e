/** @file What the profiler records: which work, inside of what, with which memory; and what it prints and writes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nn, ones, optim, randn, type Tensor } from "tapegrad";
import {
  type ProfileResult,
  ProfilerActivity,
  profile,
  recordFunction,
  schedule,
  tensorboardTraceHandler,
} from "tapegrad/profiler";
import { afterEach, describe, expect, test, vi } from "vitest";

class Net extends nn.Module {
  fc1 = new nn.Linear(8, 6);
  fc2 = new nn.Linear(6, 2);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.fc1.forward(x).relu());
  }
}

afterEach(() => vi.useRealTimers());

const names = (events: readonly { name: string }[]): string[] => events.map(({ name }) => name);

test("a step: forward, backward by node, and the optimizer", () => {
  const model = new Net();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
  const [x, before] = [randn(4, 8), model.fc1.weight.detach().clone()];
  const result = profile(() => {
    model.forward(x).square().mean().backward();
    optimizer.step();
  });
  expect(model.fc1.weight.detach().equal(before)).toBe(false);
  const forward = names(result.events.filter(({ kind, isBackward }) => kind === "operation" && !isBackward));
  expect(forward.filter((name) => name === "relu")).toHaveLength(1);
  const backward = names(result.events.filter(({ kind }) => kind === "backward"));
  expect(backward).toEqual(
    expect.arrayContaining(["MeanBackward0", "ReluBackward0", "AddmmBackward0", "AccumulateGrad"]),
  );
  expect(backward.filter((name) => name === "AccumulateGrad")).toHaveLength(4);
  expect(names(result.events)).toContain("Optimizer.step#SGD.step");
  // What a gradient computes is part of its node.
  const reluNode = result.events.find(({ name }) => name === "ReluBackward0");
  expect(reluNode?.childrenDuration).toBeGreaterThan(0);
  expect(reluNode?.childrenDuration).toBeLessThanOrEqual(reluNode?.duration ?? 0);
});

test("times are exclusive and inclusive, and add up", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const wait = (ms: number): void => void vi.advanceTimersByTime(ms);
  const result = profile(() => {
    wait(1);
    recordFunction("outer", () => {
      wait(2);
      recordFunction("inner", () => wait(4));
      recordFunction("inner", () => wait(8));
    });
  });
  expect(result.wallTime).toBe(15);
  expect(result.selfCpuTimeTotal).toBe(14);
  expect(result.keyAverages().table({ sortBy: "cpu_time_total" })).toBe(result.table({ sortBy: "cpuTimeTotal" }));
  expect(result.keyAverages()).toMatchObject([
    { key: "outer", count: 1, selfCpuTimeTotal: 2, cpuTimeTotal: 14 },
    { key: "inner", count: 2, selfCpuTimeTotal: 12, cpuTimeTotal: 12 },
  ]);
  expect(result.table()).toBe(
    [
      "-----  ----------  --------  -----------  ---------  ------------  -------  ------------  ----------",
      "Name   Self CPU %  Self CPU  CPU total %  CPU total  CPU time avg  CPU Mem  Self CPU Mem  # of Calls",
      "-----  ----------  --------  -----------  ---------  ------------  -------  ------------  ----------",
      "inner      80.00%  12.000ms       80.00%   12.000ms       6.000ms      0 b           0 b           2",
      "outer      13.33%   2.000ms       93.33%   14.000ms      14.000ms      0 b           0 b           1",
      "-----  ----------  --------  -----------  ---------  ------------  -------  ------------  ----------",
      "Self CPU time total: 14.000ms",
      "Wall time: 15.000ms",
    ].join("\n"),
  );
});

test("modules have their forward and backward time", () => {
  const model = new Net();
  const run = () => model.forward(randn(4, 8)).mean().backward();
  const result = profile(run, { withModules: model });
  const rows = result.keyAverages({ groupBy: "module" });
  expect(rows.map(({ key }) => key).sort()).toEqual(["Net", "Net.fc1", "Net.fc2"]);
  for (const { count, backwardTimeTotal, cpuTimeTotal } of rows) {
    expect(count).toBe(1);
    expect(backwardTimeTotal).toBeGreaterThan(0);
    expect(cpuTimeTotal).toBeGreaterThan(backwardTimeTotal);
  }
  expect(result.table({ groupBy: "module" })).toMatch(/^-+.*\nModule +Forward +Backward/);
  // Nothing of the profiler stays.
  expect(Object.getOwnPropertyNames(model)).not.toContain("forward");
  expect(profile(run).events.some(({ kind }) => kind === "module")).toBe(false);
});

test("memory is that of results, and a view has none", () => {
  const x = ones(100, 10);
  const result = profile(() => x.mul(2).transpose(0, 1).add(1));
  const bytes = Object.fromEntries(result.keyAverages().map(({ key, cpuMemoryUsage }) => [key, cpuMemoryUsage]));
  expect(bytes).toMatchObject({ mul: 4000, transpose: 0, add: 4000 });
  expect(profile(() => x.mul(2), { profileMemory: false }).events[0]?.bytes).toBe(0);
});

test("shapes group the rows when they are recorded", () => {
  const result = profile(() => [ones(2, 3).relu(), ones(2, 3).relu(), ones(4).relu()], { recordShapes: true });
  const relu = result.keyAverages({ groupByInputShape: true }).filter(({ key }) => key === "relu");
  expect(relu.map(({ shapes, count }) => [shapes, count])).toEqual([
    ["[[2,3]]", 2],
    ["[[4]]", 1],
  ]);
  expect(result.table({ groupByInputShape: true })).toContain("Input Shapes");
});

test("the trace has complete events, each inside of the one that it ran in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-trace-"));
  try {
    const model = new Net();
    const result = profile(() => model.forward(randn(4, 8)).mean().backward(), {
      withModules: model,
      recordShapes: true,
    });
    const file = join(folder, "trace.json");
    await result.exportChromeTrace(file);
    const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as {
      traceEvents: { ph: string; name: string; ts: number; dur: number; args: object }[];
    };
    const complete = traceEvents.filter(({ ph }) => ph === "X");
    expect(complete).toHaveLength(result.events.length);
    const end = ({ ts, dur }: { ts: number; dur: number }): number => ts + dur;
    const open: (typeof complete)[number][] = [];
    for (const event of complete) {
      while (open.length > 0 && end(open.at(-1) as typeof event) <= event.ts) open.pop();
      // Rounded to a nanosecond.
      if (open.length > 0) expect(end(event)).toBeLessThanOrEqual(end(open.at(-1) as typeof event) + 0.002);
      open.push(event);
    }
    expect(complete.find(({ name }) => name === "relu")?.args).toMatchObject({ "Input Dims": [[4, 6]], module: "Net" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("it ends", () => {
  test("with an asynchronous function", async () => {
    const result = await profile(async () => {
      await Promise.resolve();
      return ones(3).relu();
    });
    expect(names(result.events)).toContain("relu");
    expect(await recordFunction("x", async () => 5)).toBe(5);
  });

  test("after an error too, of whatever kind of function", async () => {
    const fail = (): never => {
      ones(2, 3).matmul(ones(2, 3));
      throw new Error("not reached");
    };
    expect(() => profile(fail)).toThrow(/mat1 and mat2/);
    expect(() => profile(() => recordFunction("x", fail))).toThrow(/mat1 and mat2/);
    await expect(profile(async () => fail())).rejects.toThrow(/mat1 and mat2/);
    expect(names(profile(() => ones(3).relu()).events)).toContain("relu");
  });

  test("and cannot be nested", () => {
    expect(() => profile(() => profile(() => {}))).toThrow(/running already/);
    expect(() => profile(5 as never)).toThrow(/a function/);
  });
});

describe("schedules", () => {
  // torch.profiler.schedule(wait=1, warmup=1, active=2, repeat=2, skip_first=1), steps 0 to 10.
  test("tell the actions of PyTorch's", () => {
    const actions = schedule({ wait: 1, warmup: 1, active: 2, repeat: 2, skipFirst: 1 });
    expect(Array.from({ length: 11 }, (_, step) => actions(step))).toEqual([0, 0, 1, 2, 3, 0, 1, 2, 3, 0, 0]);
    expect(() => schedule({ wait: 1, warmup: 1, active: 0 })).toThrow("[schedule] expected");
  });

  test("choose the steps that are recorded, and give each cycle its figures", async () => {
    const seen: ProfileResult[] = [];
    const result = await profile(
      (prof) => {
        for (let step = 0; step < 7; step++) {
          recordFunction(`work ${step}`, () => ones(2).add(step));
          prof.step();
        }
      },
      {
        activities: [ProfilerActivity.CPU, ProfilerActivity.CUDA],
        withStack: true,
        schedule: schedule({ wait: 1, warmup: 1, active: 1 }),
        onTraceReady: (one) => seen.push(one),
      },
    );
    expect(seen.map(({ stepNum }) => stepNum)).toEqual([2, 5]);
    expect(names(seen[0]?.events ?? [])).toEqual(["ProfilerStep#2", "work 2", "add"]);
    expect(result).toBe(seen[1]);
    expect(names(result.events)).toContain("work 5");
  });

  test("a cycle that the end cuts off counts, and operations go on unrecorded", () => {
    const result = profile(
      (prof) => {
        ones(2).exp();
        prof.step();
        ones(2).sin();
      },
      { schedule: schedule({ wait: 1, warmup: 0, active: 5 }) },
    );
    expect(names(result.events)).toEqual(["ProfilerStep#1", "sin"]);
    expect(profile(() => ones(2).exp(), { schedule: () => 0 }).events).toEqual([]);
  });

  test("traces for TensorBoard go to a folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tapegrad-traces-"));
    await profile(() => ones(2).exp(), { onTraceReady: tensorboardTraceHandler(join(folder, "log"), "worker") });
    const [file] = readdirSync(join(folder, "log"));
    expect(file).toMatch(/^worker\.\d+\.pt\.trace\.json$/);
    expect(readFileSync(join(folder, "log", file as string), "utf8")).toContain('"name":"exp"');
    rmSync(folder, { recursive: true });
  });
});

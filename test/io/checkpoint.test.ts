/** @file Checkpoints: a run that goes on from one computes the same numbers, bit for bit; all or nothing is loaded. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  DataError,
  data,
  defaultGenerator,
  Generator,
  io,
  loadCheckpoint,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  saveCheckpoint,
  TapegradError,
  type Tensor,
  ValueError,
} from "../../src/entry/index.ts";
import { withByte } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-checkpoint-"));
const file = join(folder, "run.safetensors");
afterAll(() => rmSync(folder, { recursive: true }));

type AnyOptimizer = optim.Adam | optim.SGD | optim.RMSprop;
type AnyScheduler = optim.lrScheduler.LRScheduler;

interface Learning {
  readonly optimizer: AnyOptimizer;
  readonly scheduler: AnyScheduler;
}

/** Everything that a run has: noise in the model, shuffled batches, momenta, a schedule, two generators. */
class Run {
  readonly model = new nn.Sequential(new nn.Linear(6, 16), new nn.Dropout(0.3), new nn.ReLU(), new nn.Linear(16, 2));
  readonly optimizer: AnyOptimizer;
  readonly scheduler: AnyScheduler;
  readonly generator = new Generator().manualSeed(5);
  readonly losses: number[] = [];
  readonly #samples: data.TensorDataset<[Tensor, Tensor]>;

  constructor(make: (params: Tensor[]) => Learning, samples: data.TensorDataset<[Tensor, Tensor]>) {
    const { optimizer, scheduler } = make(this.model.parameters());
    this.optimizer = optimizer;
    this.scheduler = scheduler;
    this.#samples = samples;
  }

  epoch(): void {
    const loader = new data.DataLoader(this.#samples, { batchSize: 4, shuffle: true });
    for (const [x, y] of loader) {
      this.optimizer.zeroGrad();
      const noise = randn([x.shape[0] as number, 6], { generator: this.generator }).mul(0.1);
      const loss = this.model.forward(x.add(noise)).sub(y).pow(2).mean();
      loss.backward();
      this.optimizer.step();
      this.losses.push(loss.itemSync());
    }
    this.scheduler.step();
  }

  parts() {
    const { model, optimizer, scheduler, generator } = this;
    return { model, optimizer, scheduler, generator };
  }
}

const { CosineAnnealingLR, OneCycleLR, StepLR } = optim.lrScheduler;

const withAdam = (params: Tensor[]): Learning => {
  const optimizer = new optim.Adam(params, { lr: 0.01, amsgrad: true });
  return { optimizer, scheduler: new StepLR(optimizer, { stepSize: 1, gamma: 0.5 }) };
};

const learners: [string, (params: Tensor[]) => Learning][] = [
  ["Adam and StepLR", withAdam],
  [
    "SGD with momentum and OneCycleLR",
    (params) => {
      const optimizer = new optim.SGD(params, { lr: 0.05, momentum: 0.9, nesterov: true });
      return { optimizer, scheduler: new OneCycleLR(optimizer, { maxLr: 0.1, totalSteps: 10 }) };
    },
  ],
  [
    "RMSprop, centered, and CosineAnnealingLR",
    (params) => {
      const optimizer = new optim.RMSprop(params, { lr: 0.01, centered: true, momentum: 0.5 });
      return { optimizer, scheduler: new CosineAnnealingLR(optimizer, { tMax: 4 }) };
    },
  ],
];

describe("a run that was interrupted", () => {
  test.each(learners)("goes on as if it had not been: %s", async (_, make) => {
    manualSeed(1);
    const samples = new data.TensorDataset(rand(18, 6), rand(18, 2));
    manualSeed(2);
    const whole = new Run(make, samples);
    for (let i = 0; i < 4; i++) whole.epoch();
    const end = defaultGenerator.getState();

    manualSeed(2);
    const first = new Run(make, samples);
    for (let i = 0; i < 2; i++) first.epoch();
    await saveCheckpoint({ ...first.parts(), epoch: 2, losses: first.losses }, file);

    // Another program: other weights, other random numbers.
    manualSeed(777);
    const second = new Run(make, samples);
    second.epoch();
    const rest = await loadCheckpoint<{ epoch: number; losses: number[] }>(second.parts(), file);
    expect(rest.epoch).toBe(2);
    expect(second.scheduler.lastEpoch).toBe(2);
    second.losses.splice(0, second.losses.length, ...rest.losses);
    for (let i = rest.epoch; i < 4; i++) second.epoch();

    expect(second.losses).toEqual(whole.losses);
    for (const [name, value] of Object.entries(whole.model.stateDict())) {
      expect(second.model.stateDict()[name]?.dataSync()).toEqual(value.dataSync());
    }
    expect(second.generator.getState()).toEqual(whole.generator.getState());
    expect(defaultGenerator.getState()).toEqual(end);
  });
});

describe("what is in the file", () => {
  test("tensors under the names of their parts", async () => {
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.Adam(model.parameters());
    model.forward(ones(1, 2)).sum().backward();
    optimizer.step();
    await saveCheckpoint({ model, optimizer }, file);
    const { tensors } = io.decodeSafetensors(Uint8Array.from(readFileSync(file)));
    expect(Object.keys(tensors).sort()).toEqual([
      "__random__",
      "model.bias",
      "model.weight",
      "optimizer.state.0.exp_avg",
      "optimizer.state.0.exp_avg_sq",
      "optimizer.state.1.exp_avg",
      "optimizer.state.1.exp_avg_sq",
    ]);
  });

  test("the default generator, unless it is to go on by itself", async () => {
    manualSeed(3);
    await saveCheckpoint({}, file);
    const next = rand(2).toArraySync();
    manualSeed(4);
    await loadCheckpoint({}, file, { random: false });
    expect(defaultGenerator.initialSeed()).toBe(4n);
    await loadCheckpoint({}, file);
    expect(rand(2).toArraySync()).toEqual(next);
  });

  test("a state that nobody asks for is returned", async () => {
    await saveCheckpoint({ model: new nn.Linear(1, 1), epoch: 7 }, file);
    const rest = await loadCheckpoint({}, file);
    expect(rest.epoch).toBe(7);
    expect(Object.keys(rest.model as object)).toEqual(["weight", "bias"]);
  });
});

describe("all or nothing", () => {
  const snapshot = (run: Run) => ({
    model: Object.values(run.model.stateDict()).map((t) => t.toArraySync()),
    optimizer: JSON.stringify(run.optimizer.stateDict(), (_, value: unknown) =>
      value instanceof Object && "dataSync" in value ? String(value) : value,
    ),
    scheduler: run.scheduler.stateDict(),
    generator: run.generator.getState(),
    random: defaultGenerator.getState(),
  });
  const newRun = (): Run => {
    const run = new Run(withAdam, new data.TensorDataset(rand(8, 6), rand(8, 2)));
    run.epoch();
    return run;
  };

  test("a part that refuses its state leaves all others as they were", async () => {
    const saved = newRun();
    const mine = { stateDict: () => ({ kind: "mine" }), loadStateDict: () => {} };
    await saveCheckpoint({ ...saved.parts(), mine }, file);
    const run = newRun();
    const before = snapshot(run);
    const picky = {
      ...mine,
      loadStateDict: () => {
        throw new ValueError("not this one");
      },
    };
    await expect(loadCheckpoint({ ...run.parts(), mine: picky }, file)).rejects.toThrow("not this one");
    expect(snapshot(run)).toEqual(before);
    run.epoch();
  });

  test("another model", async () => {
    await saveCheckpoint({ model: new nn.Linear(3, 3), optimizer: newRun().optimizer }, file);
    const run = newRun();
    const before = snapshot(run);
    const { optimizer, model } = run;
    await expect(loadCheckpoint({ optimizer, model }, file)).rejects.toThrow("Missing key(s) in state_dict");
    expect(snapshot(run)).toEqual(before);
  });

  test("a file that is damaged anywhere", async () => {
    const saved = newRun();
    await saveCheckpoint(saved.parts(), file);
    const bytes = Uint8Array.from(readFileSync(file));
    const run = newRun();
    const before = snapshot(run);
    for (const damaged of [
      bytes.subarray(0, -1),
      bytes.subarray(0, 100),
      withByte(bytes, 8, 0x20),
      withByte(bytes, 0, 1),
    ]) {
      writeFileSync(file, damaged);
      await expect(loadCheckpoint(run.parts(), file)).rejects.toThrow(DataError);
    }
    expect(snapshot(run)).toEqual(before);
  });

  test("a generator's state that is none", async () => {
    await saveCheckpoint({ model: new nn.Linear(1, 1), generator: 3 }, file);
    const generator = new Generator().manualSeed(9);
    const model = new nn.Linear(1, 1);
    const before = model.weight.toArraySync();
    await expect(loadCheckpoint({ model, generator }, file)).rejects.toThrow("expected the state of a generator");
    expect([model.weight.toArraySync(), generator.initialSeed()]).toEqual([before, 9n]);
  });
});

describe("a damaged state names the file and the part", () => {
  test("the random state", async () => {
    await io.save({ __checkpoint__: 1, __random__: Uint8Array.of(1, 2, 3) }, file);
    const before = defaultGenerator.getState();
    await expect(loadCheckpoint({}, file)).rejects.toThrow(DataError);
    await expect(loadCheckpoint({}, file)).rejects.toThrow(
      `[loadCheckpoint] ${file}: the random state is damaged: Expected a CPUGeneratorImplState of size 5056`,
    );
    await io.save({ __checkpoint__: 1, __random__: new Uint8Array(5056) }, file);
    await expect(loadCheckpoint({}, file)).rejects.toThrow("the random state is damaged: Invalid mt19937 state");
    await io.save({ __checkpoint__: 1 }, file);
    await expect(loadCheckpoint({}, file)).rejects.toThrow(`${file}: the random state is damaged`);
    expect(defaultGenerator.getState()).toEqual(before);
  });

  test("a generator's, and one that makes an object fail with the engine's words", async () => {
    await saveCheckpoint({ generator: 3, other: 4, optimizer: { state: null, param_groups: 7 } }, file);
    await expect(loadCheckpoint({ generator: new Generator() }, file)).rejects.toThrow(
      `${file}: the state of "generator" is damaged: expected the state of a generator`,
    );
    const other = { stateDict: () => ({}), loadStateDict: (state: { a: { b: 1 } }) => state.a.b };
    await expect(loadCheckpoint({ other }, file)).rejects.toThrow(
      'the state of "other" is damaged: expected an object, but there is 4',
    );
    await expect(loadCheckpoint({ optimizer: other }, file)).rejects.toThrow(
      /the state of "optimizer" does not fit: Cannot read/,
    );
    const optimizer = new optim.SGD([ones(1, { requiresGrad: true })]);
    await expect(loadCheckpoint({ optimizer }, file)).rejects.toThrow(TapegradError);
  });

  test("bytes and Blobs are files too", async () => {
    await saveCheckpoint({ epoch: 4 }, file);
    const bytes = readFileSync(file);
    expect((await loadCheckpoint({}, bytes)).epoch).toBe(4);
    expect((await loadCheckpoint({}, new Blob([bytes]))).epoch).toBe(4);
    await expect(loadCheckpoint({}, bytes.subarray(1))).rejects.toThrow("[loadCheckpoint] the given bytes: ");
  });
});

describe("mistakes", () => {
  test("a part that the file lacks", async () => {
    await saveCheckpoint({ model: new nn.Linear(1, 1) }, file);
    const optimizer = new optim.SGD([ones(1, { requiresGrad: true })]);
    await expect(loadCheckpoint({ optimizer }, file)).rejects.toThrow('has no state of "optimizer", but of model');
  });

  test("plain values have nowhere to go", async () => {
    await saveCheckpoint({ epoch: 3 }, file);
    await expect(loadCheckpoint({ epoch: 0 }, file)).rejects.toThrow('"epoch" has no loadStateDict');
  });

  test("a model instead of an object of parts, and names that are taken", async () => {
    const model = new nn.Linear(1, 1);
    await expect(saveCheckpoint(model as never, file)).rejects.toThrow("as { model, optimizer }");
    await expect(saveCheckpoint({ __random__: 1 }, file)).rejects.toThrow("names that begin with __ are not free");
  });

  test("a file of save", async () => {
    await io.save({ x: ones(1) }, file);
    await expect(loadCheckpoint({}, file)).rejects.toThrow("is no file of saveCheckpoint. Read it with load.");
    await io.save({ x: ones(1), n: 1 }, file);
    await expect(loadCheckpoint({}, file)).rejects.toThrow("is no file of saveCheckpoint");
    await expect(loadCheckpoint({}, join(folder, "none"))).rejects.toThrow("there is no such file");
  });

  test("what cannot be saved", async () => {
    await expect(saveCheckpoint({ f: () => 1 }, file)).rejects.toThrow("[saveCheckpoint] cannot save a function at f");
  });
});

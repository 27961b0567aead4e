/** @file Sequential: layers, and the loops of training, evaluation and prediction around them. */
import type { Device } from "../../kernels/backend.ts";
import { noGrad } from "../autograd/grad-mode.ts";
import { isOptions, keyword, required, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import type { FileName, FileSource } from "../core/file-kinds.ts";
import { aBoolean, aFunction, aNumber, aSize, aString, type Kind, kind } from "../core/kinds.ts";
import { isThenable } from "../core/realm.ts";
import { Sequential as SequentialModule } from "../nn/container.ts";
import { openTerminal } from "../platform/terminal.ts";
import { cat } from "../tensor/functional.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type ArrayData,
  type Batch,
  type BatchData,
  type BatchSource,
  fromArrays,
  fromBatches,
  isBatchData,
  rows,
  toArrays,
  toInput,
  toTensor,
} from "./batches.ts";
import { Callback, type CallbackParams, History, watchesSteps } from "./callbacks.ts";
import { Input } from "./layers/core.ts";
import { aPositive, formatShape, Layer, type Shape } from "./layers/layer.ts";
import { type Loss, type LossLike, lossOf } from "./losses.ts";
import { checkNames, type Metric, type MetricLike, metricOf } from "./metrics.ts";
import { type AnyOptimizer, type Optimizer, type OptimizerLike, optimizerOf } from "./optimizers.ts";
import { ProgressBar, type Verbosity } from "./progress-bar.ts";
import { formatSummary } from "./summary.ts";
import { type Execution, type Step, type StepResult, testStep, trainStep } from "./train-step.ts";
import { assign, loadWeights, namedWeights, saveWeights, valuesOf } from "./weights.ts";

/** Options of {@link Sequential.compile}. */
export interface CompileOptions {
  /** The optimizer. Default "rmsprop". */
  readonly optimizer?: OptimizerLike | undefined;
  /** The loss. */
  readonly loss: LossLike;
  /** What is measured beside the loss. Default: nothing. */
  readonly metrics?: readonly MetricLike[] | undefined;
  /** What is measured with the weights of samples and classes. Default: nothing. */
  readonly weightedMetrics?: readonly MetricLike[] | undefined;
  /**
   * Run steps as they are, instead of capturing them as programs with `tapegrad.compile`; the numbers are the same. Default:
   * whether the loss or a metric is a function of yours, which may compute something else each time.
   */
  readonly runEagerly?: boolean | undefined;
  /** Throw a GraphError where a step cannot be captured, as with `compile(fn, { fullgraph: true })`. Default false. */
  readonly jitCompile?: boolean | undefined;
}

/** Samples with their labels, and perhaps their weights: `[x, y]`, or something that yields batches. */
export type ValidationData =
  | readonly [x: ArrayData, y: ArrayData]
  | readonly [x: ArrayData, y: ArrayData, sampleWeight: ArrayData]
  | BatchData;

/** Options of {@link Sequential.fit}. */
export interface FitOptions {
  /** Number of samples in a step. Default 32. A loader has its own. */
  readonly batchSize?: number | undefined;
  /** Number of passes over the data. Default 1. */
  readonly epochs?: number | undefined;
  /** 0: silent; 1: a progress bar; 2: a line for each epoch. Default "auto", which is 1. */
  readonly verbose?: Verbosity | undefined;
  /** Callbacks. Default: none. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** Share of the samples, at their end, that is kept for validation. Default 0. */
  readonly validationSplit?: number | undefined;
  /** Samples for validation. Default: none. */
  readonly validationData?: ValidationData | undefined;
  /** Shuffle the samples in every epoch. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Weight of each class in the loss, by index. Default: all alike. */
  readonly classWeight?: Readonly<Record<number, number>> | undefined;
  /** Weight of each sample in the loss. Default: all alike. */
  readonly sampleWeight?: ArrayData | undefined;
  /** The epoch to begin with, counted from 0. Default 0. */
  readonly initialEpoch?: number | undefined;
  /** Steps in an epoch. Default: all there are. */
  readonly stepsPerEpoch?: number | undefined;
  /** Steps of a validation. Default: all there are. */
  readonly validationSteps?: number | undefined;
  /** Number of samples in a step of the validation. Default: `batchSize`. */
  readonly validationBatchSize?: number | undefined;
  /** Validate after every so many epochs. Default 1. */
  readonly validationFreq?: number | undefined;
}

/** Options of {@link Sequential.evaluate}. */
export interface EvaluateOptions {
  /** Number of samples in a step. Default 32. */
  readonly batchSize?: number | undefined;
  /** 0: silent; 1: a progress bar; 2: a line. Default "auto", which is 1. */
  readonly verbose?: Verbosity | undefined;
  /** Weight of each sample. Default: all alike. */
  readonly sampleWeight?: ArrayData | undefined;
  /** At most so many steps. Default: all there are. */
  readonly steps?: number | undefined;
  /** Callbacks. Default: none. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** Give an object by name rather than a list. Default false. */
  readonly returnDict?: boolean | undefined;
}

/** Options of {@link Sequential.predict}. */
export interface PredictOptions {
  /** Number of samples in a step. Default 32. */
  readonly batchSize?: number | undefined;
  /** 0: silent; 1: a progress bar; 2: a line. Default 0. */
  readonly verbose?: Verbosity | undefined;
  /** At most so many steps. Default: all there are. */
  readonly steps?: number | undefined;
}

/** Options of {@link Sequential.summary}. */
export interface SummaryOptions {
  /** Width of the table. Default 65. */
  readonly lineLength?: number | undefined;
  /** Takes the table. Default: `console.log`. */
  readonly printFn?: ((text: string) => unknown) | undefined;
}

const anything: Kind<unknown> = kind("a value", () => true);
const aVerbosity: Kind<Verbosity> = kind('0, 1, 2 or "auto"', (value) => [0, 1, 2, "auto"].includes(value as number));
const aFraction: Kind<number> = kind(
  "a number of at least 0 and below 1",
  (value) => typeof value === "number" && value >= 0 && value < 1,
);
const callbackList: Kind<readonly Callback[]> = kind(
  "a list of callbacks",
  (value) => Array.isArray(value) && value.every((item) => item instanceof Callback),
);
const aList: Kind<readonly MetricLike[]> = kind(
  "a list",
  (value) => Array.isArray(value),
  (value) => (typeof value === "string" ? `Write ["${value}"].` : undefined),
);

const EVALUATION = {
  batchSize: keyword(aPositive, 32),
  sampleWeight: keyword(anything),
  steps: keyword(aPositive),
  callbacks: keyword(callbackList, []),
  returnDict: keyword(aBoolean, false),
};

const SIGNATURES = {
  Sequential: signature("Sequential", { name: keyword(aString) }),
  compile: signature("compile", {
    optimizer: keyword(anything as Kind<OptimizerLike>, "rmsprop"),
    loss: keyword(anything as Kind<LossLike>),
    metrics: keyword(aList, []),
    weightedMetrics: keyword(aList, []),
    runEagerly: keyword(aBoolean),
    jitCompile: keyword(aBoolean, false),
  }),
  fit: signature("fit", {
    batchSize: keyword(aPositive, 32),
    epochs: keyword(aPositive, 1),
    verbose: keyword(aVerbosity, "auto"),
    callbacks: keyword(callbackList, []),
    validationSplit: keyword(aFraction, 0),
    validationData: keyword(anything),
    shuffle: keyword(aBoolean, true),
    classWeight: keyword(anything),
    sampleWeight: keyword(anything),
    initialEpoch: keyword(aSize, 0),
    stepsPerEpoch: keyword(aPositive),
    validationSteps: keyword(aPositive),
    validationBatchSize: keyword(aPositive),
    validationFreq: keyword(aPositive, 1),
  }),
  evaluate: signature("evaluate", { ...EVALUATION, verbose: keyword(aVerbosity, "auto") }),
  predict: signature("predict", {
    batchSize: keyword(aPositive, 32),
    verbose: keyword(aVerbosity, 0),
    steps: keyword(aPositive),
  }),
  summary: signature("summary", { lineLength: keyword(aPositive, 65), printFn: keyword(aFunction) }),
  setWeights: signature("setWeights", {
    weights: required(
      kind<readonly ArrayData[]>("a list of weights, as getWeights gives them", (value) => Array.isArray(value)),
    ),
  }),
  classWeight: signature("classWeight", { weight: required(aNumber) }),
};

/** What `compile` was given. */
interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  readonly weightedMetrics: readonly Metric[];
  readonly execution: Execution;
  /** What is made when the model's parameters are there. */
  bound: Bound | null;
}

/** The optimizer over the model's parameters, and the steps, whose programs live as long. */
interface Bound {
  readonly optimizer: AnyOptimizer;
  readonly train: Step;
}

/** The mean loss and the metrics over some steps. */
class Tracker {
  readonly #metrics: readonly Metric[];
  #total = 0;
  #count = 0;
  /** Results that have not been read: on a GPU nothing waits for a step. */
  #pending: (readonly [result: StepResult, samples: number])[] = [];

  constructor({ metrics, weightedMetrics }: Compiled) {
    this.#metrics = [...metrics, ...weightedMetrics];
    for (const metric of this.#metrics) metric.reset();
  }
  add(result: StepResult, samples: number): void {
    if (result[0].device === "cpu") {
      this.#absorb(
        result.map((t) => t.dataSync()),
        samples,
      );
    } else this.#pending.push([result, samples]);
  }
  /** The means so far. */
  async logs(): Promise<Record<string, number>> {
    const pending = this.#pending;
    this.#pending = [];
    for (const [result, samples] of pending) {
      const sums = await Promise.all(result.map((t) => t.data()));
      this.#absorb(sums, samples);
    }
    const entries = this.#metrics.map((metric) => [metric.name, metric.result()] as const);
    return { loss: this.#count === 0 ? 0 : this.#total / this.#count, ...Object.fromEntries(entries) };
  }
  #absorb(sums: readonly ArrayLike<number>[], samples: number): void {
    const [loss, ...metrics] = sums;
    this.#total += (loss?.[0] ?? 0) * samples;
    this.#count += samples;
    for (const [i, metric] of this.#metrics.entries()) metric.update(Array.from(metrics[i] ?? []), samples);
  }
}

let models = 0;

/**
 * A linear stack of layers, with Keras's names and defaults.
 *
 * @example
 * const model = new keras.Sequential([
 *   keras.layers.Dense(8, { activation: "relu", inputShape: [2] }),
 *   keras.layers.Dense(1, { activation: "sigmoid" }),
 * ]);
 * model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy"] });
 * const history = await model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], { epochs: 2, verbose: 0 });
 * history.epoch; // [0, 1]
 * (await model.predict([[0, 1]])).shape; // [1, 1]
 */
export class Sequential {
  /** Name of the model. */
  readonly name: string;
  /** Set by a callback to end training after the epoch. */
  stopTraining = false;
  readonly #layers: Layer[] = [];
  #module: SequentialModule | null = null;
  #inputShape: Shape | null = null;
  #compiled: Compiled | null = null;
  readonly #tests = new WeakMap<Compiled, { readonly module: SequentialModule; readonly step: Step }>();

  constructor(layers: readonly Layer[] = [], options?: { readonly name?: string | undefined }) {
    const { name } = SIGNATURES.Sequential.read([options]);
    this.name = name ?? (models === 0 ? "sequential" : `sequential_${models}`);
    models++;
    if (!Array.isArray(layers)) {
      const got = describeValue(layers);
      throw new ValueError(`[Sequential] expected a list of layers, but got ${got}. Write new Sequential([…]).`);
    }
    for (const layer of layers) this.add(layer);
  }

  // --- Layers -------------------------------------------------------------------------------------------------------

  /** The layers, without `Input`. */
  get layers(): readonly Layer[] {
    return this.#layers;
  }
  /** Shape of the input with the batch first, or null before it is known. */
  get inputShape(): Shape | null {
    return this.#inputShape;
  }
  /** Shape of the output with the batch first, or null before it is known. */
  get outputShape(): Shape | null {
    return this.#layers.length === 0 ? this.#inputShape : (this.#layers.at(-1)?.outputShape ?? null);
  }

  /** Adds a layer at the end. @throws ValueError for a name that is taken; ShapeError for a layer that does not fit. */
  add(layer: Layer): void {
    if (!(layer instanceof Layer)) {
      const hint =
        typeof layer === "function" ? " Call it: layers.Flatten()." : " Layers of nn belong to nn.Sequential.";
      throw new ValueError(`[Sequential] expected a layer of keras.layers, but got ${describeValue(layer)}.${hint}`);
    }
    if (this.#layers.length === 0) this.#inputShape ??= layer.givenShape;
    if (layer instanceof Input) return;
    this.#nameLayer(layer);
    // Before it counts as a layer: one that does not fit leaves the model as it was.
    if (this.#inputShape !== null) layer.setInputShape(this.outputShape ?? this.#inputShape);
    this.#layers.push(layer);
    this.#module = null;
    if (this.#compiled !== null) this.#compiled.bound = null;
  }

  /** Removes the last layer. */
  pop(): void {
    if (this.#layers.pop() === undefined) throw new ValueError("[pop] There are no layers in the model.");
    this.#module = null;
    if (this.#compiled !== null) this.#compiled.bound = null;
  }

  #nameLayer(layer: Layer): void {
    const taken = new Set(this.#layers.map(({ name }) => name));
    if (!taken.has(layer.name)) return;
    if (layer.isNamed || this.#layers.includes(layer)) {
      throw new ValueError(
        `[Sequential] All layers added to a Sequential model should have unique names. Name "${layer.name}" is already the name of a layer in this model.`,
      );
    }
    let number = 1;
    while (taken.has(`${layer.name}_${number}`)) number++;
    layer.name = `${layer.name}_${number}`;
  }

  /** The layer of a name, or at an index. @throws ValueError if there is none. */
  getLayer(which: string | number): Layer {
    const found = typeof which === "number" ? this.#layers.at(which) : this.#layers.find(({ name }) => name === which);
    if (found !== undefined) return found;
    const names = this.#layers.map(({ name }) => name).join(", ");
    throw new ValueError(`[getLayer] No such layer: ${describeValue(which)}. Existing layers are: ${names}.`);
  }

  /**
   * Makes the weights for inputs of a shape, the batch first: `model.build([null, 28, 28])`. Models whose first layer has
   * an `inputShape` are built at once, others by their first data.
   */
  build(inputShape: Shape): void {
    if (this.#layers.length === 0) throw new ValueError(`[build] the model "${this.name}" has no layers`);
    if (!Array.isArray(inputShape) || inputShape.length === 0) {
      throw new ValueError(
        `[build] expected a shape with the batch first, as [null, 28, 28], but got ${describeValue(inputShape)}`,
      );
    }
    this.#inputShape ??= [null, ...inputShape.slice(1)];
    let shape = this.#inputShape;
    for (const layer of this.#layers) shape = layer.setInputShape(shape);
  }

  /** The `nn.Module` inside, whose children are the layers under their names. Outside of `fit` it is in evaluation mode. */
  get module(): SequentialModule {
    this.#module ??= new SequentialModule(Object.fromEntries(this.#layers.map((layer) => [layer.name, layer]))).eval();
    return this.#module;
  }

  /** The device of the weights. `model.module.to("gpu")` moves them. */
  get device(): Device {
    return this.module.parameters()[0]?.device ?? "cpu";
  }

  // --- Weights ------------------------------------------------------------------------------------------------------

  /** Number of elements of all weights. */
  countParams(): number {
    this.#requireBuilt("countParams");
    return this.#layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  }
  /** The names of the weights, as they are saved: `dense/kernel`. */
  weightNames(): string[] {
    this.#requireBuilt("weightNames");
    return namedWeights(this.#layers).map(({ name }) => name);
  }
  /** Copies of the weights, in Keras's order and layout. */
  getWeights(): Tensor[] {
    this.#requireBuilt("getWeights");
    return valuesOf(namedWeights(this.#layers));
  }
  /** Sets the weights, in Keras's order and layout. @throws ShapeError for others; nothing has changed then. */
  setWeights(weights: readonly ArrayData[]): void {
    this.#requireBuilt("setWeights");
    const given = SIGNATURES.setWeights.read([weights]).weights;
    const own = namedWeights(this.#layers);
    if (given.length !== own.length) {
      throw new ValueError(
        `[setWeights] You called \`setWeights\` on "${this.name}" with a list of ${given.length} weights, but it was expecting ${own.length}: ${own.map(({ name }) => name).join(", ")}`,
      );
    }
    const values = given.map((value) => toTensor("setWeights", "a weight", value));
    assign("setWeights", own, values);
  }
  /**
   * Saves the weights as safetensors, or by the file's name as `.npz`, under Keras's names and in Keras's layout.
   *
   * @example
   * const model = new keras.Sequential([keras.layers.Dense(2, { inputShape: [3] })]);
   * await model.saveWeights("model.safetensors");
   * Object.keys(await load("model.safetensors")); // ['dense/kernel', 'dense/bias']
   */
  async saveWeights(file: FileName): Promise<void> {
    this.#requireBuilt("saveWeights");
    await saveWeights(this.#layers, file);
  }
  /** Loads what {@link saveWeights} wrote. @throws DataError for the weights of another model. */
  async loadWeights(file: FileSource): Promise<void> {
    this.#requireBuilt("loadWeights");
    await loadWeights(this.#layers, file);
  }

  /** Prints the table of layers. */
  summary(options?: SummaryOptions): void {
    const { lineLength, printFn } = SIGNATURES.summary.read([options]);
    this.#requireBuilt("summary");
    const text = formatSummary(this.name, this.#layers, lineLength);
    if (printFn === undefined) console.log(text);
    else printFn(text);
  }

  // --- Training -----------------------------------------------------------------------------------------------------

  /**
   * Sets optimizer, loss and metrics, by name, as objects of `keras`, or of `tapegrad` itself.
   *
   * @throws ValueError for a name that is unknown.
   */
  compile(options: CompileOptions): void {
    const { optimizer, loss, metrics, weightedMetrics, runEagerly, jitCompile } = SIGNATURES.compile.read([options]);
    if (loss === undefined) {
      throw new ValueError(`[compile] the loss is missing: model.compile({ optimizer: "rmsprop", loss: "mse" })`);
    }
    const compiled: Compiled = {
      optimizer: optimizerOf(optimizer),
      loss: lossOf(loss),
      metrics: metrics.map(metricOf),
      weightedMetrics: weightedMetrics.map(metricOf),
      execution: executionOf(runEagerly ?? [loss, ...metrics, ...weightedMetrics].some(isOwnFunction), jitCompile),
      bound: null,
    };
    checkNames([...compiled.metrics, ...compiled.weightedMetrics]);
    this.#compiled = compiled;
  }

  /** The optimizer, whose `learningRate` may be changed. @throws ValueError before {@link compile}. */
  get optimizer(): Optimizer {
    return this.#requireCompiled("optimizer").optimizer;
  }

  /**
   * Trains the model. Accepts arrays, `fit(x, y)`, or something that yields samples or batches with their labels,
   * `fit(dataset)`, `fit(loader)`.
   *
   * @returns the history: `history.history.loss` has the loss of each epoch.
   * @throws ValueError before {@link compile}; ShapeError for data or labels that do not fit.
   */
  async fit(x: ArrayData, y: ArrayData, options?: FitOptions): Promise<History>;
  async fit(data: BatchData, options?: FitOptions): Promise<History>;
  async fit(...args: readonly unknown[]): Promise<History> {
    const compiled = this.#requireCompiled("fit");
    const { data, labels, options } = readData("fit", args);
    const given = SIGNATURES.fit.read([options]);
    const { train, validation } = this.#split(data, labels, given);
    const history = new History();
    const callbacks = [...given.callbacks, history];
    await this.#buildFor(train.source, train.first);
    const step = this.#bind(compiled).train;
    const { module } = this;
    const weigh = classWeights(given.classWeight);
    const run = { step, compiled, weigh, verbose: given.verbose };

    const info: CallbackParams = {
      epochs: given.epochs,
      steps: train.source.length,
      verbose: given.verbose === "auto" ? 1 : given.verbose,
    };
    for (const callback of callbacks) Object.assign(callback, { model: this, params: info });
    this.stopTraining = false;
    let steps = train.source.length;
    let logs: Record<string, number> = {};
    try {
      for (const callback of callbacks) await call(callback.onTrainBegin({}));
      for (let epoch = given.initialEpoch; epoch < given.epochs; epoch++) {
        if (given.verbose !== 0) openTerminal().print(`Epoch ${epoch + 1}/${given.epochs}`);
        for (const callback of callbacks) await call(callback.onEpochBegin(epoch, {}));
        module.train();
        const bar = new ProgressBar(steps, given.verbose);
        const trained = await this.#steps(train.source, run, bar, callbacks);
        steps = trained.steps;
        logs = trained.logs;
        if (validation !== null && (epoch + 1) % given.validationFreq === 0) {
          const values = await this.#evaluateOn(validation, compiled, null, given.callbacks);
          for (const [name, value] of Object.entries(values.logs)) logs[`val_${name}`] = value;
        }
        bar.finish(logs, "epoch");
        for (const callback of callbacks) await call(callback.onEpochEnd(epoch, logs));
        if (this.stopTraining) break;
      }
      for (const callback of callbacks) await call(callback.onTrainEnd(logs));
    } finally {
      module.eval();
    }
    return history;
  }

  /**
   * The loss and the metrics on data: `[loss, ...metrics]`, or by name with `returnDict`.
   *
   * @throws ValueError before {@link compile}; ShapeError for data or labels that do not fit.
   */
  async evaluate(
    x: ArrayData,
    y: ArrayData,
    options: EvaluateOptions & { readonly returnDict: true },
  ): Promise<Record<string, number>>;
  async evaluate(
    data: BatchData,
    options: EvaluateOptions & { readonly returnDict: true },
  ): Promise<Record<string, number>>;
  async evaluate(x: ArrayData, y: ArrayData, options?: EvaluateOptions): Promise<number[]>;
  async evaluate(data: BatchData, options?: EvaluateOptions): Promise<number[]>;
  async evaluate(...args: readonly unknown[]): Promise<number[] | Record<string, number>> {
    const compiled = this.#requireCompiled("evaluate");
    const { data, labels, options } = readData("evaluate", args);
    const given = SIGNATURES.evaluate.read([options]);
    const batching = { batchSize: given.batchSize, shuffle: false, steps: given.steps };
    const source = isBatchData(data)
      ? fromBatches("evaluate", data, batching)
      : fromArrays(toArrays("evaluate", data, labels, given.sampleWeight), batching);
    await this.#buildFor(source, null);
    for (const callback of given.callbacks) callback.model = this;
    const bar = new ProgressBar(source.length, given.verbose);
    const { logs } = await this.#evaluateOn(source, compiled, bar, given.callbacks);
    bar.finish(logs);
    return given.returnDict ? logs : Object.values(logs);
  }

  /** The outputs for samples, in one tensor. Without gradients. */
  async predict(x: ArrayData | BatchData, options?: PredictOptions): Promise<Tensor> {
    const { batchSize, verbose, steps } = SIGNATURES.predict.read([options]);
    const batching = { batchSize, shuffle: false, steps };
    const source = isBatchData(x)
      ? fromBatches("predict", x, batching)
      : fromArrays(toArrays("predict", x, null, null), batching);
    await this.#buildFor(source, null);
    const module = this.module.eval();
    const bar = new ProgressBar(source.length, verbose);
    const outputs: Tensor[] = [];
    try {
      for await (const batch of source.batches()) {
        outputs.push(noGrad(() => module.forward(this.#input("predict", batch.x))));
        bar.update(outputs.length, {});
      }
    } catch (error) {
      bar.abandon();
      throw error;
    }
    bar.finish({});
    if (outputs.length === 0) throw new ShapeError("[predict] expected at least one sample, but the data is empty");
    return outputs.length === 1 ? (outputs[0] as Tensor) : noGrad(() => cat(outputs, 0));
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  /** Runs an epoch. */
  async #steps(
    source: BatchSource,
    { step, compiled, weigh }: Run,
    bar: ProgressBar | null,
    callbacks: readonly Callback[],
  ): Promise<{ logs: Record<string, number>; steps: number }> {
    const tracker = new Tracker(compiled);
    const watchers = callbacks.filter(watchesSteps);
    const before = callbacks.filter((one) => one.onTrainBatchBegin !== Callback.prototype.onTrainBatchBegin);
    let done = 0;
    try {
      for await (const batch of source.batches()) {
        for (const callback of before) await call(callback.onTrainBatchBegin(done, {}));
        const { x, y, weight } = this.#place(batch, weigh);
        tracker.add(step(x, y, weight), x.size(0));
        done++;
        if (bar !== null) bar.update(done, bar.isDue ? await tracker.logs() : null);
        if (watchers.length > 0) {
          const logs = await tracker.logs();
          for (const callback of watchers) await call(callback.onTrainBatchEnd(done - 1, logs));
        }
      }
    } catch (error) {
      bar?.abandon();
      throw error;
    }
    if (done === 0) throw new ShapeError("[fit] the data gave no batch. A generator can be read once only.");
    return { logs: await tracker.logs(), steps: done };
  }

  async #evaluateOn(
    source: BatchSource,
    compiled: Compiled,
    bar: ProgressBar | null,
    callbacks: readonly Callback[],
  ): Promise<{ logs: Record<string, number> }> {
    this.module.eval();
    const step = this.#testStep(compiled);
    for (const callback of callbacks) await call(callback.onTestBegin({}));
    const { logs } = await this.#steps(source, { step, compiled, weigh: null }, bar, []);
    for (const callback of callbacks) await call(callback.onTestEnd(logs));
    return { logs };
  }

  /** The step of evaluation of what was compiled, made once for the layers. */
  #testStep(compiled: Compiled): Step {
    const { module } = this;
    const known = this.#tests.get(compiled);
    if (known?.module === module) return known.step;
    const step = testStep({ ...compiled, module }, compiled.execution);
    this.#tests.set(compiled, { module, step });
    return step;
  }

  /** A batch as a step takes it. */
  #place({ x, y, weight }: Batch, weigh: ClassWeights | null): { x: Tensor; y: Tensor; weight: Tensor | null } {
    if (y === null) throw new ValueError("[fit] there are no labels: fit(x, y), or data that gives [x, y]");
    const { device } = this;
    const own = weight === null ? null : toInput(weight, device);
    const ofClass = weigh === null ? null : toInput(weigh(y), device);
    const both = own !== null && ofClass !== null ? own.mul(ofClass) : (own ?? ofClass);
    return { x: this.#input("fit", x), y: y.to(device), weight: both };
  }

  /** Samples on the device of the weights, in the model's shape. */
  #input(op: string, x: Tensor): Tensor {
    const shape = this.#inputShape;
    const input = toInput(x, this.device);
    if (shape === null) return input;
    const columns = input.ndim === 1 && shape.length === 2 && shape[1] === 1 ? input.unsqueeze(-1) : input;
    const fits =
      columns.ndim === shape.length && shape.every((size, i) => i === 0 || size === null || size === columns.size(i));
    if (fits) return columns;
    throw new ShapeError(
      `[${op}] Input 0 of layer "${this.name}" is incompatible with the layer: expected shape=${formatShape([null, ...shape.slice(1)])}, found shape=${formatShape([null, ...x.shape.slice(1)])}`,
    );
  }

  #split(data: unknown, labels: unknown, given: ReturnType<typeof SIGNATURES.fit.read>) {
    const { batchSize, shuffle, validationSplit, validationData, sampleWeight } = given;
    const batching = { batchSize, shuffle, steps: given.stepsPerEpoch };
    const validating = {
      batchSize: given.validationBatchSize ?? batchSize,
      shuffle: false,
      steps: given.validationSteps,
    };
    if (isBatchData(data)) {
      if (validationSplit > 0) {
        throw new ValueError(
          "[fit] `validationSplit` is only supported for arrays. Pass validationData, or split the dataset with data.randomSplit.",
        );
      }
      if (sampleWeight !== undefined) {
        throw new ValueError(
          "[fit] `sampleWeight` is only supported for arrays. Batches [x, y, sampleWeight] bring their own.",
        );
      }
      const validation = validationData === undefined ? null : validationSource(validationData, validating);
      return { train: { source: fromBatches("fit", data, batching), first: null }, validation };
    }
    const arrays = toArrays("fit", data, labels, sampleWeight);
    if (validationData !== undefined || validationSplit === 0) {
      const validation = validationData === undefined ? null : validationSource(validationData, validating);
      return { train: { source: fromArrays(arrays, batching), first: arrays.x }, validation };
    }
    const count = arrays.x.size(0);
    const end = Math.floor(count * (1 - validationSplit));
    if (end === 0 || end === count) {
      throw new ValueError(
        `[fit] Training data contains ${count} samples, which is not sufficient to split it into a validation and training set as specified by \`validationSplit: ${validationSplit}\`.`,
      );
    }
    return {
      train: { source: fromArrays(rows(arrays, 0, end), batching), first: arrays.x },
      validation: fromArrays(rows(arrays, end, count), validating),
    };
  }

  /** Builds a model that waits for its data. */
  async #buildFor(source: BatchSource, first: Tensor | null): Promise<void> {
    if (this.#layers.length === 0) throw new ValueError(`[Sequential] the model "${this.name}" has no layers`);
    if (this.#isBuilt) return;
    if (first !== null) {
      this.build([null, ...first.shape.slice(1)]);
      return;
    }
    for await (const { x } of source.batches()) {
      this.build([null, ...x.shape.slice(1)]);
      return;
    }
  }

  get #isBuilt(): boolean {
    return this.#layers.length > 0 && this.#layers.every((layer) => layer.outputShape !== null);
  }

  #requireBuilt(op: string): void {
    if (this.#isBuilt) return;
    throw new ValueError(
      `[${op}] This model has not yet been built. Build the model first by calling \`build(inputShape)\` or by calling the model on a batch of data, or give the first layer an \`inputShape\`.`,
    );
  }

  #requireCompiled(op: string): Compiled {
    if (this.#compiled !== null) return this.#compiled;
    throw new ValueError(
      `[${op}] You must compile your model before training/testing. Use \`model.compile({ optimizer, loss })\`.`,
    );
  }

  #bind(compiled: Compiled): Bound {
    if (compiled.bound === null) {
      const { module } = this;
      const params = module.parameters();
      if (params.length === 0) throw new ValueError(`[fit] the model "${this.name}" has no weights to train`);
      const optimizer = compiled.optimizer.bind(params);
      const train = trainStep({ ...compiled, module, bound: optimizer, params }, compiled.execution);
      compiled.bound = { optimizer, train };
    }
    return compiled.bound;
  }

  /** The model in a few words. */
  toString(): string {
    return `<Sequential name=${this.name}, built=${this.#isBuilt ? "True" : "False"}>`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
  static {
    // Anything but "Object": libraries that wrap plain objects in a Proxy, as Vue does, leave models alone.
    Object.defineProperty(Sequential.prototype, Symbol.toStringTag, { value: "Sequential" });
  }
}

/** Whether a loss or a metric is a function that a user wrote. */
function isOwnFunction(part: unknown): boolean {
  return typeof part === "function";
}

function executionOf(runEagerly: boolean, jitCompile: boolean): Execution {
  if (runEagerly && jitCompile) {
    console.warn("[compile] If `runEagerly` is true, then `jitCompile` cannot also be true: steps run as they are.");
  }
  return runEagerly ? "eager" : jitCompile ? "required" : "captured";
}

/** How steps are run. */
interface Run {
  readonly step: Step;
  readonly compiled: Compiled;
  readonly weigh: ClassWeights | null;
}

/** Awaits a hook only if it is asynchronous: a turn of the promises costs more than most hooks. */
function call(returned: unknown): unknown {
  return isThenable(returned) ? returned : undefined;
}

/** The data, labels and options of a call. */
function readData(
  op: string,
  args: readonly unknown[],
): { data: unknown; labels: unknown; options: object | undefined } {
  const [data, second, third] = args;
  const areBatches = isBatchData(data);
  const isOption = (value: unknown): value is object => isOptions(value) && !isBatchData(value);
  if (areBatches && isOption(second)) return { data, labels: undefined, options: second };
  if (areBatches && second !== undefined && second !== null) {
    throw new ValueError(`[${op}] \`y\` must not be given with a dataset or a loader, which gives [x, y] itself`);
  }
  if (!areBatches && (second === undefined || second === null || isOption(second))) {
    throw new ValueError(`[${op}] there are no labels: ${op}(x, y), or data that gives [x, y]`);
  }
  if (third !== undefined && !isOption(third)) {
    throw new ValueError(
      `[${op}] expected options by name, as { ${op === "fit" ? "epochs: 5" : "batchSize: 32"} }, but got ${describeValue(third)}`,
    );
  }
  return { data, labels: second, options: third };
}

function validationSource(data: unknown, batching: Parameters<typeof fromArrays>[1]): BatchSource {
  if (isBatchData(data)) return fromBatches("fit", data, batching);
  if (Array.isArray(data) && (data.length === 2 || data.length === 3)) {
    return fromArrays(toArrays("fit", data[0], data[1], data[2]), batching);
  }
  throw new ValueError(`[fit] validationData must be [x, y], a dataset or a loader, but got ${describeValue(data)}`);
}

/** The weight of each sample by its class. */
type ClassWeights = (labels: Tensor) => Tensor;

/** @throws ValueError unless there is a weight for each class from 0 on. */
function classWeights(given: unknown): ClassWeights | null {
  if (given === undefined || given === null) return null;
  const entries = isOptions(given) ? Object.entries(given) : [];
  const table = entries.map(([, weight]) => weight as number);
  const isComplete =
    entries.length > 0 && entries.every(([index, weight], i) => index === String(i) && typeof weight === "number");
  if (!isComplete) {
    throw new ValueError(
      "[fit] Expected `classWeight` to be an object with keys from 0 to one less than the number of classes, and numbers, as { 0: 1, 1: 5 }",
    );
  }
  return (labels) => {
    const isOneHot = labels.ndim > 1 && labels.size(-1) > 1;
    const flat = (isOneHot ? labels.argmax(-1) : labels.flatten()).to("int32");
    const weights = toTensor("fit", "classWeight", table).to(flat.device);
    return weights.indexSelect(0, flat);
  };
}

/** @file The worker in which a visitor's program runs: the library's modules, and what the program imports from `playground`. */
import type { Device, nn, Tensor } from "tapegrad";
import type { datasets } from "tapegrad/data";
import type { Progress } from "./api.d.ts";
import type { Answers, FromWorker, Question, Start, ToWorker } from "./protocol.ts";

type Library = typeof import("tapegrad");

/** Milliseconds between two points of a curve: more of them nobody can see. */
const POINT_MS = 50;

const post = (message: FromWorker, transfer: Transferable[] = []) => self.postMessage(message, { transfer });

/** Holds programs that report while the visitor pauses. */
class Gate {
  #opened: Promise<void> | undefined;
  #open: () => void = () => undefined;

  close(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }
  open(): void {
    this.#opened = undefined;
    this.#open();
  }
  get opened(): Promise<void> | undefined {
    return this.#opened;
  }
}

/** One run of a program. */
class Run {
  readonly gate = new Gate();
  readonly #start: Start;
  readonly #tapegrad: Library;
  readonly #device: Device;
  readonly #lastPoint = new Map<string, number>();
  readonly #sets = new Map<boolean, datasets.MNIST>();
  #model: nn.Module | undefined;
  #step = 0;
  #examples = 0;

  constructor(start: Start, tapegrad: Library, device: Device) {
    this.#start = start;
    this.#tapegrad = tapegrad;
    this.#device = device;
    if (start.paused) this.gate.close();
  }

  /** The module `playground`. */
  readonly exports = {
    report: (values: Readonly<Record<string, number | Tensor>>, progress: Progress = {}) =>
      this.#report(values, progress),
    mnist: ({ train = true }: { readonly train?: boolean } = {}) => this.#mnist(train),
    share: (model: nn.Module) => {
      this.#model = model;
      post({ type: "shared" });
    },
    show: async (name: string, value: string | Tensor) => {
      post({ type: "show", name, value: typeof value === "string" ? value : Float32Array.from(await value.data()) });
    },
  };

  async #report(values: Readonly<Record<string, number | Tensor>>, { examples = 0, progress }: Progress) {
    this.#step++;
    this.#examples += examples;
    await this.#tapegrad.yieldToEventLoop();
    if (this.gate.opened !== undefined) {
      post({ type: "paused" });
      await this.gate.opened;
    }
    const names = Object.keys(values).join();
    const now = performance.now();
    if (now - (this.#lastPoint.get(names) ?? Number.NEGATIVE_INFINITY) < POINT_MS) return;
    this.#lastPoint.set(names, now);
    const read: Record<string, number> = {};
    for (const [name, value] of Object.entries(values)) {
      read[name] = typeof value === "number" ? value : await value.item();
    }
    post({ type: "point", step: this.#step, values: read, examples: this.#examples, progress });
    this.#examples = 0;
  }

  async #mnist(train: boolean): Promise<datasets.MNIST> {
    const known = this.#sets.get(train);
    if (known !== undefined) return known;
    const { datasets, MnistReader } = this.#tapegrad.data;
    const name = (what: string, dimensions: number) => `${train ? "train" : "t10k"}-${what}-idx${dimensions}-ubyte`;
    const [images, labels] = [name("images", 3), name("labels", 1)];
    post({ type: "reading", what: `MNIST's ${train ? "training" : "test"} images` });
    try {
      const arrays = await Promise.all([
        MnistReader.readImages(this.#find(images)),
        MnistReader.readLabels(this.#find(labels)),
      ]);
      const set = new datasets.MNIST({ train }, arrays);
      this.#sets.set(train, set);
      return set;
    } catch (error) {
      throw new MissingFiles(messageOf(error));
    }
  }

  /** A file that the visitor gave, or the address at which the site may have it. */
  #find(name: string): File | string {
    const given = this.#start.files.find((file) => file.name.replaceAll(".", "-").startsWith(name));
    if (given !== undefined) return given;
    if (this.#start.files.length > 0) throw new Error(`${name} is not among the files`);
    return new URL(`mnist/${name}.gz`, this.#start.base).href;
  }

  async answer(question: Question): Promise<unknown> {
    if (question.what === "sample") return this.#sample();
    const model = this.#model;
    if (model === undefined) throw new Error("the program has not shared a model yet");
    const { decodeSafetensors, encodeSafetensors } = this.#tapegrad.io;
    if (question.what === "weights") return encodeSafetensors(model.stateDict());
    if (question.what === "load") return void model.loadStateDict(decodeSafetensors(question.bytes).tensors);
    return this.#predict(model, question.pixels);
  }

  /** The program may be in the middle of an epoch: the model's mode is changed and put back without a turn between. */
  #predict(model: nn.Module, pixels: Float32Array): Promise<Answers["predict"]> {
    const { noGrad, tensor } = this.#tapegrad;
    const x = tensor(pixels).reshape(1, 1, 28, 28).to(this.#device);
    const wasTraining = model.training;
    model.eval();
    try {
      return noGrad(() => model.forward(x) as Tensor)
        .flatten()
        .softmax(0)
        .data() as Promise<Float32Array>;
    } finally {
      model.train(wasTraining);
    }
  }

  async #sample(): Promise<Answers["sample"]> {
    const set = await this.#mnist(false);
    const [image, label] = set.get(Math.floor(Math.random() * set.length));
    return { pixels: Float32Array.from(await image.data()), label };
  }
}

/** MNIST's files are not where the site would have them. */
class MissingFiles extends Error {}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Modules are imported by their addresses. */
function withAddresses(code: string, addresses: Readonly<Record<string, string>>, base: string): string {
  return code.replace(
    /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(tapegrad(?:\/\w+)?|playground)\2/g,
    (_, before: string, __, name: string) => {
      const file = name === "tapegrad" ? "index" : name.replace("tapegrad/", "");
      return `${before}${JSON.stringify(addresses[name] ?? new URL(`lib/${file}.js`, base).href)}`;
    },
  );
}

function moduleAddress(code: string): string {
  return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
}

async function begin(start: Start): Promise<Run> {
  // gpu.js takes WebGL where there is no WebGPU.
  if (start.choice === "webgl") Object.defineProperty(navigator, "gpu", { value: undefined });
  const tapegrad: Library = await import(/* @vite-ignore */ new URL("lib/index.js", start.base).href);
  const device =
    start.choice === "cpu" ? "cpu" : await tapegrad.selectDevice("gpu", { required: true, warn: () => undefined });
  const { simd, gpu } = tapegrad.deviceInfo();
  post({
    type: "machine",
    machine: {
      device: device === "cpu" ? "cpu" : `${gpu?.mode ?? ""} ${gpu?.name ?? ""}`.trim(),
      threads: tapegrad.getNumThreads(),
      simd: simd !== "none",
      isolated: self.crossOriginIsolated,
    },
  });
  return new Run(start, tapegrad, device);
}

async function execute(run: Run, { code, base }: Start, device: string): Promise<void> {
  const scope = globalThis as { tapegradPlayground?: object };
  scope.tapegradPlayground = { ...run.exports, device };
  const playground = moduleAddress(
    "export const { device, mnist, report, share, show } = globalThis.tapegradPlayground;",
  );
  await import(/* @vite-ignore */ moduleAddress(withAddresses(code, { playground }, base)));
}

let current: Promise<Run> | undefined;

function fail(error: unknown): void {
  post({ type: "error", message: messageOf(error), needsFiles: error instanceof MissingFiles });
}

async function start(message: Start): Promise<void> {
  try {
    current = begin(message);
    await execute(await current, message, message.choice === "cpu" ? "cpu" : "gpu");
    post({ type: "done" });
  } catch (error) {
    fail(error);
  }
}

async function answer(id: number, question: Question): Promise<void> {
  try {
    const value = await (await current)?.answer(question);
    post({ type: "answer", id, value });
  } catch (error) {
    post({ type: "answer", id, error: messageOf(error) });
  }
}

self.addEventListener("unhandledrejection", ({ reason }: PromiseRejectionEvent) => fail(reason));

console.log = (...values: unknown[]) => post({ type: "log", text: values.map(String).join(" ") });

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "start") await start(data);
  else if (data.type === "ask") await answer(data.id, data.question);
  else if (data.type === "pause") (await current)?.gate.close();
  else (await current)?.gate.open();
};

/** @file ONNX Runtime's WebAssembly build, in Node: what exported models are compared with. */
import { type Tensor, tensor } from "tapegrad";

type Elements = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

interface RuntimeTensor {
  readonly data: Elements;
  readonly dims: readonly number[];
  readonly type: string;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
  release(): Promise<void>;
}

/** The part of the package that is used. */
interface Runtime {
  readonly env: { readonly wasm: { numThreads: number }; logLevel: string };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: Elements, dims: readonly number[]) => RuntimeTensor;
}

const PACKAGE: string = "onnxruntime-web";

async function load(): Promise<Runtime> {
  const runtime = (await import(PACKAGE)) as Runtime;
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = "error";
  return runtime;
}

let runtime: Promise<Runtime> | undefined;

/** A model in ONNX Runtime. */
export class RuntimeModel {
  readonly #runtime: Runtime;
  readonly #session: Session;

  private constructor(loaded: Runtime, session: Session) {
    this.#runtime = loaded;
    this.#session = session;
  }

  static async from(bytes: Uint8Array): Promise<RuntimeModel> {
    runtime ??= load();
    const loaded = await runtime;
    const session = await loaded.InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
      logSeverityLevel: 3,
    });
    return new RuntimeModel(loaded, session);
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames;
  }
  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /** The outputs, in their order. */
  async run(inputs: readonly Tensor[]): Promise<Tensor[]> {
    const feeds = this.inputNames.map((name, i) => {
      const input = inputs[i] as Tensor;
      return [name, new this.#runtime.Tensor(input.dtype, input.detach().dataSync(), input.shape)] as const;
    });
    const results = await this.#session.run(Object.fromEntries(feeds));
    return this.outputNames.map((name) => {
      const { data, dims, type } = results[name] as RuntimeTensor;
      const flat = tensor(data as Float32Array, { dtype: type as "float32" });
      return flat.view([...dims]);
    });
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

/** @file The reducer: averages gradients over all ranks in buckets, while the backward pass still runs. */
import { noGrad } from "../autograd/grad-mode.ts";
import type { GraphNode, Pass, PassObserver } from "../autograd/node.ts";
import { gradEdge, peekGrad, registerPostAccumulateHook, setGrad } from "../autograd/tape-state.ts";
import { filledLike } from "../autograd/tensor-base.ts";
import { GraphError } from "../core/errors.ts";
import { isTensor } from "../core/identity.ts";
import type { Parameter } from "../nn/parameter.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { assignBuckets, type Bucket } from "./buckets.ts";
import type { Request, Transport } from "./collective.ts";
import { copyFrom, elementsOf, isDense, stagingBuffer } from "./host-memory.ts";

/** What the reducer needs of {@link DistributedDataParallel}. */
export interface ReducerOptions {
  readonly bucketCapMb: number;
  readonly findUnusedParameters: boolean;
  /** Whether reductions start while the backward pass runs. Otherwise all start at its end. */
  readonly overlap: boolean;
}

/** A bucket in one iteration. */
interface Reduction {
  readonly bucket: Bucket;
  /** Number of gradients that are yet to come. */
  missing: number;
  request: Request | null;
}

const UNFINISHED =
  "[DistributedDataParallel] Expected to have finished reduction in the prior iteration before starting a new one. " +
  "This error indicates that your module has parameters that were not used in producing loss. You can enable unused " +
  "parameter detection with findUnusedParameters: true, and by making sure all forward function outputs participate in " +
  "calculating loss. ";

/** Averages the gradients of parameters. An iteration goes from {@link prepare} to the gradient that comes last. */
export class Reducer implements PassObserver {
  readonly #group: Transport;
  readonly #options: ReducerOptions;
  readonly #names: ReadonlyMap<Parameter, string>;
  #reductions: Reduction[] = [];
  #reductionOf = new Map<Parameter, Reduction>();
  /** The gradients that have come in this iteration, in their order. */
  readonly #ready = new Set<Parameter>();
  /** Parameters that the loss of this iteration does not depend on, on this rank. */
  #unused: ReadonlySet<Parameter> = new Set();
  #isExpecting = false;
  /** Number of reductions that have started: they start in the same order on all ranks. */
  #started = 0;
  #observed: WeakSet<Pass> = new WeakSet();
  #isRebuilt = false;

  constructor(group: Transport, parameters: readonly (readonly [name: string, Parameter])[], options: ReducerOptions) {
    this.#group = group;
    this.#options = options;
    this.#names = new Map(parameters.map(([name, parameter]) => [parameter, name]));
    // Layers are mostly used in the order in which they are declared, and their gradients come in the opposite one.
    this.#assign(parameters.map(([, parameter]) => parameter).reverse());
    for (const [, parameter] of parameters) {
      registerPostAccumulateHook(parameter, (_, pass) => this.#onGradient(parameter, pass));
    }
  }

  /** Number of buckets. */
  get buckets(): number {
    return this.#reductions.length;
  }

  /**
   * Begins an iteration: the next backward pass reduces its gradients.
   *
   * @param outputs What forward gave, to find out which parameters it does not depend on.
   * @throws GraphError if the iteration before did not get all gradients.
   */
  prepare(outputs: unknown): void {
    if (this.#isExpecting && this.#ready.size > 0) throw this.#unfinished();
    if (!this.#isRebuilt && this.#ready.size > 0) this.#rebuild();
    this.#ready.clear();
    this.#started = 0;
    for (const reduction of this.#reductions) {
      reduction.missing = reduction.bucket.parameters.length;
      reduction.request = null;
    }
    this.#unused = this.#options.findUnusedParameters ? this.#unusedIn(outputs) : new Set();
    this.#isExpecting = true;
  }

  /** Lets reductions make progress. */
  step(): void {
    for (let i = 0; i < this.#started; i++) this.#reductions[i]?.request?.test();
  }

  /** Ends the iteration if all gradients have come. */
  end(): void {
    if (!this.#isExpecting || this.#ready.size < this.#names.size) return;
    this.#startReady();
    const used = this.#options.findUnusedParameters ? this.#usedAnywhere() : null;
    for (const { bucket, request } of this.#reductions) {
      request?.wait();
      this.#takeOver(bucket, used);
    }
    this.#isExpecting = false;
  }

  #assign(order: readonly Parameter[]): void {
    this.#reductions = assignBuckets(order, this.#options.bucketCapMb).map((bucket) => ({
      bucket,
      missing: bucket.parameters.length,
      request: null,
    }));
    this.#reductionOf = new Map(
      this.#reductions.flatMap((reduction) => reduction.bucket.parameters.map((p) => [p, reduction] as const)),
    );
  }

  /** Once the order in which gradients come is known, that of rank 0 becomes the order of the buckets. */
  #rebuild(): void {
    this.#isRebuilt = true;
    if (this.#options.findUnusedParameters) return;
    const all = [...this.#names.keys()];
    const indices = new Map(all.map((parameter, i) => [parameter, i]));
    const order = Int32Array.from(this.#ready, (parameter) => indices.get(parameter) as number);
    this.#group.run({ name: "broadcast", data: order, root: 0 });
    this.#assign(Array.from(order, (i) => all[i] as Parameter));
  }

  #onGradient(parameter: Parameter, pass: Pass): void {
    if (!this.#isExpecting) return;
    if (!this.#observed.has(pass)) {
      this.#observed.add(pass);
      pass.observe(this);
    }
    if (this.#ready.size === 0) for (const unused of this.#unused) this.#markReady(unused);
    this.#markReady(parameter);
    if (this.#options.overlap) this.#startReady();
  }

  #markReady(parameter: Parameter): void {
    if (this.#ready.has(parameter)) {
      throw new GraphError(
        `[DistributedDataParallel] Expected to mark a variable ready only once: the gradient of ${this.#names.get(parameter)} ` +
          "has come twice since the last forward. Call forward before each backward, and accumulate inside noSync(() => …).",
      );
    }
    this.#ready.add(parameter);
    const reduction = this.#reductionOf.get(parameter);
    if (reduction !== undefined) reduction.missing--;
  }

  #startReady(): void {
    for (;;) {
      const next = this.#reductions[this.#started];
      if (next === undefined || next.missing > 0) return;
      const { parameters, offsets, buffer } = next.bucket;
      for (const [i, parameter] of parameters.entries()) {
        const start = offsets[i] as number;
        const target = buffer.subarray(start, start + parameter.numel());
        const grad = peekGrad(parameter);
        if (grad === null) target.fill(0);
        else copyFrom(grad, target);
      }
      next.request = this.#group.start({ name: "allReduce", data: buffer, op: "sum", bool: false });
      this.#started++;
    }
  }

  /** Writes the averages to the parameters' `.grad`. */
  #takeOver({ parameters, offsets, buffer }: Bucket, used: ReadonlySet<Parameter> | null): void {
    noGrad(() => {
      for (const [i, parameter] of parameters.entries()) {
        if (used !== null && !used.has(parameter)) continue;
        const start = offsets[i] as number;
        const grad = gradToWrite(parameter);
        elementsOf(grad).set(buffer.subarray(start, start + parameter.numel()));
        grad.mul_(1 / this.#group.size);
      }
    });
  }

  /** The parameters that the loss of some rank depends on. The gradients of others stay as they are. */
  #usedAnywhere(): ReadonlySet<Parameter> {
    const all = [...this.#names.keys()];
    const counts = stagingBuffer("int32", all.length);
    for (const [i, parameter] of all.entries()) counts[i] = this.#unused.has(parameter) ? 0 : 1;
    this.#group.run({ name: "allReduce", data: counts, op: "max", bool: false });
    return new Set(all.filter((_, i) => counts[i] !== 0));
  }

  #unusedIn(outputs: unknown): ReadonlySet<Parameter> {
    const reached = nodesBehind(tensorsIn(outputs));
    return new Set([...this.#names.keys()].filter((parameter) => !reached.has(gradEdge(parameter) as GraphNode)));
  }

  #unfinished(): GraphError {
    const missing = [...this.#names].filter(([parameter]) => !this.#ready.has(parameter)).map(([, name]) => name);
    return new GraphError(
      `${UNFINISHED}Parameters without a gradient on rank ${this.#group.rank}: ${missing.join(", ")}.`,
    );
  }
}

/** A dense gradient of a parameter, to be overwritten. */
function gradToWrite(parameter: Parameter): Tensor {
  const old = peekGrad(parameter);
  if (old !== null && isDense(old)) return old;
  const grad = filledLike(parameter, parameter, 0);
  setGrad(parameter, grad, true);
  return grad;
}

/** The tensors in what a module's forward gave: one, or lists and plain objects of them. */
function tensorsIn(value: unknown, seen: Set<unknown> = new Set()): Tensor[] {
  if (isTensor(value)) return [value];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((item) => tensorsIn(item, seen));
}

/** All nodes of the graph that tensors came from. */
function nodesBehind(tensors: readonly Tensor[]): ReadonlySet<GraphNode> {
  const seen = new Set<GraphNode>();
  const stack = tensors.map(gradEdge);
  while (stack.length > 0) {
    const node = stack.pop();
    if (node == null || seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.nextFunctions);
  }
  return seen;
}

/** @file One running `vmap`: takes operations on batched tensors apart, and runs them for all samples. */
import type { NDArray } from "../../../kernels/backend.ts";
import { apply, applyInPlace } from "../../autograd/apply.ts";
import {
  type BatchingHook,
  batchedTensor,
  batchingHook,
  batchOf,
  detached,
  drawTensor,
  withBatchingHook,
} from "../../autograd/batching.ts";
import { type FunctionClass, runFunction } from "../../autograd/function.ts";
import { type GradOptions, grad, gradOfAll } from "../../autograd/grad.ts";
import type { Op } from "../../autograd/op.ts";
import { GraphError, ShapeError } from "../../core/errors.ts";
import { isTensor } from "../../core/identity.ts";
import { bracketed } from "../../core/shape.ts";
import { stack } from "../../tensor/functional.ts";
import { ops } from "../../tensor/ops/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sampleOf } from "./loop.ts";
import { type Operand, ofRank, samples } from "./operand.ts";
import { elementwise, ruleFor } from "./rules.ts";

/** What random operations do: throw, give all samples the same numbers, or each its own. */
export type Randomness = "error" | "same" | "different";

/** A `vmap` while its function runs. */
export class Level implements BatchingHook {
  readonly batchSize: number;
  readonly #randomness: Randomness;
  /** The `vmap` around this one, if there is one. */
  readonly #outer: BatchingHook | null;
  /** What its batched tensors know it by. */
  #identity: object = this;

  constructor(batchSize: number, randomness: Randomness, outer: BatchingHook | null = batchingHook) {
    this.batchSize = batchSize;
    this.#randomness = randomness;
    this.#outer = outer;
  }

  /** Runs the function of this `vmap`. */
  run<T>(fn: () => T): T {
    return withBatchingHook(this, fn);
  }

  /** Runs what works on all samples: for it there is only the `vmap` around this one. */
  #below<T>(fn: () => T): T {
    return withBatchingHook(this.#outer, fn);
  }

  /** Samples [B, ...] as a batched tensor. */
  wrap(value: Tensor): Tensor {
    return batchedTensor(value, this);
  }

  /** Whether a tensor is a batch of this `vmap`. */
  holds(t: Tensor): boolean {
    const level = batchOf(t)?.level;
    return level instanceof Level && level.#identity === this.#identity;
  }

  operand(t: Tensor): Operand {
    const batch = this.holds(t) ? batchOf(t) : null;
    return { value: batch?.value ?? t, isBatched: batch !== null, shape: t.shape };
  }

  /** The samples of a tensor, batched or shared. */
  samplesOf(t: Tensor): Tensor {
    return samples(this.operand(t), this.batchSize);
  }

  apply<P>(op: Op<readonly NDArray[], P>, inputs: readonly Tensor[], params: P): Tensor {
    const operands = inputs.map((t) => this.operand(t));
    if (!operands.some(({ isBatched }) => isBatched)) return this.#below(() => apply(op, inputs, params));
    const { batchSize } = this;
    return this.wrap(this.#below(() => ruleFor(op)({ op, inputs: operands, params, batchSize })));
  }

  applyInPlace<P>(
    op: Op<readonly NDArray[], P>,
    name: string,
    self: Tensor,
    operands: readonly Tensor[],
    params: P,
  ): Tensor {
    const target = this.operand(self);
    const others = operands.map((t) => this.operand(t));
    if (!target.isBatched) {
      const batched = others.find(({ isBatched }) => isBatched);
      if (batched !== undefined) throw tooFewElements(name, self, batched);
      this.#below(() => applyInPlace(op, name, self, operands, params));
      return self;
    }
    this.#below(() => {
      const rule = ruleFor(op);
      if (rule === elementwise) {
        const rank = target.shape.length;
        checkFits(name, target, others);
        const values = others.map((operand) => ofRank(operand, rank));
        applyInPlace(op, name, target.value, values, params);
      } else {
        const result = rule({ op, inputs: [target, ...others], params, batchSize: this.batchSize });
        applyInPlace(ops.copy_, name, target.value, [result], null);
      }
    });
    return self;
  }

  grad(outputs: readonly Tensor[], inputs: readonly Tensor[], options: GradOptions): (Tensor | null)[] {
    const given = options.gradOutputs as readonly (Tensor | null)[];
    if (outputs.some((t) => this.holds(t))) return this.#gradOfSamples(outputs, inputs, options, given);
    if (!given.some((t) => t !== null && this.holds(t))) return this.#below(() => grad(outputs, inputs, options));
    const outer = this.#outer;
    if (outer instanceof Level && outputs.some((t) => batchOf(t) !== null)) {
      return outputs.some((t) => outer.holds(t))
        ? this.#gradInside(outer, outputs, inputs, options, given)
        : this.#gradOfEach(outputs, inputs, options, given);
    }
    // A graph from outside, and a gradient for each sample. Operations on tensors know of batches, kernels do not: the
    // pass has to be made of what is recorded.
    const createGraph = options.createGraph === true;
    const grads = gradOfAll(outputs, inputs, {
      ...options,
      gradOutputs: given,
      createGraph: true,
      retainGraph: options.retainGraph ?? createGraph,
    });
    return createGraph ? grads : grads.map((g) => (g === null ? null : detached(g)));
  }

  /** Of a graph of all samples: those of the sum of the outputs, which for each sample are its own. */
  #gradOfSamples(
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    options: GradOptions,
    given: readonly (Tensor | null)[],
  ): (Tensor | null)[] {
    this.#checkGrad(outputs, inputs, given);
    return this.#below(() => {
      const whole = outputs.map((t) => this.samplesOf(t));
      const gradOutputs = whole.map((t, i) => {
        const seed = given[i] ?? null;
        return seed === null ? ones(t) : this.samplesOf(seed);
      });
      const leaves = inputs.map((t) => this.samplesOf(t));
      return grad(whole, leaves, { ...options, gradOutputs });
    }).map((g) => (g === null ? null : this.wrap(g)));
  }

  /** @throws GraphError for a gradient that would mix the samples, or of an output of several elements. */
  #checkGrad(outputs: readonly Tensor[], inputs: readonly Tensor[], given: readonly (Tensor | null)[]): void {
    if (!inputs.every((t) => this.holds(t))) {
      throw new GraphError(
        "[grad] vmap: a gradient of batched outputs was asked for a tensor that is not batched, so it would be the sum over " +
          "the batch. Differentiate with func.grad or func.vjp inside vmap, which take the tensor as an argument.",
      );
    }
    for (const [i, out] of outputs.entries()) {
      if (given[i] != null || out.numel() === 1) continue;
      throw new GraphError(
        `[grad] grad can be implicitly created only for scalar outputs, but the output has shape ${bracketed(out.shape)}. ` +
          "Reduce it to one number, or pass a gradient of its shape.",
      );
    }
  }

  /**
   * Of a graph of all samples of `outer`, for a batch of gradients for each of them. The graph is that of the samples: it
   * is as if this `vmap` were around the other.
   */
  #gradInside(
    outer: Level,
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    options: GradOptions,
    given: readonly (Tensor | null)[],
  ): (Tensor | null)[] {
    outer.#checkGrad(outputs, inputs, given);
    const outside = new Level(this.batchSize, this.#randomness, outer.#outer);
    const grads = outer.#below(() => {
      const whole = outputs.map((t) => outer.samplesOf(t));
      const leaves = inputs.map((t) => outer.samplesOf(t));
      const gradOutputs = whole.map((t, i) => {
        const seed = given[i] ?? null;
        if (seed === null) return ones(t);
        const { value, isBatched } = this.operand(seed);
        const inner = outer.operand(value);
        if (!isBatched) return samples(inner, outer.batchSize);
        const swapped = inner.isBatched
          ? inner.value.movedim(1, 0)
          : inner.value.unsqueeze(1).expand([this.batchSize, ...t.shape]);
        return outside.wrap(swapped);
      });
      const results = outside.run(() => grad(whole, leaves, { ...options, gradOutputs }));
      return results.map((g) => (g === null ? null : outside.samplesOf(g).movedim(1, 0)));
    });
    return grads.map((g) => (g === null ? null : this.wrap(outer.wrap(g))));
  }

  /** One pass for each gradient of the batch. */
  #gradOfEach(
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    options: GradOptions,
    given: readonly (Tensor | null)[],
  ): (Tensor | null)[] {
    const operands = given.map((g) => g && this.operand(g));
    const passes = this.#below(() =>
      Array.from({ length: this.batchSize }, (_, b) => {
        const gradOutputs = operands.map((operand) => operand && sampleOf(operand, b));
        const retainGraph = b < this.batchSize - 1 ? true : options.retainGraph;
        return grad(outputs, inputs, { ...options, retainGraph, gradOutputs });
      }),
    );
    return inputs.map((_, i) => {
      const list = passes.map((grads) => grads[i] ?? null);
      return list.includes(null) ? null : this.wrap(this.#below(() => stack(list as Tensor[])));
    });
  }

  random(op: string, shape: readonly number[], draw: (shape: readonly number[]) => Tensor): Tensor {
    if (this.#randomness === "error") {
      throw new GraphError(
        `[${op}] vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' ` +
          "randomness flags on vmap or perform the randomness operation out of vmap",
      );
    }
    if (this.#randomness === "same") return this.#below(() => drawTensor(op, shape, draw));
    return this.wrap(this.#below(() => drawTensor(op, [this.batchSize, ...shape], draw)));
  }

  refusal(op: string, instead: string): GraphError {
    return new GraphError(`[${op}] this is not supported inside vmap. ${instead}`);
  }

  handle(t: Tensor, make: (t: Tensor) => Tensor): Tensor {
    return this.wrap(this.#below(() => handleOn(this.samplesOf(t), make)));
  }

  callFunction<Args extends readonly unknown[], Result>(definition: FunctionClass<Args, Result>, args: Args): Result {
    const operands = args.map((arg) => (isTensor(arg) ? this.operand(arg) : null));
    if (!operands.some((operand) => operand?.isBatched)) return this.#below(() => runCustom(definition, args));
    const whole = this.#onSamples(definition, operands);
    const values = args.map((arg, i) => operands[i]?.value ?? arg) as unknown as Args;
    const result = this.#below(() => runCustom(whole, values));
    if (Array.isArray(result)) return result.map((out) => (isTensor(out) ? this.wrap(out) : out)) as Result;
    return (isTensor(result) ? this.wrap(result) : result) as Result;
  }

  /** The same custom operation on the samples of its tensors. */
  #onSamples<Args extends readonly unknown[], Result>(
    definition: FunctionClass<Args, Result>,
    operands: readonly (Operand | null)[],
  ): FunctionClass<Args, Result> {
    const samplesIn = (value: unknown): unknown => (isTensor(value) ? this.samplesOf(value) : value);
    return {
      name: definition.name,
      forward: (ctx, ...args) => {
        const own = args.map((arg, i) => (operands[i]?.isBatched ? this.wrap(arg as Tensor) : arg)) as unknown as Args;
        const result: unknown = this.run(() => definition.forward(ctx, ...own));
        return (Array.isArray(result) ? result.map(samplesIn) : samplesIn(result)) as Result;
      },
      backward: (ctx, ...grads) => {
        // The pass may run when this vmap is over, or inside another.
        const here = this.#inside(batchingHook);
        const own = grads.map((grad: unknown) => (isTensor(grad) ? here.wrap(grad) : grad)) as never[];
        const returned = here.run(() => definition.backward(ctx, ...own));
        const list = Array.isArray(returned) ? (returned as readonly (Tensor | null | undefined)[]) : [returned];
        return list.map((g, i) => {
          if (!isTensor(g)) return g as null | undefined;
          const whole = here.samplesOf(g);
          return operands[i]?.isBatched === false ? whole.sum(0) : whole;
        });
      },
    };
  }

  /** This `vmap`, inside another than the one that it was called in. */
  #inside(outer: BatchingHook | null): Level {
    const level = new Level(this.batchSize, this.#randomness, outer);
    level.#identity = this.#identity;
    return level;
  }
}

/** A custom operation, where a `vmap` may be running. */
function runCustom<Args extends readonly unknown[], Result>(
  definition: FunctionClass<Args, Result>,
  args: Args,
): Result {
  return batchingHook === null ? runFunction(definition, args) : batchingHook.callFunction(definition, args);
}

/** The gradient of a sum with respect to its terms. */
function ones(like: Tensor): Tensor {
  return like.newOnes([]).expand(like.shape);
}

/** A new handle on an input of a derivative, where a `vmap` may be running. */
export function handleOn(t: Tensor, make: (t: Tensor) => Tensor): Tensor {
  return batchingHook === null ? make(t) : batchingHook.handle(t, make);
}

function tooFewElements(name: string, self: Tensor, other: Operand): GraphError {
  return new GraphError(
    `[${name}] vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor \`other\` in extra_args ` +
      `that has more elements than \`self\`: ${bracketed(other.value.shape)} for the batch, but self has ${bracketed(self.shape)} and is ` +
      `not batched. Use the out-of-place form, or make self batched: x.${name.replace(/_$/, "")}(…) of a batched x.`,
  );
}

/** An in-place result has the shape of its target: operands of more dimensions do not fit. */
function checkFits(name: string, target: Operand, others: readonly Operand[]): void {
  for (const { shape } of others) {
    if (shape.length <= target.shape.length) continue;
    throw new ShapeError(
      `[${name}] output with shape ${bracketed(target.shape)} doesn't match the broadcast shape ${bracketed(shape)}`,
    );
  }
}

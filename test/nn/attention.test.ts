/** @file Attention beyond its goldens: derivatives against differences, types, refusals. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { autograd, manualSeed, ones, rand, randn, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

const F = nn.functional;
const doubles = (...shape: number[]): Tensor => randn(...shape, { dtype: "float64", requiresGrad: true });
const causal = ones(3, 3).triu(1).bool();

function expectDerivatives(fn: (...inputs: Tensor[]) => Tensor | Tensor[], inputs: Tensor[]): void {
  expect(autograd.gradcheck(fn, inputs)).toBe(true);
  expect(autograd.gradgradcheck(fn, inputs)).toBe(true);
}

describe("first and second derivatives against differences", () => {
  test.each([
    ["plain", {}],
    ["causal", { attnMask: causal }],
    ["with padding", { keyPaddingMask: tensor([[false, false, true]]), averageAttnWeights: false }],
    ["with a key of zeros", { addZeroAttn: true, attnMask: causal }],
  ] as const)("self-attention, %s, and its weights", (_, options) => {
    manualSeed(0);
    const inputs = [doubles(3, 1, 4), doubles(12, 4), doubles(12), doubles(4, 4), doubles(4)];
    const attend = (x: Tensor, inProjWeight: Tensor, inProjBias: Tensor, outProjWeight: Tensor, outProjBias: Tensor) =>
      F.multiHeadAttentionForward(x, x, x, {
        numHeads: 2,
        inProjWeight,
        inProjBias,
        outProjWeight,
        outProjBias,
        ...options,
      }) as Tensor[];
    expectDerivatives(attend, inputs);
  });

  test("of one sequence to another, with a mask that learns, and keys that do", () => {
    manualSeed(1);
    const inputs = [doubles(2, 4), doubles(3, 3), doubles(3, 2), doubles(4, 4), doubles(4, 3), doubles(4, 2)];
    const attend = (q: Tensor, k: Tensor, v: Tensor, wq: Tensor, wk: Tensor, wv: Tensor, mask: Tensor, b: Tensor) =>
      F.multiHeadAttentionForward(q, k, v, {
        numHeads: 1,
        qProjWeight: wq,
        kProjWeight: wk,
        vProjWeight: wv,
        outProjWeight: wq,
        attnMask: mask,
        biasK: b,
        biasV: b,
      }) as Tensor[];
    expectDerivatives(attend, [...inputs, doubles(2, 3), doubles(1, 1, 4)]);
  });

  test("of the products themselves", () => {
    manualSeed(2);
    const inputs = [doubles(2, 3, 2), doubles(2, 3, 2), doubles(2, 3, 3)];
    expectDerivatives((q, k, v) => F.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor), inputs);
    expectDerivatives(
      (q, k, v) => F.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, { isCausal: true, scale: 2 }),
      inputs,
    );
    expectDerivatives(
      (q, k, v, mask) => F.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, mask as Tensor),
      [...inputs, doubles(3, 3)],
    );
  });

  test.each([false, true])("of an encoder, normFirst %s", (normFirst) => {
    manualSeed(3);
    const options = { dimFeedforward: 3, dropout: 0, activation: "gelu", normFirst, dtype: "float64" } as const;
    const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, options), 2);
    expectDerivatives((x) => encoder.forward(x as Tensor, { mask: causal }), [doubles(3, 1, 4)]);
  });
});

describe("scaledDotProductAttention", () => {
  test("is attention of one head without projections", () => {
    manualSeed(0);
    const [q, k, v] = [randn(2, 3, 4), randn(2, 5, 4), randn(2, 5, 4)];
    const one = zeros(4, 4).add(ones(4).view(1, 4)).tril().triu();
    const [output] = F.multiHeadAttentionForward(q.transpose(0, 1), k.transpose(0, 1), v.transpose(0, 1), {
      numHeads: 1,
      qProjWeight: one,
      kProjWeight: one,
      vProjWeight: one,
      outProjWeight: one,
    });
    expect(F.scaledDotProductAttention(q, k, v).allclose(output.transpose(0, 1), { atol: 1e-6 })).toBe(true);
  });
  test("takes any leading dimensions, and values of another width", () => {
    expect(F.scaledDotProductAttention(rand(2, 3, 4, 5), rand(3, 6, 5), rand(2, 1, 6, 7)).shape).toEqual([2, 3, 4, 7]);
  });
  test("a causal mask is a mask", () => {
    const [q, k, v] = [rand(3, 2), rand(3, 2), rand(3, 2)];
    const byMask = F.scaledDotProductAttention(q, k, v, { attnMask: causal.logicalNot() });
    expect(F.scaledDotProductAttention(q, k, v, { isCausal: true }).equal(byMask)).toBe(true);
    expect(byMask.at(0).allclose(v.at(0))).toBe(true);
  });
  test("drops out when asked to", () => {
    manualSeed(0);
    const x = ones(4, 4);
    const kept = F.scaledDotProductAttention(x, x, x, { dropoutP: 0.5 }).toArraySync<number[][]>();
    expect(new Set(kept.flat())).not.toEqual(new Set([1]));
    expect(F.scaledDotProductAttention(x, x, x, null, 0).equal(x)).toBe(true);
  });
  test("refuses what makes no sense", () => {
    const x = ones(2, 2);
    expect(() => F.scaledDotProductAttention(ones(2), x, x)).toThrow(
      "[scaledDotProductAttention] expected query, key and value of at least 2 dimensions, but they have 1, 2 and 2",
    );
    expect(() => F.scaledDotProductAttention(x, x, x, { attnMask: x, isCausal: true })).toThrow(
      "Explicit attn_mask should not be set when is_causal=True",
    );
    expect(() => F.scaledDotProductAttention(x, x, x, x.int())).toThrow("expected attn_mask of bools or floats");
    expect(() => F.scaledDotProductAttention(x, x.double(), x)).toThrow("expected scalar type Float but found Double");
    expect(() => F.scaledDotProductAttention(x, x, x, null, 2)).toThrow("dropout probability");
  });
});

describe("MultiheadAttention", () => {
  test("weights are of the type that was asked for", () => {
    const layer = new nn.MultiheadAttention(4, 2);
    const x = ones(2, 1, 4);
    expectTypeOf(layer.forward(x, x, x)).toEqualTypeOf<[output: Tensor, weights: Tensor]>();
    expectTypeOf(layer.forward(x, x, x, { needWeights: false })).toEqualTypeOf<[output: Tensor, weights: null]>();
    const perhaps: boolean = layer.training;
    expectTypeOf(layer.forward(x, x, x, { needWeights: perhaps })[1]).toEqualTypeOf<Tensor | null>();
    expect(layer.forward(x, x, x, { needWeights: false })[1]).toBeNull();
  });
  test("a hidden key has no weight", () => {
    const layer = new nn.MultiheadAttention(4, 2, { batchFirst: true });
    const x = rand(1, 3, 4);
    const [, weights] = layer.forward(x, x, x, { keyPaddingMask: tensor([[false, true, false]]) });
    expect(weights.at(0, null, 1).toArraySync()).toEqual([0, 0, 0]);
    expect(weights.sum(-1).allclose(ones(1, 3))).toBe(true);
  });
  test("moves to another dtype and loads PyTorch's keys", () => {
    const layer = new nn.MultiheadAttention(4, 2, { addBiasKv: true });
    const keys = ["in_proj_weight", "in_proj_bias", "bias_k", "bias_v", "out_proj.weight", "out_proj.bias"];
    expect(Object.keys(layer.stateDict())).toEqual(keys);
    const other = new nn.MultiheadAttention(4, 2, { addBiasKv: true, dtype: "float64" });
    expect(other.loadStateDict(layer.stateDict())).toEqual({ missingKeys: [], unexpectedKeys: [] });
    const x = rand(2, 4);
    expect(
      other
        .float()
        .forward(x, x, x)[0]
        .equal(layer.forward(x, x, x)[0]),
    ).toBe(true);
  });
  test("refuses sizes that do not fit, in PyTorch's words", () => {
    const layer = new nn.MultiheadAttention(4, 2);
    const x = ones(3, 2, 4);
    const attend = (options: nn.functional.AttentionOptions) => () => layer.forward(x, x, x, options);
    expect(() => new nn.MultiheadAttention(4, 3)).toThrow("embed_dim must be divisible by num_heads");
    expect(() => new nn.MultiheadAttention(0, 1)).toThrow("[MultiheadAttention] embedDim must be an integer");
    expect(() => new nn.MultiheadAttention(4, 2, 1.5)).toThrow("[MultiheadAttention] dropout probability");
    expect(() => layer.forward(ones(3, 2, 5), x, x)).toThrow("was expecting embedding dimension of 4, but got 5");
    expect(() => layer.forward(ones(4), ones(4), ones(4))).toThrow(
      "query should be unbatched 2D or batched 3D tensor but received 1-D query tensor",
    );
    expect(() => layer.forward(x, x.at(0), x)).toThrow(
      "For batched (3-D) `query`, expected `key` and `value` to be 3-D but found 2-D and 3-D tensors respectively",
    );
    expect(() => layer.forward(x, x, ones(2, 2, 4))).toThrow("key's sequence and batch dims torch.Size([3, 2])");
    expect(() => layer.forward(x, ones(3, 1, 4), ones(3, 1, 4))).toThrow("the query's batch size 2, but got 1");
    expect(() => layer.forward(x, x, x.double())).toThrow("expected scalar type Float but found Double");
    expect(attend({ keyPaddingMask: ones(2, 3).int() })).toThrow(
      "only bool and floating types of key_padding_mask are supported",
    );
    expect(attend({ keyPaddingMask: ones(2, 4).bool() })).toThrow(
      "expecting key_padding_mask shape of (2, 3), but got torch.Size([2, 4])",
    );
    expect(attend({ keyPaddingMask: ones(3).bool() })).toThrow("to be `None` or 2-D but found 1-D tensor instead");
    expect(attend({ attnMask: ones(2, 3).bool() })).toThrow(
      "The shape of the 2D attn_mask is torch.Size([2, 3]), but should be (3, 3).",
    );
    expect(attend({ attnMask: ones(2, 3, 3) })).toThrow("but should be (4, 3, 3).");
    expect(attend({ attnMask: ones(3) })).toThrow("expected `attn_mask` to be `None`, 2-D or 3-D but found 1-D");
    expect(attend({ attnMask: ones(3, 3).int() })).toThrow("Only float, byte, and bool types are supported");
    expect(attend({ attnMask: ones(3, 3).double() })).toThrow("the mask must have the input's dtype");
    const weights = { numHeads: 2, outProjWeight: ones(4, 4) };
    expect(() => F.multiHeadAttentionForward(x, x, x, weights)).toThrow("expected inProjWeight, or qProjWeight");
    expect(() =>
      F.multiHeadAttentionForward(x, x, x, { ...weights, inProjWeight: ones(12, 4), biasK: ones(1, 1, 4) }),
    ).toThrow("biasK and biasV must both be given or both be null");
    expect(() => F.multiHeadAttentionForward(x, x, x, { ...weights, inProjWeight: ones(12, 4), numHeads: 3 })).toThrow(
      "embed_dim 4 not divisible by num_heads 3",
    );
  });
  test("float masks of pairs and of keys come together", () => {
    manualSeed(0);
    const layer = new nn.MultiheadAttention(4, 1);
    const x = rand(3, 1, 4);
    const hidden = tensor([[0, 0, Number.NEGATIVE_INFINITY]]);
    const both = layer.forward(x, x, x, { attnMask: causal, keyPaddingMask: hidden });
    const bools = layer.forward(x, x, x, { attnMask: causal, keyPaddingMask: hidden.ne(0) });
    expect(both[0].equal(bools[0])).toBe(true);
  });
});

describe("TransformerEncoder", () => {
  const options = { dimFeedforward: 4, dropout: 0 } as const;

  test("its layers are copies that learn on their own", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, options);
    const encoder = new nn.TransformerEncoder(layer, 2);
    expectTypeOf(encoder.layers.at(0)).toEqualTypeOf<nn.TransformerEncoderLayer>();
    const [first, second] = [encoder.layers.at(0), encoder.layers.at(1)];
    expect(first.linear1.weight.equal(layer.linear1.weight)).toBe(true);
    encoder
      .forward(rand(2, 1, 4))
      .sum()
      .backward();
    expect(layer.linear1.weight.grad).toBeNull();
    first.linear1.weight.detach().zero_();
    expect(second.linear1.weight.equal(layer.linear1.weight)).toBe(true);
    expect(encoder.parameters().length).toBe(2 * layer.parameters().length);
  });

  test("layers of one's own", () => {
    class Plain extends nn.Module {
      fc = new nn.Linear(4, 4);
      seen = 0;
      forward(x: Tensor, masks: nn.EncoderLayerMasks = {}): Tensor {
        this.seen += masks.srcMask == null ? 0 : 1;
        return this.fc.forward(x);
      }
    }
    const encoder = new nn.TransformerEncoder(new Plain(), 2, new nn.LayerNorm(4));
    expectTypeOf(encoder.layers.at(0)).toEqualTypeOf<Plain>();
    expect(encoder.forward(rand(3, 4), causal).shape).toEqual([3, 4]);
    expect([...encoder.layers].map((layer) => layer.seen)).toEqual([1, 1]);
    expect(Object.keys(encoder.stateDict())).toContain("norm.weight");
  });

  test("an activation may be a function", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, { ...options, activation: (x) => x.tanh() });
    expect(layer.children().length).toBe(8);
    const named = new nn.TransformerEncoderLayer(4, 2, { ...options, activation: new nn.Tanh() });
    named.loadStateDict(layer.stateDict());
    const x = rand(2, 4);
    expect(named.forward(x).equal(layer.forward(x))).toBe(true);
    expect(() => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as never })).toThrow(
      "activation should be relu/gelu, not tanh",
    );
  });

  test("refuses a mask of integers, and a wrong count", () => {
    const layer = new nn.TransformerEncoderLayer(4, 2, options);
    const encoder = new nn.TransformerEncoder(layer, 1);
    const srcKeyPaddingMask = ones(1, 2).int();
    expect(() => encoder.forward(rand(2, 1, 4), { srcKeyPaddingMask })).toThrow("[TransformerEncoder] only bool and");
    expect(() => layer.forward(rand(2, 1, 4), { srcKeyPaddingMask })).toThrow("[TransformerEncoderLayer] only bool");
    expect(() => new nn.TransformerEncoder(layer, -1)).toThrow("[TransformerEncoder] numLayers must be an integer");
  });
});

/** @file Single operations and short chains at sizes that programs have. The names are those of steps.py. */
import { autograd, nn, randint, randn, type Tensor } from "tapegrad";
import type { Workload } from "./models.ts";

const MILLION = 1_000_000;

/** A chain from a leaf to a result, forward and backward. */
function bothWays(leaves: readonly Tensor[], call: () => Tensor): () => unknown {
  for (const leaf of leaves) leaf.requiresGrad_();
  const upstream = randn(call().shape, { dtype: leaves[0]?.dtype ?? "float32" });
  return () => autograd.grad(call(), leaves, { gradOutputs: upstream });
}

/** A layer on an input, with the gradients of both. */
function layerBothWays(
  layer: nn.Module,
  x: Tensor,
  call: (x: Tensor) => Tensor = (v) => layer.forward(v),
): () => unknown {
  return bothWays([...(x.isFloatingPoint() ? [x] : []), ...layer.parameters()], () => call(x));
}

const product = (n: number, dtype: "float32" | "float64") => () => {
  const [a, b] = [randn([n, n], { dtype }), randn([n, n], { dtype })];
  return () => a.matmul(b);
};

export const OPERATIONS: Readonly<Record<string, Workload>> = {
  "topk(10) of 10⁶": () => {
    const x = randn([MILLION]);
    return () => x.topk(10);
  },
  "matmul 512³, float64": product(512, "float64"),
  "matmul 1024³": product(1024, "float32"),
  "matmul 2048³": product(2048, "float32"),
  "int32 arithmetic and comparison, 10⁶": () => {
    const [a, b] = [randint(1, 1000, [MILLION]), randint(1, 1000, [MILLION])];
    return () => a.mul(3).add(b).gt(b.sub(a));
  },
  "Embedding 50,000×128, both ways": () => {
    return layerBothWays(new nn.Embedding(50_000, 128), randint(0, 50_000, [32, 64]));
  },
  "randn(10⁶)": () => () => randn([MILLION]),
  "float64 tanh, product, sum, 10⁶, both ways": () => {
    const [x, y] = [randn([MILLION], { dtype: "float64" }), randn([MILLION], { dtype: "float64" })];
    return bothWays([x], () => x.tanh().mul(y).sum());
  },
  "LayerNorm 4096×512, both ways": () => layerBothWays(new nn.LayerNorm(512), randn([4096, 512])),
  "sort of 10⁶": () => {
    const x = randn([MILLION]);
    return () => x.sort();
  },
  "depthwise Conv2d, both ways": () => {
    return layerBothWays(new nn.Conv2d(64, 64, 3, { padding: 1, groups: 64 }), randn([8, 64, 32, 32]));
  },
  "GELU, sigmoid, products, 10⁶, both ways": () => {
    const [x, y] = [randn([MILLION]), randn([MILLION])];
    return bothWays([x], () => nn.functional.gelu(x).mul(x.mul(y).sigmoid()).mul(y));
  },
  "Conv1d, ReLU, MaxPool1d, both ways": () => {
    const conv = new nn.Conv1d(16, 32, 5, { padding: 2 });
    const { maxPool1d, relu } = nn.functional;
    return layerBothWays(conv, randn([16, 16, 512]), (x) => maxPool1d(relu(conv.forward(x)), 2));
  },
  "cumsum of 1000×1000": () => {
    const x = randn([1000, 1000]);
    return () => x.cumsum(1);
  },
  "softmax of 1024×1024": () => {
    const x = randn([1024, 1024]);
    return () => x.softmax(1);
  },
  "sum of 10⁷": () => {
    const x = randn([10 * MILLION]);
    return () => x.sum();
  },
  "transposed copy of 2000×2000": () => {
    const x = randn([2000, 2000]);
    return () => x.t().contiguous();
  },
};

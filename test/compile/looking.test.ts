/** @file What a program shows of itself: text, figures, a graph. */
import { describe, expect, it } from "vitest";
import { compile, nn, ones, optim, type Tensor } from "../../src/entry/index.ts";

function makeStep(): ((x: Tensor) => Tensor) & {
  programs: readonly { toDot(): string; stats: { calls: number; eagerCalls: number } }[];
} {
  const w = new nn.Parameter(ones(4, 600));
  const optimizer = new optim.SGD([w], { lr: 0.1 });
  const step = compile(function learn(x: Tensor) {
    const loss = w.mul(x).sin().add(1).square().sum();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  });
  step(ones(4, 600));
  return step;
}

describe("a program", () => {
  it("lists its calls, and what is fused", () => {
    const text = String(makeStep().programs[0]);
    expect(text).toMatch(/^learn\(%0: f32 × 2400\)\n/);
    expect(text).toContain("fused(");
    expect(text).toContain("optimizerStep(sgd, ");
  });

  it("has figures", () => {
    const stats = makeStep().programs[0]?.stats;
    expect(stats?.calls).toBeLessThan(stats?.eagerCalls ?? 0);
  });

  it("is a graph for Graphviz: a node for every call, and edges between known nodes", () => {
    const program = makeStep().programs[0];
    const dot = program?.toDot() ?? "";
    expect(dot.startsWith('digraph "learn" {\n')).toBe(true);
    const nodes = new Set([...dot.matchAll(/^ {2}([cs]\d+) \[label=/gm)].map(([, node]) => node));
    const edges = [...dot.matchAll(/^ {2}([cs]\d+) -> ([cs]\d+) /gm)];
    expect([...nodes].filter((node) => node?.startsWith("c"))).toHaveLength(program?.stats.calls ?? 0);
    expect(edges.length).toBeGreaterThan(3);
    for (const [, from, to] of edges) expect([nodes.has(from), nodes.has(to)]).toEqual([true, true]);
    expect(dot.replaceAll(/\\./g, "").split('"').length % 2).toBe(1);
  });
});

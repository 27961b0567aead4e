/** @file Programs in many styles, as a newcomer would write them: compiled they give the bits of those that are not. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  autograd,
  cat,
  compile,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../src/entry/index.ts";
import { bitsOf } from "./bits.ts";

const { functional: F } = nn;

type Compile = <T extends (...args: never[]) => unknown>(fn: T) => T;

/** Programs as people write them: each compiles functions with `c`, and gives the bits of what it has computed. */
const PROGRAMS: Readonly<Record<string, (c: Compile) => string[]>> = {
  "a GAN with a step for each network"(c) {
    const G = new nn.Sequential(new nn.Linear(4, 16), new nn.ReLU(), new nn.Linear(16, 6));
    const D = new nn.Sequential(new nn.Linear(6, 16), new nn.LeakyReLU(0.2), new nn.Linear(16, 1));
    const og = new optim.Adam(G.parameters(), { lr: 0.01, betas: [0.5, 0.999] });
    const od = new optim.Adam(D.parameters(), { lr: 0.01, betas: [0.5, 0.999] });
    const bce = new nn.BCEWithLogitsLoss();
    const trainD = c((real: Tensor) => {
      od.zeroGrad();
      const fake = noGrad(() => G.forward(randn(real.size(0), 4)));
      const loss = bce
        .forward(D.forward(real), ones(real.size(0), 1))
        .add(bce.forward(D.forward(fake), zeros(real.size(0), 1)));
      loss.backward();
      od.step();
      return loss;
    });
    const trainG = c((n: number) => {
      og.zeroGrad();
      const loss = bce.forward(D.forward(G.forward(randn(n, 4))), ones(n, 1));
      loss.backward();
      og.step();
      return loss;
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      out.push(bitsOf(trainD(randn(5, 6))));
      out.push(bitsOf(trainG(5)));
    }
    return [...out, ...G.parameters().map(bitsOf), ...D.parameters().map(bitsOf)];
  },
  "a GAN in one step"(c) {
    const G = new nn.Sequential(new nn.Linear(4, 16), new nn.BatchNorm1d(16), new nn.ReLU(), new nn.Linear(16, 6));
    const D = new nn.Sequential(new nn.Linear(6, 16), new nn.LeakyReLU(0.2), new nn.Dropout(0.3), new nn.Linear(16, 1));
    const og = new optim.Adam(G.parameters(), { lr: 0.01 }),
      od = new optim.RMSprop(D.parameters(), { lr: 0.01 });
    const step = c((real: Tensor) => {
      const n = real.size(0);
      const fake = G.forward(randn(n, 4));
      D.zeroGrad();
      const lossD = F.binaryCrossEntropyWithLogits(D.forward(real), ones(n, 1)).add(
        F.binaryCrossEntropyWithLogits(D.forward(fake.detach()), zeros(n, 1)),
      );
      lossD.backward();
      od.step();
      G.zeroGrad();
      const lossG = F.binaryCrossEntropyWithLogits(D.forward(fake), ones(n, 1));
      lossG.backward();
      og.step();
      return { lossD, lossG };
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      const r = step(randn(5, 6));
      out.push(bitsOf(r.lossD), bitsOf(r.lossG));
    }
    return [
      ...out,
      ...G.parameters().map(bitsOf),
      ...D.parameters().map(bitsOf),
      ...Object.values(G.stateDict()).map(bitsOf),
    ];
  },
  "gradients that add up over calls"(c) {
    const m = new nn.Linear(6, 3);
    const o = new optim.SGD(m.parameters(), { lr: 0.1, momentum: 0.9 });
    const micro = c((x: Tensor, y: Tensor) => {
      const l = F.crossEntropy(m.forward(x), y).div(4);
      l.backward();
      return l;
    });
    const update = c(() => {
      nn.utils.clipGradNorm_(m.parameters(), 1);
      o.step();
      o.zeroGrad();
    });
    const out: string[] = [];
    for (let i = 0; i < 16; i++) {
      out.push(bitsOf(micro(randn(4, 6), randint(0, 3, [4]))));
      if (i % 4 === 3) update();
    }
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "gradients that add up, with a flag for the last"(c) {
    const m = new nn.Linear(6, 3);
    const o = new optim.Adam(m.parameters(), { lr: 0.1 });
    const step = c((x: Tensor, y: Tensor, last: boolean) => {
      const l = F.crossEntropy(m.forward(x), y).div(4);
      l.backward();
      if (last) {
        o.step();
        o.zeroGrad();
      }
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 16; i++) out.push(bitsOf(step(randn(4, 6), randint(0, 3, [4]), i % 4 === 3)));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "zeros instead of no gradients"(c) {
    const m = new nn.Linear(6, 3);
    const o = new optim.Adam(m.parameters(), { lr: 0.1 });
    const step = c((x: Tensor, y: Tensor) => {
      o.zeroGrad(false);
      const l = F.crossEntropy(m.forward(x), y);
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randn(4, 6), randint(0, 3, [4]))));
    return [...out, ...m.parameters().map(bitsOf), ...m.parameters().map((p) => bitsOf(p.grad!))];
  },
  "a closure of LBFGS"(c) {
    const m = new nn.Linear(3, 1);
    const o = new optim.LBFGS(m.parameters(), { lr: 0.5, maxIter: 5 });
    const [x, y] = [randn(20, 3), randn(20, 1)];
    const loss = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      l.backward();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 4; i++)
      out.push(
        bitsOf(
          o.step(() => {
            o.zeroGrad();
            return loss(x, y);
          }) as Tensor,
        ),
      );
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "sequences of many lengths"(c) {
    const rnn = new nn.LSTM(3, 8, { batchFirst: true });
    const head = new nn.Linear(8, 2);
    const o = new optim.Adam([...rnn.parameters(), ...head.parameters()], { lr: 0.01 });
    const step = c((x: Tensor, y: Tensor) => {
      const [, [h]] = rnn.forward(x);
      const l = F.crossEntropy(head.forward(h.squeeze(0)), y);
      o.zeroGrad();
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (const T of [3, 5, 3, 7, 5, 3, 1, 7, 2, 4, 6, 8, 9, 10, 11])
      out.push(bitsOf(step(randn(4, T, 3), randint(0, 2, [4]))));
    return [...out, ...rnn.parameters().map(bitsOf)];
  },
  "truncated backpropagation through time"(c) {
    const cell = new nn.GRUCell(3, 8);
    const head = new nn.Linear(8, 1);
    const o = new optim.SGD([...cell.parameters(), ...head.parameters()], { lr: 0.05 });
    let h = zeros(2, 8);
    const step = c((x: Tensor, y: Tensor, h0: Tensor) => {
      let h = h0;
      let loss = zeros(1).sum();
      for (let t = 0; t < 4; t++) {
        h = cell.forward(x.select(1, t), h);
        loss = loss.add(F.mseLoss(head.forward(h), y.select(1, t)));
      }
      loss.backward();
      o.step();
      o.zeroGrad();
      return [loss, h.detach()] as [Tensor, Tensor];
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) {
      const [l, n] = step(randn(2, 4, 3), randn(2, 4, 1), h);
      h = n;
      out.push(bitsOf(l));
    }
    return out;
  },
  "an average of weights"(c) {
    const m = new nn.Sequential(new nn.Linear(4, 8), new nn.BatchNorm1d(8), new nn.Linear(8, 2));
    const e = m.clone();
    const o = new optim.AdamW(m.parameters(), { lr: 0.01 });
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      o.zeroGrad();
      l.backward();
      o.step();
      noGrad(() => {
        const ps = m.parameters();
        for (const [i, p] of e.parameters().entries()) p.mul_(0.9).add_(ps[i]!.mul(0.1));
      });
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randn(4, 4), randn(4, 2))));
    return [...out, ...m.parameters().map(bitsOf), ...e.parameters().map(bitsOf)];
  },
  "an average of weights by lerp"(c) {
    const m = new nn.Linear(4, 2);
    const e = m.clone();
    const o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      l.backward();
      o.step();
      o.zeroGrad();
      noGrad(() => {
        for (const [i, p] of e.parameters().entries()) p.lerp_(m.parameters()[i]!, 0.1);
      });
      return [
        l,
        F.mseLoss(
          noGrad(() => e.forward(x)),
          y,
        ),
      ] as [Tensor, Tensor];
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(...step(randn(4, 4), randn(4, 2)).map(bitsOf));
    return [...out, ...e.parameters().map(bitsOf)];
  },
  "groups with schedules of their own"(c) {
    const m = new nn.Sequential(new nn.Linear(4, 8), new nn.Tanh(), new nn.Linear(8, 2));
    const o = new optim.SGD(
      [
        { params: m.parameters().slice(0, 2), lr: 0.1 },
        { params: m.parameters().slice(2), lr: 0.01, momentum: 0.9, weightDecay: 1e-3 },
      ],
      { lr: 0.1 },
    );
    const s = new optim.lrScheduler.LambdaLR(o, [(e: number) => 0.9 ** e, (e: number) => 1 / (1 + e)]);
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      o.zeroGrad();
      l.backward();
      o.step();
      s.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      out.push(bitsOf(step(randn(4, 4), randn(4, 2))));
      if (i === 4) o.paramGroups[0]!.lr = 0;
      if (i === 6) o.paramGroups[0]!.weightDecay = 0.1;
    }
    return [...out, ...m.parameters().map(bitsOf), String(s.getLastLr())];
  },
  "a rate and a momentum in one cycle"(c) {
    const m = new nn.Linear(4, 2);
    const o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const s = new optim.lrScheduler.OneCycleLR(o, 0.1, { totalSteps: 10 });
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      o.zeroGrad();
      l.backward();
      o.step();
      s.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 9; i++) out.push(bitsOf(step(randn(4, 4), randn(4, 2))));
    return [...out, ...m.parameters().map(bitsOf), String(s.getLastLr())];
  },
  "a penalty on gradients"(c) {
    const D = new nn.Sequential(new nn.Linear(6, 16), new nn.Tanh(), new nn.Linear(16, 1));
    const o = new optim.Adam(D.parameters(), { lr: 0.01 });
    const step = c((real: Tensor, fake: Tensor) => {
      const a = rand(real.size(0), 1);
      const mix = real
        .mul(a)
        .add(fake.mul(a.neg().add(1)))
        .requiresGrad_();
      const out = D.forward(mix);
      const [g] = autograd.grad(out, mix, { gradOutputs: ones(out.shape), createGraph: true });
      const penalty = (g as Tensor).norm(2, 1).sub(1).square().mean();
      const loss = D.forward(fake).mean().sub(D.forward(real).mean()).add(penalty.mul(10));
      o.zeroGrad();
      loss.backward();
      o.step();
      return loss;
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) out.push(bitsOf(step(randn(5, 6), randn(5, 6))));
    return [...out, ...D.parameters().map(bitsOf)];
  },
  "tied weights"(c) {
    class M extends nn.Module {
      emb = new nn.Embedding(11, 8);
      out = new nn.Linear(8, 11, { bias: false });
      constructor() {
        super();
        this.out.weight = this.emb.weight;
      }
      forward(x: Tensor): Tensor {
        return this.out.forward(this.emb.forward(x).tanh());
      }
    }
    const m = new M();
    const o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const step = c((x: Tensor) => {
      const l = F.crossEntropy(m.forward(x).flatten(0, 1), x.flatten().int());
      o.zeroGrad();
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randint(0, 11, [3, 4]))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "layers that are replaced between steps"(c) {
    const m = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
    let o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const make = () =>
      c((x: Tensor) => {
        const l = m.forward(x).square().mean();
        o.zeroGrad();
        l.backward();
        o.step();
        return l;
      });
    const step = make();
    const out: string[] = [];
    for (let i = 0; i < 12; i++) {
      if (i === 3) m.set(2, new nn.Linear(8, 3)) as unknown;
      if (i === 3) o = new optim.Adam(m.parameters(), { lr: 0.02 });
      if (i === 6) {
        m.append(new nn.Tanh());
      }
      if (i === 8) {
        (m.at(0) as nn.Linear).weight.requiresGrad_(false);
      }
      if (i === 10) {
        noGrad(() => (m.at(0) as nn.Linear).weight.copy_(ones(8, 4)));
      }
      out.push(bitsOf(step(randn(3, 4))));
    }
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "nested modules that are swapped"(c) {
    class Net extends nn.Module {
      blocks = new nn.ModuleList<nn.Module>([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
      act: nn.Module = new nn.ReLU();
      forward(x: Tensor): Tensor {
        for (const b of this.blocks) x = this.act.forward((b as nn.Linear).forward(x));
        return x;
      }
    }
    const net = new Net();
    const f = c((x: Tensor) => net.forward(x).sum());
    const out: string[] = [];
    const x = randn(2, 4);
    for (let i = 0; i < 10; i++) {
      if (i === 2) net.act = new nn.Tanh();
      if (i === 4) net.blocks.append(new nn.Linear(4, 4));
      if (i === 6) net.blocks.set(0, new nn.Sequential(new nn.Linear(4, 4), new nn.Sigmoid()));
      if (i === 8) (net.blocks.at(1) as nn.Linear).weight = new nn.Parameter(ones(4, 4));
      out.push(bitsOf(f(x)));
    }
    return out;
  },
  "exceptions in the middle"(c) {
    const m = new nn.Linear(4, 3);
    const o = new optim.Adam(m.parameters(), { lr: 0.1 });
    const step = c((x: Tensor, y: Tensor) => {
      o.zeroGrad();
      const l = F.crossEntropy(m.forward(x), y);
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 9; i++) {
      const y = i % 3 === 1 ? tensor([0, 9], { dtype: "int32" }) : randint(0, 3, [2]);
      try {
        out.push(bitsOf(step(randn(2, 4), y)));
      } catch (e) {
        out.push((e as Error).name);
      }
      try {
        if (i === 4) step(randn(2, 5), y);
      } catch (e) {
        out.push((e as Error).message);
      }
    }
    return [
      ...out,
      ...m.parameters().map(bitsOf),
      String(o.state.get(m.weight) ? (o.state.get(m.weight) as { step: number }).step : 0),
    ];
  },
  "an exception in the first call"(c) {
    const m = new nn.Linear(4, 3);
    const o = new optim.SGD(m.parameters(), { lr: 0.1 });
    let fail = false;
    const step = c((x: Tensor) => {
      const l = m.forward(x).square().mean();
      l.backward();
      if (fail) throw new Error("stop");
      o.step();
      o.zeroGrad();
      return l;
    });
    const out: string[] = [];
    fail = true;
    try {
      step(randn(2, 4));
    } catch (e) {
      out.push((e as Error).message);
    }
    fail = false;
    o.zeroGrad();
    for (let i = 0; i < 5; i++) out.push(bitsOf(step(randn(2, 4))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "layers that are frozen, then trained"(c) {
    const base = new nn.Linear(4, 8),
      head = new nn.Linear(8, 2);
    const model = new nn.Sequential(base, new nn.ReLU(), head);
    const o = new optim.Adam(head.parameters(), { lr: 0.01 });
    for (const p of base.parameters()) p.requiresGrad_(false);
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.crossEntropy(model.forward(x), y);
      o.zeroGrad();
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      if (i === 4) {
        for (const p of base.parameters()) p.requiresGrad_(true);
        o.addParamGroup({ params: base.parameters(), lr: 0.001 });
      }
      out.push(bitsOf(step(randn(3, 4), randint(0, 2, [3]))));
    }
    return [...out, ...model.parameters().map(bitsOf)];
  },
  "Q-learning with a target network"(c) {
    const q = new nn.Sequential(new nn.Linear(3, 8), new nn.ReLU(), new nn.Linear(8, 2));
    const target = q.clone();
    const o = new optim.RMSprop(q.parameters(), { lr: 0.01 });
    const act = c((s: Tensor) => noGrad(() => q.forward(s).argmax(1)));
    const learn = c((s: Tensor, a: Tensor, r: Tensor, s2: Tensor) => {
      const next = noGrad(() => target.forward(s2).amax(1));
      const l = F.smoothL1Loss(q.forward(s).gather(1, a.unsqueeze(1)).squeeze(1), r.add(next.mul(0.9)));
      o.zeroGrad();
      l.backward();
      for (const p of q.parameters()) p.grad!.clamp_(-1, 1);
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 10; i++) {
      const s = randn(4, 3);
      const a = act(s);
      out.push(bitsOf(a), bitsOf(learn(s, a, randn(4), randn(4, 3))));
      if (i % 4 === 3) target.loadStateDict(q.stateDict());
    }
    return [...out, ...q.parameters().map(bitsOf)];
  },
  "a weight of the loss that grows"(c) {
    const enc = new nn.Linear(6, 4),
      dec = new nn.Linear(2, 6);
    const o = new optim.Adam([...enc.parameters(), ...dec.parameters()], { lr: 0.01 });
    let beta = 0;
    const step = c((x: Tensor, beta: number) => {
      const [mu, logvar] = enc.forward(x).chunk(2, 1) as [Tensor, Tensor];
      const z = mu.add(logvar.mul(0.5).exp().mul(randn(mu.shape)));
      const kl = logvar.add(1).sub(mu.square()).sub(logvar.exp()).sum().mul(-0.5);
      const l = F.binaryCrossEntropyWithLogits(dec.forward(z), x.sigmoid(), { reduction: "sum" }).add(kl.mul(beta));
      o.zeroGrad();
      l.backward();
      o.step();
      return [l, kl];
    });
    const out: string[] = [];
    for (let i = 0; i < 12; i++) {
      beta = Math.min(1, i / 10);
      out.push(...step(randn(5, 6), beta).map(bitsOf));
    }
    return [...out, ...enc.parameters().map(bitsOf)];
  },
  "gradients through gradients"(c) {
    const m = new nn.Linear(3, 1);
    const o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const step = c((x: Tensor, y: Tensor, x2: Tensor, y2: Tensor) => {
      const inner = F.mseLoss(m.forward(x), y);
      const [gw, gb] = autograd.grad(inner, [m.weight, m.bias!], { createGraph: true }) as [Tensor, Tensor];
      const l = F.mseLoss(F.linear(x2, m.weight.sub(gw.mul(0.1)), m.bias!.sub(gb.mul(0.1))), y2);
      o.zeroGrad();
      l.backward();
      o.step();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randn(5, 3), randn(5, 1), randn(5, 3), randn(5, 1))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "a forward pass that is called twice before backward"(c) {
    const m = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3));
    const f = c((x: Tensor) => m.forward(x));
    const o = new optim.Adam(m.parameters(), { lr: 0.01 });
    const out: string[] = [];
    let prev: Tensor | null = null;
    for (let i = 0; i < 8; i++) {
      const a = f(randn(3, 4)),
        b = f(randn(3, 4));
      const l = a
        .sub(b)
        .square()
        .mean()
        .add(prev === null ? 0 : a.sub(prev).abs().mean());
      o.zeroGrad();
      l.backward();
      o.step();
      prev = a.detach();
      out.push(bitsOf(l));
    }
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "two gradients in a step"(c) {
    const m = new nn.Linear(4, 2);
    const o = new optim.SGD(m.parameters(), { lr: 0.1, momentum: 0.9 });
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      l.backward();
      const es = noGrad(() =>
        m.parameters().map((p) => {
          const e = p.grad!.mul(0.05);
          p.add_(e);
          return e;
        }),
      );
      o.zeroGrad();
      F.mseLoss(m.forward(x), y).backward();
      noGrad(() => {
        for (const [i, p] of m.parameters().entries()) p.sub_(es[i]!);
      });
      o.step();
      o.zeroGrad();
      return l;
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randn(4, 4), randn(4, 2))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "losses that are kept"(c) {
    const m = new nn.Linear(4, 2);
    const o = new optim.SGD(m.parameters(), { lr: 0.1 });
    const losses: Tensor[] = [];
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x), y);
      o.zeroGrad();
      l.backward();
      o.step();
      return l.detach();
    });
    for (let i = 0; i < 6; i++) losses.push(step(randn(4, 4), randn(4, 2)));
    return [bitsOf(stack(losses)), bitsOf(cat(losses.map((l) => l.reshape(1))))];
  },
  "a step with a closure"(c) {
    const m = new nn.Linear(4, 2);
    const o = new optim.Adam(m.parameters(), { lr: 0.1 });
    const step = c((x: Tensor, y: Tensor) =>
      o.step(() => {
        o.zeroGrad();
        const l = F.mseLoss(m.forward(x), y);
        l.backward();
        return l;
      }),
    );
    const out: string[] = [];
    for (let i = 0; i < 6; i++) out.push(bitsOf(step(randn(4, 4), randn(4, 2))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "a running mean in a variable"(c) {
    const m = new nn.Linear(4, 2);
    const mean = zeros(2);
    let n = 0;
    const step = c((x: Tensor) => {
      const y = m.forward(x).detach();
      mean.mul_(0.9).add_(y.mean(0).mul(0.1));
      return y;
    });
    const out: string[] = [];
    for (let i = 0; i < 5; i++) {
      out.push(bitsOf(step(randn(3, 4))));
      n++;
    }
    return [...out, bitsOf(mean), String(n)];
  },
  "batches and results in objects"(c) {
    const m = new nn.Linear(4, 2);
    const o = new optim.Adam(m.parameters());
    const step = c((batch: { x: Tensor; y: Tensor; mask: Tensor | null }, opts: { scale: number }) => {
      const p = m.forward(batch.x);
      let l = p.sub(batch.y).square();
      if (batch.mask) l = l.mul(batch.mask);
      l = l.mean().mul(opts.scale);
      l.backward();
      o.step();
      o.zeroGrad();
      return { loss: l, parts: [p, { mean: p.mean() }] };
    });
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      const r = step({ x: randn(3, 4), y: randn(3, 2), mask: i % 2 ? ones(3, 1) : null }, { scale: i < 4 ? 1 : 2 });
      out.push(bitsOf(r.loss), bitsOf(r.parts[0] as Tensor));
    }
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "float64, and inputs of several dtypes"(c) {
    const m = new nn.Linear(4, 2).to({ dtype: "float64" });
    const o = new optim.Adam(m.parameters());
    const step = c((x: Tensor, y: Tensor) => {
      const l = F.mseLoss(m.forward(x.to({ dtype: "float64" })), y);
      l.backward();
      o.step();
      o.zeroGrad();
      return l.float();
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++)
      out.push(bitsOf(step(i % 2 ? randint(0, 5, [3, 4]) : randn(3, 4), randn(3, 2, { dtype: "float64" }))));
    return [...out, ...m.parameters().map(bitsOf)];
  },
  "containers in variables"(c) {
    const layers = new nn.ModuleList<nn.Module>([new nn.Linear(4, 4)]);
    const d = new nn.ModuleDict({ a: new nn.Linear(4, 4) });
    const ps = new nn.ParameterList([ones(4)]);
    const f = c((x: Tensor) => {
      for (const l of layers) x = l.forward(x);
      x = (d.get("a") as nn.Linear).forward(x);
      for (const p of ps) x = x.mul(p);
      return x.sum();
    });
    const x = randn(2, 4);
    const out: string[] = [];
    for (let i = 0; i < 12; i++) {
      if (i === 2) layers.append(new nn.ReLU());
      if (i === 4) d.set("a", new nn.Linear(4, 4));
      if (i === 6) ps.append(ones(4).mul(2));
      if (i === 8) layers.set(0, new nn.Tanh());
      if (i === 10) ps.set(0, ones(4).mul(3));
      out.push(bitsOf(f(x)));
    }
    return out;
  },
  "settings in objects and arrays"(c) {
    class Net extends nn.Module {
      lin = new nn.Linear(4, 4);
      config = { scale: 2 };
      dims = [1, 0];
      forward(x: Tensor): Tensor {
        return this.lin.forward(x).mul(this.config.scale).sum(this.dims[0]!);
      }
    }
    const net = new Net();
    const f = c((x: Tensor) => net.forward(x));
    const x = randn(2, 4);
    const out: string[] = [];
    for (let i = 0; i < 8; i++) {
      if (i === 2) net.config.scale = 3;
      if (i === 4) net.dims[0] = 0;
      if (i === 6) net.config = { scale: 5 };
      out.push(bitsOf(f(x)));
    }
    return out;
  },
  "parameters that are listed and replaced"(c) {
    const m = new nn.Linear(4, 2),
      e = new nn.Linear(4, 2);
    const f = c((x: Tensor) => {
      noGrad(() => {
        for (const [i, p] of e.parameters().entries()) p.lerp_(m.parameters()[i]!, 0.5);
      });
      return x.add(1);
    });
    const out: string[] = [];
    for (let i = 0; i < 6; i++) {
      if (i === 3) e.weight = new nn.Parameter(ones(2, 4));
      out.push(bitsOf(f(randn(2, 2))));
      out.push(bitsOf(e.weight));
    }
    return out;
  },
};

/** What a program gives. */
function run(program: (c: Compile) => string[], c: Compile): string[] {
  manualSeed(3);
  return program(c);
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

describe("compiled and not, to the bit", () => {
  it.each(Object.entries(PROGRAMS))("%s", (_, program) => {
    const made: { readonly programs: readonly unknown[] }[] = [];
    const compiled: Compile = (fn) => {
      const result = compile(fn);
      made.push(result);
      return result;
    };
    const expected = run(program, (fn) => fn);
    expect(run(program, compiled)).toEqual(expected);
    expect(run(program, (fn) => compile(fn, { check: true }))).toEqual(expected);
    for (const { programs } of made) expect(programs.length).toBeGreaterThan(0);
  });
});

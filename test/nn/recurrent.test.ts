/** @file Recurrent layers beyond their goldens: refusals, second derivatives, agreement of layers and cells. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { autograd, manualSeed, noGrad, randn, type Tensor, tensor, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

afterEach(() => vi.restoreAllMocks());

describe("refuses, in PyTorch's words,", () => {
  const lstm = new nn.LSTM(3, 4);
  const gru = new nn.GRU(3, 4, { batchFirst: true });
  const cell = new nn.LSTMCell(3, 4);
  const x = zeros(5, 2, 3);
  test.each([
    ["[RNN] Unknown nonlinearity 'elu'", () => new nn.RNN(3, 4, { nonlinearity: "elu" as never })],
    ["[LSTM] proj_size has to be smaller than hidden_size", () => new nn.LSTM(3, 4, { projSize: 4 })],
    ["[LSTM] proj_size should be a positive integer or zero", () => new nn.LSTM(3, 4, { projSize: -1 })],
    ["[GRU] dropout should be a number in range [0, 1]", () => new nn.GRU(3, 4, 2, { dropout: 1.5 })],
    ["[GRU] dropout should be a number in range [0, 1]", () => new nn.GRU(3, 4, 2, { dropout: true as never })],
    ["[GRU] numLayers must be an integer of at least 1", () => new nn.GRU(3, 4, 0)],
    ["[RNN] hiddenSize must be an integer of at least 1", () => new nn.RNN(3, 0)],
    ['[GRU] unknown option "projSize"', () => new nn.GRU(3, 4, { projSize: 2 } as never)],
    ['It is called "batchFirst" here', () => new nn.RNN(3, 4, { batch_first: true } as never)],
    ["[LSTM] Expected input to be 2-D or 3-D but received 1-D tensor", () => lstm.forward(zeros(3))],
    ["[LSTM] input.size(-1) must be equal to input_size. Expected 3, got 2", () => lstm.forward(zeros(5, 2, 2))],
    ["[LSTM] Expected sequence length to be larger than 0 in RNN", () => lstm.forward(zeros(0, 2, 3))],
    ["[GRU] Expected sequence length to be larger than 0 in RNN", () => gru.forward(zeros(2, 0, 3))],
    ["[LSTM] expected the initial states as a pair [h0, c0]", () => lstm.forward(x, zeros(1, 2, 4) as never)],
    [
      "[LSTM] For batched 3-D input, hx and cx should also be 3-D but got (2-D, 3-D) tensors",
      () => lstm.forward(x, [zeros(2, 4), zeros(1, 2, 4)]),
    ],
    [
      "[GRU] For unbatched 2-D input, hx should also be 2-D but got 3-D tensor",
      () => gru.forward(zeros(5, 3), zeros(1, 1, 4)),
    ],
    [
      "[LSTM] Expected hidden[0] size (1, 2, 4), got [2, 2, 4]",
      () => lstm.forward(x, [zeros(2, 2, 4), zeros(1, 2, 4)]),
    ],
    [
      "[LSTM] Expected hidden[1] size (1, 2, 4), got [1, 2, 3]",
      () => lstm.forward(x, [zeros(1, 2, 4), zeros(1, 2, 3)]),
    ],
    ["[GRU] Expected hidden size (1, 5, 4), got [1, 2, 4]", () => gru.forward(x, zeros(1, 2, 4))],
    ["[GRU] Expected hidden size (1, 4), got [2, 4]", () => gru.forward(zeros(5, 3), zeros(2, 4))],
    ["[LSTM] mat1 and mat2 must have the same dtype", () => lstm.forward(x.double())],
    ["[GRU] mat1 and mat2 must have the same dtype", () => gru.forward(x, zeros(1, 5, 4, { dtype: "float64" }))],
    ["[GRU] there is no reverse direction of layer 0", () => gru.weights(0, true)],
    ["[LSTM] there is no layer 1", () => lstm.weights(1)],
    ["[LSTMCell] Expected input to be 1-D or 2-D but received 3-D tensor", () => cell.forward(x)],
    ["[LSTMCell] input has inconsistent input_size: got 2 expected 3", () => cell.forward(zeros(5, 2))],
    [
      "[LSTMCell] Input batch size 5 doesn't match hidden1 batch size 2",
      () => cell.forward(zeros(5, 3), [zeros(5, 4), zeros(2, 4)]),
    ],
    [
      "[RNNCell] hidden0 has inconsistent hidden_size: got 3, expected 4",
      () => new nn.RNNCell(3, 4).forward(zeros(5, 3), zeros(5, 3)),
    ],
    [
      "[GRUCell] Expected hidden to be 1-D as the input is, but received 2-D tensor",
      () => new nn.GRUCell(3, 4).forward(zeros(3), zeros(1, 4)),
    ],
    ["[GRUCell] mat1 and mat2 must have the same dtype", () => new nn.GRUCell(3, 4).forward(zeros(3).double())],
    ["[LSTMCell] expected the states as a pair [h, c]", () => cell.forward(zeros(3), zeros(4) as never)],
    ["[RNNCell] Unknown nonlinearity 'elu'", () => new nn.RNNCell(3, 4, true, "elu" as never)],
  ] as const)("%s", (words, act) => expect(act).toThrow(words));

  test("weights that do not fit, when they are used", () => {
    const layer = new nn.RNN(3, 4);
    layer.weights().biasHh = new nn.Parameter(zeros(3));
    expect(() => layer.forward(x)).toThrow("[recurrence] expected bias_hh of shape [4], got [3]");
  });
});

test("dropout behind a single layer is warned of", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  new nn.GRU(3, 4, { dropout: 0.5 });
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("num_layers greater than 1, but got dropout=0.5"));
  warn.mockClear();
  new nn.GRU(3, 4, 2, { dropout: 0.5 });
  expect(warn).not.toHaveBeenCalled();
});

const flat = (parts: unknown): Tensor[] => (Array.isArray(parts) ? parts.flatMap(flat) : [parts as Tensor]);

describe("derivatives, first and second:", () => {
  const options = { bidirectional: true, dtype: "float64" } as const;
  test.each([
    ["RNN", () => new nn.RNN(2, 2, 2, options), [4, 1, 2], [0]],
    ["GRU", () => new nn.GRU(2, 2, 1, options), [2, 1, 2], [0]],
    ["LSTM", () => new nn.LSTM(2, 2, 1, { ...options, projSize: 1 }), [2, 1, 1], [2, 1, 2]],
  ] as const)("%s", (_, make, h, c) => {
    manualSeed(0);
    const layer = make() as nn.Module<unknown>;
    const draw = (shape: readonly number[]): Tensor => randn(shape, { dtype: "float64" }).requiresGrad_();
    const states = c.length > 1 ? [draw(h), draw(c)] : [draw(h)];
    // Those for the parameters are in the sample table.
    const inputs = [draw([2, 1, 2]), ...states];
    const call = (x: Tensor, ...given: Tensor[]): Tensor[] =>
      flat(layer.forward(x, states.length === 2 ? given : given[0]));
    expect(autograd.gradcheck(call, inputs)).toBe(true);
    expect(autograd.gradgradcheck(call, inputs)).toBe(true);
  });
});

describe("the gradient that can be differentiated again is the same", () => {
  test.each([
    ["RNN", new nn.RNN(3, 4, 2, { bidirectional: true })],
    ["GRU", new nn.GRU(3, 4, 2, { bidirectional: true })],
    ["LSTM", new nn.LSTM(3, 4, 2, { bidirectional: true, projSize: 2 })],
  ] as const)("%s", (_, layer) => {
    const x = randn(6, 2, 3).requiresGrad_();
    const [output] = (layer as nn.Module<readonly [Tensor, unknown]>).forward(x);
    const loss = output.mul(output).sum();
    const inputs = [x, ...layer.parameters()];
    const fused = autograd.grad(loss, inputs, { retainGraph: true });
    const recorded = autograd.grad(loss, inputs, { createGraph: true });
    for (const [i, grad] of fused.entries()) {
      expect(grad.requiresGrad).toBe(false);
      expect(recorded[i]?.requiresGrad).toBe(true);
      expect(grad.allclose((recorded[i] as Tensor).detach(), { rtol: 1e-4, atol: 1e-5 })).toBe(true);
    }
  });

  test("also where one tensor is both initial states", () => {
    const lstm = new nn.LSTM(2, 2, { dtype: "float64" });
    const state = randn(1, 1, 2, { dtype: "float64" }).requiresGrad_();
    const x = randn(3, 1, 2, { dtype: "float64" });
    expect(autograd.gradgradcheck((s: Tensor) => lstm.forward(x, [s, s])[0], [state])).toBe(true);
  });
});

describe("a layer takes the steps of its cell", () => {
  function share(layer: nn.AnyModule, cell: nn.AnyModule): void {
    cell.loadStateDict(
      Object.fromEntries(Object.entries(layer.stateDict()).map(([k, v]) => [k.replace("_l0", ""), v])),
    );
  }
  const x = randn(5, 2, 3);
  test("RNN and GRU", () => {
    const pairs = [
      [new nn.RNN(3, 4), new nn.RNNCell(3, 4)],
      [new nn.RNN(3, 4, { nonlinearity: "relu" }), new nn.RNNCell(3, 4, { nonlinearity: "relu" })],
      [new nn.GRU(3, 4), new nn.GRUCell(3, 4)],
    ] as const;
    for (const [layer, cell] of pairs) {
      share(layer, cell);
      let h: Tensor | null = null;
      for (const step of x.unbind(0)) h = cell.forward(step, h);
      expect(
        layer
          .forward(x)[1]
          .squeeze(0)
          .allclose(h as Tensor, { atol: 1e-6 }),
      ).toBe(true);
    }
  });
  test("LSTM", () => {
    const [layer, cell] = [new nn.LSTM(3, 4), new nn.LSTMCell(3, 4)];
    share(layer, cell);
    let states: [Tensor, Tensor] | null = null;
    for (const step of x.unbind(0)) states = cell.forward(step, states);
    const [, last] = layer.forward(x);
    for (const i of [0, 1] as const) {
      expect(last[i].squeeze(0).allclose((states as unknown as [Tensor, Tensor])[i], { atol: 1e-6 })).toBe(true);
    }
  });
  test("a sequence may be continued where it was cut", () => {
    const gru = new nn.GRU(3, 4, 2);
    const [whole, end] = gru.forward(x);
    const [, middle] = gru.forward(x.narrow(0, 0, 2));
    const [rest, last] = gru.forward(x.narrow(0, 2, 3), middle);
    expect(rest.allclose(whole.narrow(0, 2, 3), { atol: 1e-6 })).toBe(true);
    expect(last.allclose(end, { atol: 1e-6 })).toBe(true);
  });
});

describe("as a module", () => {
  test("the parameters have PyTorch's names, in PyTorch's order", () => {
    const lstm = new nn.LSTM(2, 3, 2, { bidirectional: true, projSize: 1 });
    const each = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
    const places = ["l0", "l0_reverse", "l1", "l1_reverse"];
    const names = places.flatMap((place) => each.map((name) => `${name}_${place}`));
    expect(lstm.namedParameters().map(([name]) => name)).toEqual(names);
    expect(Object.keys(lstm.stateDict())).toEqual(names);
    expect(lstm.weights(1, true).weightHr?.shape).toEqual([1, 3]);
  });

  test("a state dictionary brings another layer to the same results", () => {
    const [a, b] = [new nn.GRU(2, 3, 2), new nn.GRU(2, 3, 2)];
    const x = randn(4, 2, 2);
    expect(a.forward(x)[0].equal(b.forward(x)[0])).toBe(false);
    b.loadStateDict(a.stateDict());
    expect(a.forward(x)[0].equal(b.forward(x)[0])).toBe(true);
  });

  test("a replaced parameter is the one that is used and listed", () => {
    const rnn = new nn.RNN(2, 2, 2);
    rnn.weights(1).weightIh = rnn.weights(0).weightIh;
    expect(rnn.parameters().length).toBe(7);
    rnn
      .forward(randn(3, 1, 2))[0]
      .sum()
      .backward();
    const tied = rnn.weights().weightIh.grad as Tensor;
    expect(tied.shape).toEqual([2, 2]);
    expect(tied.abs().sum().itemSync()).toBeGreaterThan(0);
  });

  test("to another dtype and back", () => {
    const lstm = new nn.LSTM(2, 3).double();
    expect(lstm.forward(zeros(2, 1, 2, { dtype: "float64" }))[0].dtype).toBe("float64");
    expect(lstm.float().forward(zeros(2, 1, 2))[0].dtype).toBe("float32");
  });
});

describe("at the edges", () => {
  test("an empty batch stays empty, and its gradients are zeros", () => {
    for (const layer of [new nn.GRU(2, 3), new nn.RNN(2, 3)]) {
      const [output, h] = layer.forward(zeros(4, 0, 2));
      expect([output.shape, h.shape]).toEqual([
        [4, 0, 3],
        [1, 0, 3],
      ]);
      output.sum().backward();
      expect(layer.weights().weightHh.grad?.abs().sum().itemSync()).toBe(0);
    }
    const lstm = new nn.LSTM(2, 3, { projSize: 2 });
    const [output, [h, c]] = lstm.forward(zeros(4, 0, 2));
    expect([output.shape, h.shape, c.shape]).toEqual([
      [4, 0, 2],
      [1, 0, 2],
      [1, 0, 3],
    ]);
    output.sum().backward();
    expect(lstm.weights().weightHr?.grad?.abs().sum().itemSync()).toBe(0);
  });

  test("without recording, nothing is kept", () => {
    const gru = new nn.GRU(2, 3);
    const [output] = noGrad(() => gru.forward(randn(4, 2, 2)));
    expect(output.requiresGrad).toBe(false);
  });

  test("the result may be changed in place before backward", () => {
    const lstm = new nn.LSTM(2, 3);
    const x = randn(4, 2, 2);
    lstm.forward(x)[0].mul(2).sum().backward();
    const expected = lstm.weights().weightHh.grad as Tensor;
    lstm.zeroGrad();
    const [output] = lstm.forward(x);
    output.mul_(2).sum().backward();
    expect((lstm.weights().weightHh.grad as Tensor).allclose(expected)).toBe(true);
  });

  test("a graph that is kept can be walked twice", () => {
    const gru = new nn.GRU(2, 3);
    const loss = gru.forward(randn(4, 2, 2))[0].sum();
    loss.backward(null, { retainGraph: true });
    const once = (gru.weights().weightIh.grad as Tensor).clone();
    loss.backward();
    expect((gru.weights().weightIh.grad as Tensor).allclose(once.mul(2))).toBe(true);
    expect(() => loss.backward()).toThrow("backward through the graph a second time");
  });

  test("a transposed input gives what its copy gives", () => {
    const lstm = new nn.LSTM(2, 3);
    const x = randn(2, 4, 2).transpose(0, 1);
    expect(lstm.forward(x)[0].allclose(lstm.forward(x.contiguous())[0])).toBe(true);
    expect(lstm.forward(tensor([[1, 2]]))[0].shape).toEqual([1, 3]);
  });
});

/** @file An image is of bytes and weights are floats: every layer says to convert the image. */
import { describe, expect, test } from "vitest";
import { nn, ones, zeros } from "../../src/entry/index.ts";

const line = zeros(1, 2, 8, { dtype: "uint8" });
const image = zeros(1, 2, 8, 8, { dtype: "uint8" });
const rows = zeros(4, 2, { dtype: "uint8" });

const layers = {
  Conv1d: () => new nn.Conv1d(2, 3, 3).forward(line),
  Conv2d: () => new nn.Conv2d(2, 3, 3).forward(image),
  ConvTranspose2d: () => new nn.ConvTranspose2d(2, 3, 3).forward(image),
  Linear: () => new nn.Linear(2, 3).forward(rows),
  "Linear without a bias": () => new nn.Linear(2, 3, { bias: false }).forward(rows),
  Bilinear: () => new nn.Bilinear(2, 2, 3).forward(rows, rows),
  BatchNorm1d: () => new nn.BatchNorm1d(2).forward(rows),
  BatchNorm2d: () => new nn.BatchNorm2d(2).forward(image),
  LayerNorm: () => new nn.LayerNorm(2).forward(rows),
  GroupNorm: () => new nn.GroupNorm(1, 2).forward(image),
  InstanceNorm2d: () => new nn.InstanceNorm2d(2, { affine: true }).forward(image),
  PReLU: () => new nn.PReLU().forward(rows),
  RNN: () => new nn.RNN(2, 3).forward(rows),
  LSTM: () => new nn.LSTM(2, 3).forward(rows),
  GRU: () => new nn.GRU(2, 3).forward(rows),
  RNNCell: () => new nn.RNNCell(2, 3).forward(rows),
  LSTMCell: () => new nn.LSTMCell(2, 3).forward(rows),
  GRUCell: () => new nn.GRUCell(2, 3).forward(rows),
  MultiheadAttention: () => new nn.MultiheadAttention(2, 1).forward(rows, rows, rows),
  TransformerEncoderLayer: () => new nn.TransformerEncoderLayer(2, 1).forward(rows),
  matmul: () => rows.matmul(ones(2, 3)),
};

test.each(Object.entries(layers))("%s of bytes", (_, call) => {
  expect(call).toThrow(/uint8|Byte/);
  expect(call).toThrow(/Convert (?:the (?:input|first tensor) )?with (?:\.float\(\)|\.to\("float32"\))\.$/);
});

describe("the one that gives way", () => {
  const { linear, conv2d } = nn.functional;
  test.each([
    [
      "a weight of bytes",
      () => conv2d(image.float(), ones(3, 2, 3, 3, { dtype: "uint8" })),
      "the weight with .float().",
    ],
    ["integers beside float64", () => linear(rows, ones(3, 2).double()), "the input with .double()."],
    ["a bias of bytes", () => linear(rows.float(), ones(3, 2), ones(3).bool()), "the bias with .float()."],
    ["bytes beside int32", () => rows.int().matmul(ones(2, 2, { dtype: "uint8" })), "the second tensor with .int()."],
    [
      "either of two floats",
      () => linear(rows.double(), ones(3, 2)),
      "the input with .float(), or the weight with .double().",
    ],
  ])("%s", (_, call, hint) => expect(call).toThrow(`Convert ${hint}`));
});

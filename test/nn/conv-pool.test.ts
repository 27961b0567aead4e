/** @file Convolution and pooling beyond their goldens: refusals by layers, positions of maxima, empty batches. */
import { describe, expect, test } from "vitest";
import { arange, autograd, ones, rand, zeros } from "../../src/entry/index.ts";
import * as nn from "../../src/entry/nn.ts";

const F = nn.functional;

describe("layers refuse sizes that make no sense", () => {
  test.each([
    ["in_channels must be divisible by groups", () => new nn.Conv2d(3, 4, 3, { groups: 2 })],
    ["out_channels must be divisible by groups", () => new nn.Conv2d(4, 3, 3, { groups: 2 })],
    ["Invalid padding string 'full', should be one of", () => new nn.Conv2d(3, 4, 3, { padding: "full" as never })],
    ["padding='same' is not supported for strided", () => new nn.Conv2d(3, 4, 3, { padding: "same", stride: 2 })],
    ["[Conv2d] groups must be an integer of at least 1", () => new nn.Conv2d(3, 4, 3, { groups: 0 })],
    ["[Conv1d] expected kernelSize to be a single integer", () => new nn.Conv1d(3, 4, [3, 3])],
    ['It is called "outputPadding" here', () => new nn.ConvTranspose2d(1, 1, 1, { output_padding: 1 } as never)],
    [
      "[convTranspose2d] Given input size per channel: (1 x 1)",
      () => F.convTranspose2d(ones(1, 1, 1, 1), ones(1, 1, 1, 1), { padding: 1 }),
    ],
    ["[maxPool2d] kernel size should be greater than zero", () => F.maxPool2d(ones(1, 2, 2), 0)],
    ["[adaptiveAvgPool2d] elements of output_size", () => F.adaptiveAvgPool2d(ones(1, 2, 2), -1)],
    ["[conv2d] expected a weight of 4 dimensions", () => F.conv2d(ones(1, 1, 3, 3), ones(1, 1, 3))],
  ] as const)("%s", (words, make) => expect(make).toThrow(words));
});

test("max pooling tells the positions", () => {
  const x = arange(32).float().view(1, 2, 4, 4).requiresGrad_();
  const [values, indices] = F.maxPool2dWithIndices(x, 2);
  expect(indices.toArraySync()).toEqual([
    [
      [
        [5, 7],
        [13, 15],
      ],
      [
        [5, 7],
        [13, 15],
      ],
    ],
  ]);
  expect(values.equal(F.maxPool2d(x, 2))).toBe(true);
  expect(indices.requiresGrad).toBe(false);
  expect(F.maxPool2dWithIndices(x.detach().squeeze(0), 3, { stride: 1 })[1].shape).toEqual([2, 2, 2]);
});

test("an empty batch stays empty, and its gradients are zeros", () => {
  const layer = new nn.Conv2d(2, 3, 2);
  const x = zeros(0, 2, 4, 4).requiresGrad_();
  const y = layer.forward(x);
  expect(y.shape).toEqual([0, 3, 3, 3]);
  y.sum().backward();
  expect(x.grad?.shape).toEqual([0, 2, 4, 4]);
  expect(layer.weight.grad?.abs().sum().itemSync()).toBe(0);
});

test("a transposed convolution is the gradient of a convolution", () => {
  const [x, w] = [rand(2, 3, 6, 5).requiresGrad_(), rand(4, 3, 3, 2)];
  const options = { stride: [2, 1], padding: [1, 0] };
  const y = F.conv2d(x, w, options);
  const g = rand(y.shape);
  const [grad] = autograd.grad(y, x, { gradOutputs: g });
  const spread = F.convTranspose2d(g, w, { ...options, outputPadding: [1, 0] });
  expect(spread.allclose(grad as NonNullable<typeof grad>, { rtol: 1e-4, atol: 1e-5 })).toBe(true);
});

/** @file nn.summary in torchinfo's form. */
import { nn, type Tensor, tensor } from "tapegrad";
import { describe, expect, test, vi } from "vitest";

class NeuralNetwork extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(28 * 28, 512);
  fc2 = new nn.Linear(512, 10);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(nn.functional.relu(this.fc1.forward(this.flatten.forward(x))));
  }
}

const quiet = { verbose: 0 };

test("the network of the MNIST program", () => {
  // As torchinfo 1.7 prints it.
  expect(String(nn.summary(new NeuralNetwork(), [128, 1, 28, 28], quiet))).toBe(
    `
==========================================================================================
Layer (type:depth-idx)                   Output Shape              Param #
==========================================================================================
NeuralNetwork                            [128, 10]                 --
├─Flatten: 1-1                           [128, 784]                --
├─Linear: 1-2                            [128, 512]                401,920
├─Linear: 1-3                            [128, 10]                 5,130
==========================================================================================
Total params: 407,050
Trainable params: 407,050
Non-trainable params: 0
Total mult-adds (M): 52.10
==========================================================================================
Input size (MB): 0.40
Forward/backward pass size (MB): 0.53
Params size (MB): 1.63
Estimated Total Size (MB): 2.56
==========================================================================================`.trimStart(),
  );
});

test("nested modules, convolutions, and layers that are used twice", () => {
  const conv = new nn.Conv2d(1, 4, 3, { padding: 1 });
  const shared = new nn.Linear(4, 4);
  const net = new nn.Sequential(
    new nn.Sequential(conv, new nn.ReLU()),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Sequential(shared, shared),
  );
  conv.weight.requiresGrad_(false);
  const result = nn.summary(net, [2, 1, 8, 8], quiet);
  expect(String(result).split("\n").slice(3, 12)).toEqual([
    "Sequential                               [2, 4]                    --",
    "├─Sequential: 1-1                        [2, 4, 8, 8]              --",
    "│    └─Conv2d: 2-1                       [2, 4, 8, 8]              40",
    "│    └─ReLU: 2-2                         [2, 4, 8, 8]              --",
    "├─AdaptiveAvgPool2d: 1-2                 [2, 4, 1, 1]              --",
    "├─Flatten: 1-3                           [2, 4]                    --",
    "├─Sequential: 1-4                        [2, 4]                    --",
    "│    └─Linear: 2-3                       [2, 4]                    20",
    "│    └─Linear: 2-4                       [2, 4]                    (recursive)",
  ]);
  expect(result).toMatchObject({ totalParams: 60, trainableParams: 24, totalMultAdds: 40 * 2 * 64 + 2 * (20 * 2) });
  expect(String(nn.summary(net, [2, 1, 8, 8], { depth: 1, ...quiet }))).not.toContain("2-1");
});

describe("the model", () => {
  test("is left as it was: its mode, its hooks, its gradients", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2), new nn.Dropout(0.5));
    net[1]?.eval();
    nn.summary(net, [1, 2], quiet);
    expect([net.training, net[0]?.training, net[1]?.training]).toEqual([true, true, false]);
    expect(Object.getOwnPropertyNames(net)).not.toContain("forward");
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true);
    expect(() => nn.summary(net, [1, 3], quiet)).toThrow(/mat1 and mat2/);
    expect(net.training).toBe(true);
  });

  test("may take integers, several inputs, and give several outputs", () => {
    const embedding = new nn.Sequential(new nn.Embedding(10, 3));
    expect(String(nn.summary(embedding, [2, 5], { dtype: "int32", ...quiet }))).toContain("[2, 5, 3]");
    expect(
      String(
        nn.summary(
          new nn.Bilinear(2, 3, 4),
          [
            [5, 2],
            [5, 3],
          ],
          quiet,
        ),
      ),
    ).toContain("[5, 4]");
    expect(String(nn.summary(new nn.LSTM(3, 6), [4, 2, 3], quiet))).toMatch(/LSTM +\[4, 2, 6\] +264/);
  });
});

test("it is printed unless it is told not to", () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const result = nn.summary(new nn.Linear(2, 1), [1, 2]);
  expect(log).toHaveBeenCalledWith(String(result));
  log.mockRestore();
  expect(() => nn.summary(tensor(1) as never, [1])).toThrow(/a module/);
  expect(() => nn.summary(new nn.Linear(2, 1), [0, 2])).toThrow(/at least 1/);
});

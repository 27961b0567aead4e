/**
 * @file The classic first program: a 784-512-10 network learns to read digits.
 *
 *   npm run mnist -- --epochs 5 --batch-size 128 --lr 0.001 --seed 0
 */
import { parseArgs } from "node:util";
import { type Device, manualSeed, nn, noGrad, optim, selectDevice, type Tensor } from "tapegrad";
import { DataLoader, datasets } from "tapegrad/data";

class NeuralNetwork extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(28 * 28, 512);
  fc2 = new nn.Linear(512, 10);

  forward(x: Tensor): Tensor {
    x = this.flatten.forward(x);
    x = nn.functional.relu(this.fc1.forward(x));
    return this.fc2.forward(x);
  }
}

type Loader = DataLoader<[Tensor, Tensor]>;

async function train(
  loader: Loader,
  model: nn.Module,
  lossFn: nn.CrossEntropyLoss,
  optimizer: optim.Optimizer,
  device: Device,
): Promise<void> {
  const size = loader.dataset.length;
  model.train();
  let batch = 0;
  for await (const [X, y] of loader) {
    const pred = model.forward(X.to(device));
    const loss = lossFn.forward(pred, y.to(device));
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    if (batch % 100 === 0) {
      const current = (batch + 1) * X.size(0);
      console.log(
        `loss: ${(await loss.item()).toFixed(6)}  [${String(current).padStart(5)}/${String(size).padStart(5)}]`,
      );
    }
    batch++;
  }
}

async function test(loader: Loader, model: nn.Module, lossFn: nn.CrossEntropyLoss, device: Device): Promise<void> {
  model.eval();
  let testLoss = 0;
  let correct = 0;
  await noGrad(async () => {
    for await (const [X, y] of loader) {
      const pred = model.forward(X.to(device));
      const labels = y.to(device);
      testLoss += await lossFn.forward(pred, labels).item();
      correct += await pred.argmax(1).eq(labels).float().sum().item();
    }
  });
  const accuracy = (100 * correct) / loader.dataset.length;
  console.log(`Test Error: \n Accuracy: ${accuracy.toFixed(1)}%, Avg loss: ${(testLoss / loader.length).toFixed(6)}\n`);
}

/** A number from the command line, or the end of the program with one line that says what was wrong. */
function numberOption(name: string, text: string, expected: string, ok: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== "" && ok(value)) return value;
  return fail(`--${name} ${JSON.stringify(text)}: expected ${expected}`);
}

function fail(reason: string): never {
  console.error(`mnist: ${reason}`);
  process.exit(2);
}

function readOptions() {
  const whole = (min: number) => (value: number) => Number.isSafeInteger(value) && value >= min;
  try {
    const { values } = parseArgs({
      options: {
        epochs: { type: "string", default: "5" },
        "batch-size": { type: "string", default: "128" },
        lr: { type: "string", default: "0.001" },
        seed: { type: "string" },
        device: { type: "string", default: "cpu" },
        "require-device": { type: "boolean", default: false },
        root: { type: "string", default: "data" },
      },
    });
    const { device, root, seed } = values;
    if (device !== "cpu" && device !== "gpu" && device !== "auto") {
      return fail(`--device ${JSON.stringify(device)}: expected cpu, gpu or auto`);
    }
    return {
      wish: device as "cpu" | "gpu" | "auto",
      required: values["require-device"],
      root,
      epochs: numberOption("epochs", values.epochs, "a whole number of at least 1", whole(1)),
      batchSize: numberOption("batch-size", values["batch-size"], "a whole number of at least 1", whole(1)),
      lr: numberOption("lr", values.lr, "a number of at least 0", (v) => v >= 0 && Number.isFinite(v)),
      seed: seed === undefined ? undefined : numberOption("seed", seed, "a whole number of at least 0", whole(0)),
    };
  } catch (error) {
    return fail(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll("\n", " ");
}

function loadImages(root: string, train: boolean): datasets.MNIST {
  try {
    return new datasets.MNIST({ root, train });
  } catch (error) {
    return fail(messageOf(error));
  }
}

const { wish, required, root, epochs, batchSize, lr, seed } = readOptions();
const device = await selectDevice(wish, { required, warn: (message) => console.error(`mnist: ${message}`) }).catch(
  (error: unknown) => fail(messageOf(error)),
);
if (seed !== undefined) manualSeed(seed);

const trainLoader = new DataLoader(loadImages(root, true), { batchSize, shuffle: true });
const testLoader = new DataLoader(loadImages(root, false), { batchSize, shuffle: true });

const model = new NeuralNetwork().to(device);
console.log(String(model));
const lossFn = new nn.CrossEntropyLoss();
const optimizer = new optim.RMSprop(model.parameters(), { lr });

for (let epoch = 1; epoch <= epochs; epoch++) {
  console.log(`Epoch ${epoch}\n-------------------------------`);
  await train(trainLoader, model, lossFn, optimizer, device);
  await test(testLoader, model, lossFn, device);
}
console.log("Done!");

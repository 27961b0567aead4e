/** @file The MNIST program in Keras's way: its text is TensorFlow's, its numbers are about those. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** What TensorFlow 2 prints for the first epochs. */
const TENSORFLOW = `Epoch 1/2
469/469 [==============================] - 3s 5ms/step - loss: 5.4884 - accuracy: 0.8992
Epoch 2/2
469/469 [==============================] - 2s 5ms/step - loss: 0.6828 - accuracy: 0.9538
`;

/** Numbers do not matter, and may have more digits. */
const form = (text: string): string =>
  text.replaceAll(/\b\d+\.\d{4}\b/g, "0.0000").replaceAll(/\d+s \d+(s|ms|us)\/step/g, "0s 0ms/step");

test("prints TensorFlow's text into a pipe, and learns", () => {
  const args = ["--seed", "0", "--epochs", "2", "--steps", "100"];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--conditions=tapegrad-source", "examples/mnist-keras.ts", ...args],
    { encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const lines = stdout.split("\n");
  const [, loss, accuracy] = /^Test loss: ([\d.]+), test accuracy: ([\d.]+)$/.exec(lines[4] ?? "") ?? [];
  expect(form(`${lines.slice(0, 4).join("\n")}\n`)).toBe(form(TENSORFLOW.replaceAll("469", "100")));
  expect(Number(loss)).toBeLessThan(5);
  expect(Number(accuracy)).toBeGreaterThan(0.88);
});

test("says in one line that the files are missing", () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--conditions=tapegrad-source", "examples/mnist-keras.ts", "--root", "no-such-folder"],
    { encoding: "utf8" },
  );
  expect([stdout, status]).toEqual(["", 2]);
  expect(stderr).toMatch(/^mnist:keras: .*\n$/);
});

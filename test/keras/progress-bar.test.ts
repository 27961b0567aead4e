/** @file The progress bar in Keras's form: its text, and what a terminal and a pipe get of it. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatEpoch, formatProgress, ProgressBar } from "../../src/keras/progress-bar.ts";
import { openTerminal, type TextStream } from "../../src/platform/terminal.ts";

const state = { done: 469, total: 469, elapsed: 3.2, perStep: 0.0052, finished: true };

describe("the line", () => {
  // Lines of TensorFlow 2's own output.
  test.each([
    [
      state,
      { loss: 5.4884, accuracy: 0.8992 },
      "469/469 [==============================] - 3s 5ms/step - loss: 5.4884 - accuracy: 0.8992",
    ],
    [
      { ...state, done: 137, perStep: 0.005, finished: false },
      { loss: 0.5 },
      "137/469 [=======>......................] - ETA: 1s - loss: 0.5000",
    ],
    [
      { ...state, done: 1, perStep: 0.5, finished: false },
      { loss: 2.3 },
      "  1/469 [..............................] - ETA: 3:54 - loss: 2.3000",
    ],
    [
      { ...state, done: 16, perStep: 30, finished: false },
      {},
      " 16/469 [>.............................] - ETA: 3:46:30",
    ],
    [
      { ...state, total: undefined, done: 12, perStep: 0.0123 },
      { loss: 1 },
      "     12/Unknown - 3s 12ms/step - loss: 1.0000",
    ],
    [
      { ...state, perStep: 0.00042, elapsed: 0.2 },
      { loss: 0.00012345 },
      "469/469 [==============================] - 0s 420us/step - loss: 1.2345e-04",
    ],
    [
      { ...state, perStep: 1.6, elapsed: 750 },
      { loss: Number.NaN },
      "469/469 [==============================] - 750s 2s/step - loss: nan",
    ],
    [
      { ...state, done: 1, total: 1, perStep: 0.1, elapsed: 0.1 },
      { loss: 0 },
      "1/1 [==============================] - 0s 100ms/step - loss: 0.0000e+00",
    ],
  ])("%#", (progress, logs, line) => {
    expect(formatProgress(progress, logs as Record<string, number>)).toBe(line);
  });

  test("of verbose 2", () => {
    expect(formatEpoch(state, { loss: 0.293, accuracy: 0.9774 }, "epoch")).toBe(
      "469/469 - 3s - loss: 0.2930 - accuracy: 0.9774 - 3s/epoch - 5ms/step",
    );
  });

  test("gets shorter with the terminal: first the bar, then the text", () => {
    const running = { ...state, done: 234, finished: false };
    const logs = { loss: 0.5, accuracy: 0.25 };
    for (let columns = 1; columns < 90; columns++) {
      expect(formatProgress(running, logs, columns).length).toBeLessThanOrEqual(columns);
    }
    expect(formatProgress(running, logs, 64)).toMatch(
      /^234\/469 \[=+>\.+\] - ETA: 1s - loss: 0\.5000 - accuracy: 0\.2500$/,
    );
    expect(formatProgress(running, logs, 30)).toBe("234/469 - ETA: 1s - loss: 0.50");
  });
});

const CSI = "\x1b[";
const CONTROL_OR_CHARACTER = new RegExp(`${CSI.replace("[", "\\[")}\\d*[A-Z]|[\\s\\S]`, "g");

/** A terminal as far as the bar uses it: rows of text, wrapped at its width, that wrap anew when the width changes. */
class Screen implements TextStream {
  readonly isTTY = true;
  columns: number;
  /** Lines as they were written, before they are wrapped. */
  #lines = [""];
  #line = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }
  write(text: string): void {
    for (const [part] of text.matchAll(CONTROL_OR_CHARACTER)) this.#put(part);
  }
  #put(part: string): void {
    if (part === "\n") {
      this.#line++;
      this.#column = 0;
      this.#lines[this.#line] ??= "";
    } else if (part === "\r") {
      // To the start of the row, of which a wrapped line has several.
      this.#column -= this.#column % this.columns;
      if (this.#column > 0 && this.#column === this.#lines[this.#line]?.length) this.#column -= this.columns;
    } else if (part === `${CSI}J`) {
      this.#lines[this.#line] = (this.#lines[this.#line] ?? "").slice(0, this.#column);
      this.#lines.length = this.#line + 1;
    } else if (part.startsWith(CSI)) {
      this.#column = Math.max(0, this.#column - this.columns * Number(part.slice(2, -1)));
    } else {
      const line = (this.#lines[this.#line] ?? "").padEnd(this.#column);
      this.#lines[this.#line] = line.slice(0, this.#column) + part + line.slice(this.#column + 1);
      this.#column++;
    }
  }
  get text(): string {
    return this.#lines.join("\n");
  }
}

describe("a bar", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => vi.useRealTimers());

  const run = (bar: ProgressBar, steps: number, each: (step: number) => void = () => {}): void => {
    for (let step = 1; step <= steps; step++) {
      vi.advanceTimersByTime(60);
      bar.update(step, bar.isDue ? { loss: 1 / step } : null);
      each(step);
    }
    bar.finish({ loss: 0.25, val_loss: 0.5 }, "epoch");
  };

  test("moves on a terminal, and stays in its last form", () => {
    const screen = new Screen(80);
    const seen: string[] = [];
    screen.write("Epoch 1/5\n");
    run(new ProgressBar(4, 1, openTerminal(screen)), 4, () => seen.push(screen.text));
    expect(seen[0]).toBe("Epoch 1/5\n1/4 [======>.......................] - ETA: 0s - loss: 1.0000");
    expect(new Set(seen).size).toBe(4);
    expect(screen.text).toBe(
      "Epoch 1/5\n4/4 [==============================] - 0s 60ms/step - loss: 0.2500 - val_loss: 0.5000\n",
    );
  });

  test("fits the width, and survives a window that gets narrower and wider", () => {
    const screen = new Screen(70);
    screen.write("Epoch 1/5\n");
    const widths = [70, 40, 24, 90, 30, 100];
    run(new ProgressBar(6, 1, openTerminal(screen)), 6, (step) => {
      const [title, line = "", ...rest] = screen.text.split("\n");
      expect([title, rest]).toEqual(["Epoch 1/5", []]);
      expect(line.length).toBeLessThan(screen.columns);
      screen.columns = widths[step] ?? 100;
    });
    expect(screen.text.split("\n")).toHaveLength(3);
  });

  test("draws at most every 50 ms", () => {
    const write = vi.fn();
    const bar = new ProgressBar(100, 1, openTerminal({ write, isTTY: true, columns: 80 }));
    for (let step = 1; step <= 100; step++) {
      vi.advanceTimersByTime(10);
      bar.update(step, bar.isDue ? { loss: 1 } : null);
    }
    expect(write.mock.calls.length).toBeGreaterThan(15);
    expect(write.mock.calls.length).toBeLessThanOrEqual(21);
  });

  test.each([
    [1, "3/3 [==============================] - 0s 60ms/step - loss: 0.2500 - val_loss: 0.5000\n"],
    ["auto", "3/3 [==============================] - 0s 60ms/step - loss: 0.2500 - val_loss: 0.5000\n"],
    [2, "3/3 - 0s - loss: 0.2500 - val_loss: 0.5000 - 180ms/epoch - 60ms/step\n"],
    [0, ""],
  ] as const)("with verbose %s gives a pipe one line, without control characters", (verbose, text) => {
    let written = "";
    const stream = { write: (part: string) => (written += part) };
    run(new ProgressBar(3, verbose, openTerminal(stream)), 3);
    expect(written).toBe(text);
  });
});

/** @file The page that trains the network of the first program on MNIST, and reads what a visitor draws. */
import { element } from "../dom.ts";
import { Workbench } from "../workbench.ts";
import { Pad } from "./pad.ts";
import program from "./program.ts?raw";

/** The network's opinion of a digit, as ten bars. */
class Reading {
  readonly #result = element("output", { class: "pg-result", "aria-label": "Read as" }, "–");
  readonly #bars = Array.from({ length: 10 }, () => element("span", { class: "pg-bar" }));
  readonly element = element(
    "div",
    { class: "pg-reading" },
    element("p", {}, "Read as ", this.#result),
    element(
      "ol",
      { class: "pg-bars", "aria-label": "Probability of each digit", start: "0" },
      ...this.#bars.map((bar, digit) => element("li", {}, element("span", { class: "pg-digit" }, String(digit)), bar)),
    ),
  );

  show(probabilities: Float32Array): void {
    const best = probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b), 0));
    this.#result.textContent = best < 0 ? "–" : `${best} (${Math.round(100 * (probabilities[best] ?? 0))} %)`;
    for (const [digit, bar] of this.#bars.entries()) {
      bar.style.setProperty("--share", String(probabilities[digit] ?? 0));
      bar.toggleAttribute("data-best", digit === best);
    }
  }

  clear(text = "–"): void {
    this.#result.textContent = text;
    for (const bar of this.#bars) {
      bar.style.setProperty("--share", "0");
      bar.removeAttribute("data-best");
    }
  }
}

class DigitsPage {
  readonly bench: Workbench;
  readonly #reading = new Reading();
  readonly #pad = new Pad(() => this.#readSoon());
  readonly #note = element("p", { class: "pg-note", role: "status" });
  readonly #file = element("input", {
    type: "file",
    accept: ".safetensors",
    "aria-label": "Weights to load",
    hidden: true,
    onchange: () => void this.#load(),
  });
  /** Weights to load as soon as there is a model. */
  #pending: Uint8Array | undefined;
  #isReading = false;
  #isChanged = false;

  constructor(base: string) {
    const button = (text: string, act: () => void) => element("button", { type: "button", onclick: act }, text);
    const drawing = element(
      "section",
      { class: "pg-drawing", "aria-label": "Drawing" },
      element("h2", { id: "draw" }, "Draw a digit"),
      element("div", { class: "pg-draw" }, this.#pad.element, this.#reading.element),
      element(
        "div",
        { class: "pg-controls" },
        button("Clear", () => this.#clear()),
        button("Show a test image", () => void this.#sample()),
        button("Download weights", () => void this.#download()),
        button("Load weights", () => this.#file.click()),
        this.#file,
      ),
      this.#note,
    );
    this.bench = new Workbench({
      program,
      base,
      charts: ["loss", "accuracy"],
      unit: "images",
      devices: true,
      parts: [drawing],
      onStart: () => this.#reading.clear(),
      onShared: () => void this.#loadPending(),
    });
  }

  /** One question at a time, and the last drawing's answer last. */
  #readSoon(): void {
    this.#isChanged = true;
    if (!this.#isReading) requestAnimationFrame(() => void this.#read());
    this.#isReading = true;
  }

  async #read(): Promise<void> {
    try {
      while (this.#isChanged) {
        this.#isChanged = false;
        const pixels = this.#pad.pixels;
        if (pixels === null) this.#reading.clear();
        else this.#reading.show(await this.bench.trainer.ask({ what: "predict", pixels }));
      }
    } catch {
      this.#reading.clear("– (run the program first)");
    } finally {
      this.#isReading = false;
    }
  }

  #clear(): void {
    this.#pad.clear();
    this.#reading.clear();
    this.#note.textContent = "";
  }

  async #sample(): Promise<void> {
    await this.#attempt(async () => {
      const { pixels, label } = await this.bench.trainer.ask({ what: "sample" });
      this.#pad.draw(pixels);
      this.#reading.show(await this.bench.trainer.ask({ what: "predict", pixels }));
      this.#note.textContent = `A test image of the digit ${label}.`;
    });
  }

  async #download(): Promise<void> {
    await this.#attempt(async () => {
      const bytes = await this.bench.trainer.ask({ what: "weights" });
      const url = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: "application/octet-stream" }));
      element("a", { href: url, download: "digits.safetensors" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
      this.#note.textContent = `digits.safetensors, ${Math.round(bytes.length / 1024)} kB.`;
    });
  }

  async #load(): Promise<void> {
    const file = this.#file.files?.[0];
    this.#file.value = "";
    if (file === undefined) return;
    await this.#attempt(async () => {
      this.#pending = new Uint8Array(await file.arrayBuffer());
      if (this.bench.trainer.isRunning) await this.#loadPending();
      else await this.bench.start({ paused: true });
    });
  }

  async #loadPending(): Promise<void> {
    const bytes = this.#pending;
    this.#pending = undefined;
    if (bytes === undefined) return;
    await this.#attempt(async () => {
      await this.bench.trainer.ask({ what: "load", bytes });
      this.#note.textContent = "The weights are loaded: draw, or train on.";
      this.#readSoon();
    });
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#note.textContent = reason === "nothing runs" ? "Run the program first." : reason;
    }
  }
}

/** Fills an element; returns what ends the page. */
export function mount(parent: HTMLElement, base: string): () => void {
  const page = new DigitsPage(base);
  parent.replaceChildren(page.bench.element);
  return () => page.bench.destroy();
}

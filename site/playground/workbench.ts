/** @file What the pages of the playground share: a program in an editor, its controls, its curves, and what it prints. */
import { Chart } from "./chart.ts";
import { element } from "./dom.ts";
import { createEditor, type Editor } from "./editor.ts";
import type { Choice, FromWorker, Machine, Point } from "./protocol.ts";
import { Trainer } from "./trainer.ts";

export interface WorkbenchOptions {
  /** The program that the editor begins with, in TypeScript. */
  readonly program: string;
  /** Address of the site. */
  readonly base: string;
  /** Names of the diagrams, in their order; others are made when the program reports to them. */
  readonly charts: readonly string[];
  /** What one counts for the speed: "images". */
  readonly unit: string;
  /** The page's own parts, beside the editor. */
  readonly parts: readonly HTMLElement[];
  /** Whether a device can be chosen. */
  readonly devices: boolean;
  readonly onShow?: (name: string, value: string | Float32Array) => void;
  /** A new run begins, and what is shown of the last one is out of date. */
  readonly onStart?: () => void;
  /** The program has a model now. */
  readonly onShared?: () => void;
}

type State = "idle" | "starting" | "running" | "paused" | "done" | "failed";

const STATES: Readonly<Record<State, string>> = {
  idle: "Nothing runs.",
  starting: "Starting …",
  running: "Running",
  paused: "Paused",
  done: "Done.",
  failed: "Ended with an error.",
};

const CHOICES: Readonly<Record<Choice, string>> = { cpu: "CPU", webgpu: "GPU (WebGPU)", webgl: "GPU (WebGL)" };

/** Time over which the speed is averaged, in milliseconds. */
const SPEED_WINDOW_MS = 2000;

export class Workbench {
  readonly trainer: Trainer;
  readonly element: HTMLElement;
  readonly #options: WorkbenchOptions;
  readonly #editor: Editor;
  readonly #charts = new Map<string, Chart>();
  readonly #chartList = element("div", { class: "pg-charts" });
  readonly #status = element("p", { class: "pg-status", role: "status" }, STATES.idle);
  readonly #numbers = element("p", { class: "pg-numbers" });
  readonly #machine = element("p", { class: "pg-machine" });
  readonly #log = element("pre", { class: "pg-log", tabindex: "0", "aria-label": "What the program prints" });
  readonly #run = element("button", { type: "button", class: "pg-main", onclick: () => void this.start() }, "Run");
  readonly #pause = element("button", { type: "button", disabled: true, onclick: () => this.#togglePause() }, "Pause");
  readonly #reset = element("button", { type: "button", disabled: true, onclick: () => this.reset() }, "Reset");
  readonly #device = element("select", { "aria-label": "Device" });
  readonly #files = element("input", { type: "file", multiple: true, "aria-label": "MNIST's files" });
  readonly #fileRow = element(
    "p",
    { class: "pg-files", hidden: true },
    "This copy of the site comes without MNIST. Choose its four files (train-images-idx3-ubyte and so on, also with .gz): ",
    this.#files,
  );
  #state: State = "idle";
  #recent: { readonly at: number; readonly examples: number }[] = [];

  constructor(given: WorkbenchOptions) {
    // The header is for readers of the repository.
    const options = { ...given, program: given.program.replace(/^\/\*\* @file .*?\*\/\n/s, "") };
    this.#options = options;
    this.trainer = new Trainer((message) => this.#hear(message));
    for (const [value, text] of Object.entries(CHOICES)) this.#device.append(element("option", { value }, text));
    if (!("gpu" in navigator)) this.#device.querySelector("[value=webgpu]")?.toggleAttribute("disabled", true);
    this.#log.hidden = true;
    const controls = element("div", { class: "pg-controls" }, this.#run, this.#pause, this.#reset);
    if (options.devices) controls.append(this.#device);
    const pane = element("div", { class: "pg-editor" });
    const restore = element(
      "button",
      { type: "button", onclick: () => this.#editor.reset(options.program) },
      "Restore the program",
    );
    for (const name of options.charts) this.#chartOf(name);
    this.element = element(
      "div",
      { class: "pg-bench" },
      element(
        "section",
        { class: "pg-left", "aria-label": "Training" },
        controls,
        this.#status,
        this.#numbers,
        this.#fileRow,
        this.#chartList,
        ...options.parts,
        this.#log,
        this.#machine,
      ),
      element("section", { class: "pg-right", "aria-label": "Program" }, pane, restore),
    );
    this.#editor = createEditor(pane, options.program);
    this.#showIsolation();
  }

  get state(): State {
    return this.#state;
  }

  /** Runs the program from its beginning. */
  async start({ paused = false }: { readonly paused?: boolean } = {}): Promise<void> {
    this.reset();
    this.#enter("starting");
    try {
      const code = await this.#editor.compile();
      const choice = this.#device.value as Choice;
      const files = [...(this.#files.files ?? [])];
      this.trainer.start({ code, choice, base: this.#options.base, files, paused });
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends the run and clears what it left. */
  reset(): void {
    this.trainer.stop();
    for (const chart of this.#charts.values()) chart.clear();
    this.#recent = [];
    this.#numbers.textContent = "";
    this.#log.textContent = "";
    this.#log.hidden = true;
    this.#enter("idle");
    this.#options.onStart?.();
  }

  destroy(): void {
    this.trainer.stop();
    this.#editor.destroy();
  }

  #togglePause(): void {
    if (this.#state === "paused") {
      this.trainer.resume();
      this.#enter("running");
    } else this.trainer.pause();
  }

  #hear(message: FromWorker): void {
    if (message.type === "point") this.#addPoint(message);
    else if (message.type === "machine") this.#begin(message.machine);
    else if (message.type === "reading") this.#numbers.textContent = `Reading ${message.what} …`;
    else if (message.type === "paused") this.#enter("paused");
    else if (message.type === "shared") this.#options.onShared?.();
    else if (message.type === "show") this.#options.onShow?.(message.name, message.value);
    else if (message.type === "log") this.#print(message.text);
    else if (message.type === "done") this.#enter("done");
    else if (message.type === "error") {
      this.#fileRow.hidden = !message.needsFiles;
      this.#fail(message.message);
    }
  }

  #begin({ device, threads, simd }: Machine): void {
    const cpu = `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}${simd ? ", SIMD" : ""}`;
    this.#enter("running");
    this.#machine.replaceChildren(`Runs on ${device === "cpu" ? cpu : device}. `, ...this.#isolationHint());
  }

  #showIsolation(): void {
    this.#machine.replaceChildren(...this.#isolationHint());
  }

  /** How a page gets threads, where this one has none. */
  #isolationHint(): (Node | string)[] {
    if (self.crossOriginIsolated) return [];
    const guide = element("a", { href: new URL("pages.html", this.#options.base).href }, "In a web page");
    return [
      "On the CPU it uses one thread, because this page came without the headers that isolate it. A server that sends " +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp gives it all of them: ",
      guide,
      ".",
    ];
  }

  #addPoint({ step, values, examples, progress }: Point): void {
    for (const [name, value] of Object.entries(values)) this.#chartOf(name).add(name, step, value);
    const now = performance.now();
    this.#recent = [...this.#recent.filter(({ at }) => now - at < SPEED_WINDOW_MS), { at: now, examples }];
    const [first] = this.#recent;
    const elapsed = now - (first?.at ?? now);
    const done = this.#recent.slice(1).reduce((sum, point) => sum + point.examples, 0);
    const parts = [`step ${step}`];
    if (done > 0 && elapsed > 0) parts.push(`${Math.round((1000 * done) / elapsed)} ${this.#options.unit} per second`);
    if (progress !== undefined) parts.push(`${Math.round(100 * progress)} %`);
    this.#numbers.textContent = parts.join(" · ");
  }

  /** The diagram of a name's last word. */
  #chartOf(name: string): Chart {
    const word = name.split(" ").at(-1) ?? name;
    let chart = this.#charts.get(word);
    if (chart === undefined) {
      chart = new Chart(word);
      this.#charts.set(word, chart);
      this.#chartList.append(chart.element);
    }
    return chart;
  }

  #print(text: string): void {
    this.#log.hidden = false;
    this.#log.textContent = `${this.#log.textContent ?? ""}${text}\n`.slice(-20_000);
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #fail(message: string): void {
    this.#enter("failed");
    this.#print(message);
  }

  #enter(state: State): void {
    this.#state = state;
    this.element?.setAttribute("data-state", state);
    this.#status.textContent = STATES[state];
    const isLive = state === "running" || state === "paused";
    this.#pause.disabled = !isLive;
    this.#pause.textContent = state === "paused" ? "Resume" : "Pause";
    this.#reset.disabled = state === "idle";
    this.#run.textContent = state === "idle" ? "Run" : "Run again";
    this.#device.disabled = state === "starting" || isLive;
  }
}

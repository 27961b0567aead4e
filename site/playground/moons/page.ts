/** @file Two moons: a classifier of points, whose boundary is drawn while it moves. */
import { element } from "../dom.ts";
import { Workbench } from "../workbench.ts";
import program from "./program.ts?raw";

const [COLUMNS, ROWS, SCALE] = [64, 48, 8];
/** The part of the plane that the program computes: `linspace` in it says the same. */
const [LEFT, RIGHT, TOP, BOTTOM] = [-1.5, 2.5, 1.4, -0.9];

class Plane {
  readonly element = element("canvas", {
    width: String(COLUMNS * SCALE),
    height: String(ROWS * SCALE),
    class: "pg-plane",
    role: "img",
    "aria-label": "The plane, coloured by the class that the network sees in each point",
  });
  #plane: Float32Array = new Float32Array();
  #points: Float32Array = new Float32Array();
  #frame = 0;

  show(name: string, values: Float32Array): void {
    if (name === "plane") this.#plane = values;
    if (name === "points") this.#points = values;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  clear(): void {
    this.#plane = this.#points = new Float32Array();
    this.element.getContext("2d")?.clearRect(0, 0, COLUMNS * SCALE, ROWS * SCALE);
  }

  #draw(): void {
    this.#frame = 0;
    const context = this.element.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, COLUMNS * SCALE, ROWS * SCALE);
    for (const [i, p] of this.#plane.entries()) {
      context.fillStyle = `color-mix(in srgb, #d98200 ${Math.round(100 * p)}%, #1f77b4)`;
      context.fillRect((i % COLUMNS) * SCALE, Math.floor(i / COLUMNS) * SCALE, SCALE, SCALE);
    }
    for (let i = 0; i + 2 < this.#points.length; i += 3) {
      const [x = 0, y = 0, label = 0] = this.#points.subarray(i, i + 3);
      const at = [(x - LEFT) / (RIGHT - LEFT), (TOP - y) / (TOP - BOTTOM)] as const;
      context.beginPath();
      context.arc(at[0] * COLUMNS * SCALE, at[1] * ROWS * SCALE, 4, 0, 2 * Math.PI);
      context.fillStyle = label > 0.5 ? "#ffd08a" : "#a9d8ff";
      context.fill();
      context.strokeStyle = "#111";
      context.stroke();
    }
  }
}

/** Fills an element; returns what ends the page. */
export function mount(parent: HTMLElement, base: string): () => void {
  const plane = new Plane();
  const bench = new Workbench({
    program,
    base,
    charts: ["loss", "accuracy"],
    unit: "points",
    devices: false,
    parts: [plane.element],
    onStart: () => plane.clear(),
    onShow: (name, value) => {
      if (typeof value !== "string") plane.show(name, value);
    },
  });
  parent.replaceChildren(bench.element);
  return () => bench.destroy();
}

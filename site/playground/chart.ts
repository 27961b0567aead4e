/** @file A diagram of curves that grow: redrawn once a frame at most, with as many points as a screen can show. */
import { element, svg } from "./dom.ts";

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [320, 160, 44, 20, 8];
const MOST_POINTS = 600;

interface Curve {
  readonly line: SVGPolylineElement;
  readonly value: HTMLElement;
  points: (readonly [x: number, y: number])[];
  /** Every how many points one is kept. */
  stride: number;
  skipped: number;
  last: number;
}

/** Curves over the steps of a run. */
export class Chart {
  readonly element: HTMLElement;
  readonly #title: string;
  readonly #lines = svg("g");
  readonly #labels = {
    top: label("4", TOP + 8),
    bottom: label("4", HEIGHT - BOTTOM),
    end: label(String(WIDTH - 4), HEIGHT - 5, "end"),
  };
  readonly #legend = element("p", { class: "pg-legend" });
  readonly #picture: SVGSVGElement;
  readonly #curves = new Map<string, Curve>();
  #frame = 0;

  constructor(title: string) {
    this.#title = title;
    const frame = svg("path", { d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - 4}`, class: "pg-axis" });
    const { top, bottom, end } = this.#labels;
    this.#picture = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: nothing yet` },
      frame,
      this.#lines,
      top,
      bottom,
      end,
    );
    this.element = element("figure", { class: "pg-chart" }, this.#picture, this.#legend);
  }

  add(name: string, x: number, y: number): void {
    const curve = this.#curves.get(name) ?? this.#begin(name);
    curve.last = y;
    if (++curve.skipped >= curve.stride) {
      curve.skipped = 0;
      curve.points.push([x, y]);
    }
    if (curve.points.length > MOST_POINTS) {
      curve.points = curve.points.filter((_, i) => i % 2 === 0);
      curve.stride *= 2;
    }
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#curves.clear();
    this.#lines.replaceChildren();
    this.#legend.replaceChildren();
  }

  #begin(name: string): Curve {
    const colour = `pg-curve-${this.#curves.size % 3}`;
    const line = svg("polyline", { class: colour });
    const value = element("b");
    this.#lines.append(line);
    this.#legend.append(element("span", { class: colour }, `${name} `, value));
    const curve: Curve = { line, value, points: [], stride: 1, skipped: 0, last: Number.NaN };
    this.#curves.set(name, curve);
    return curve;
  }

  #draw(): void {
    this.#frame = 0;
    const curves = [...this.#curves.values()];
    const all = curves.flatMap(({ points }) => points).filter(([, y]) => Number.isFinite(y));
    const end = all.reduce((most, [x]) => Math.max(most, x), 1);
    const [least, most] = rangeOf(all.map(([, y]) => y));
    const across = (x: number) => LEFT + (x / end) * (WIDTH - 4 - LEFT);
    const up = (y: number) => HEIGHT - BOTTOM - ((y - least) / (most - least)) * (HEIGHT - BOTTOM - TOP);
    for (const { line, points, value, last } of curves) {
      const shown = points.filter(([, y]) => Number.isFinite(y));
      line.setAttribute("points", shown.map(([x, y]) => `${across(x).toFixed(1)},${up(y).toFixed(1)}`).join(" "));
      value.textContent = short(last);
    }
    this.#labels.top.textContent = short(most);
    this.#labels.bottom.textContent = short(least);
    this.#labels.end.textContent = `step ${end}`;
    const values = [...this.#curves].map(([name, { last }]) => `${name} ${short(last)}`);
    this.#picture.setAttribute("aria-label", `${this.#title}: ${values.join(", ")} at step ${end}`);
  }
}

function label(x: string, y: number, anchor = "start"): SVGTextElement {
  return svg("text", { x, y: String(y), "text-anchor": anchor });
}

function rangeOf(values: readonly number[]): [least: number, most: number] {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (least > most) return [0, 1];
  return least === most ? [least - 0.5, most + 0.5] : [least, most];
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

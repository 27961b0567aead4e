/** @file The field on which a visitor draws a digit, with a pointer of any kind. */
import { element } from "../dom.ts";
import { toMnist } from "./to-mnist.ts";

const SIDE = 280;
/** As wide as a stroke of MNIST on this field. */
const STROKE = 22;

export class Pad {
  readonly element: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #onChange: () => void;
  #isDrawing = false;

  /** @param onChange - called after each part of a stroke */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.element = element("canvas", {
      width: String(SIDE),
      height: String(SIDE),
      class: "pg-pad",
      role: "img",
      "aria-label": "Field to draw a digit on. Without a pointer, show a test image instead.",
      onpointerdown: (event) => this.#begin(event as PointerEvent),
      onpointermove: (event) => this.#go(event as PointerEvent),
      onpointerup: () => this.#end(),
      onpointercancel: () => this.#end(),
    });
    const context = this.element.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new Error("this browser has no canvas");
    this.#context = context;
    this.clear();
  }

  /** The drawing as MNIST has its digits; null for an empty one. */
  get pixels(): Float32Array | null {
    const { data } = this.#context.getImageData(0, 0, SIDE, SIDE);
    return toMnist(
      Float32Array.from({ length: SIDE * SIDE }, (_, i) => (data[4 * i] ?? 0) / 255),
      SIDE,
    );
  }

  clear(): void {
    this.#context.fillStyle = "#000";
    this.#context.fillRect(0, 0, SIDE, SIDE);
  }

  /** Shows an image of 28 × 28 pixels. */
  draw(pixels: Float32Array): void {
    this.clear();
    const size = SIDE / 28;
    for (const [i, value] of pixels.entries()) {
      const grey = Math.round(255 * value);
      this.#context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      this.#context.fillRect((i % 28) * size, Math.floor(i / 28) * size, size, size);
    }
  }

  #begin(event: PointerEvent): void {
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    const context = this.#context;
    context.strokeStyle = "#fff";
    context.lineWidth = STROKE;
    context.lineCap = "round";
    context.lineJoin = "round";
    const [x, y] = this.#at(event);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x, y);
    context.stroke();
    this.#isDrawing = true;
    this.#onChange();
  }

  #go(event: PointerEvent): void {
    if (!this.#isDrawing) return;
    const [x, y] = this.#at(event);
    this.#context.lineTo(x, y);
    this.#context.stroke();
    this.#onChange();
  }

  #end(): void {
    this.#isDrawing = false;
  }

  #at({ clientX, clientY }: PointerEvent): readonly [x: number, y: number] {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  }
}

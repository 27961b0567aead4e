/** @file The page: it starts the worker, and draws what comes back. */
import type { Progress } from "./messages.ts";

const canvas = document.querySelector<HTMLCanvasElement>("#curve");
const status = document.querySelector("#status");
const context = canvas?.getContext("2d");

function draw(curve: Float32Array): void {
  if (!canvas || !context) return;
  const { width, height } = canvas;
  context.clearRect(0, 0, width, height);
  const line = (colour: string, valueAt: (i: number) => number) => {
    context.strokeStyle = colour;
    context.beginPath();
    for (let i = 0; i < curve.length; i++) {
      context.lineTo((i / (curve.length - 1)) * width, height / 2 - valueAt(i) * height * 0.45);
    }
    context.stroke();
  };
  const target = (i: number) => {
    const x = -1 + (2 * i) / (curve.length - 1);
    return Math.sin(5 * x) * x;
  };
  line("#999", target);
  line("#0f4c81", (i) => curve[i] ?? 0);
}

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }: MessageEvent<Progress>) => {
  draw(data.curve);
  if (status)
    status.textContent = `${data.isDone ? "Done" : "Training"}: step ${data.step}, loss ${data.loss.toFixed(5)}`;
};
worker.onerror = ({ message }) => {
  if (status) status.textContent = message;
};

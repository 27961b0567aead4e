/**
 * @file A drawing as MNIST has its digits: 20 pixels high or wide at most, in the middle of 28 × 28 by its centre of mass.
 * See http://yann.lecun.com/exdb/mnist.
 */

const [SIZE, BOX] = [28, 20];

/** Ink from 0 to 1, row by row, of a square drawing; null for an empty one. */
export function toMnist(ink: Float32Array, side: number): Float32Array | null {
  const bounds = boundsOf(ink, side);
  if (bounds === null) return null;
  const { left, top, width, height } = bounds;
  const scale = Math.max(width, height) / BOX;
  const [columns, rows] = [Math.max(1, Math.round(width / scale)), Math.max(1, Math.round(height / scale))];
  const small = new Float32Array(columns * rows);
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const value = meanOf(ink, side, left + x * scale, top + y * scale, scale);
      small[y * columns + x] = value;
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  }
  const most = small.reduce((a, b) => Math.max(a, b), 0);
  const shiftX = clamp(Math.round(SIZE / 2 - massX / mass), 0, SIZE - columns);
  const shiftY = clamp(Math.round(SIZE / 2 - massY / mass), 0, SIZE - rows);
  const out = new Float32Array(SIZE * SIZE);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      out[(y + shiftY) * SIZE + x + shiftX] = (small[y * columns + x] ?? 0) / most;
    }
  }
  return out;
}

function boundsOf(ink: Float32Array, side: number) {
  let [left, right, top, bottom] = [side, -1, side, -1];
  for (let i = 0; i < ink.length; i++) {
    if ((ink[i] ?? 0) < 0.05) continue;
    const [x, y] = [i % side, Math.floor(i / side)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The mean of a square's pixels; beyond the drawing there is no ink. */
function meanOf(ink: Float32Array, side: number, x: number, y: number, width: number): number {
  let [sum, count] = [0, 0];
  for (let row = Math.floor(y); row < Math.max(y + width, Math.floor(y) + 1); row++) {
    for (let column = Math.floor(x); column < Math.max(x + width, Math.floor(x) + 1); column++) {
      count++;
      if (row < side && column < side) sum += ink[row * side + column] ?? 0;
    }
  }
  return sum / count;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

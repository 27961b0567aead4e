/** @file Single random numbers, as torchvision's transforms draw them from the default generator. */
import { fillRandint } from "../../tensor/random/integers.ts";
import { fillUniform } from "../../tensor/random/uniform.ts";

/** One integer below `end`, as `torch.randint(start, end, (1,))`. */
export function randomBelow(end: number, start = 0): number {
  const out = new Int32Array(1);
  fillRandint(out, start, end);
  return out[0] as number;
}

/** One float32 number, as `torch.empty(1).uniform_(from, to)`. */
export function randomUniform(from: number, to: number): number {
  const out = new Float32Array(1);
  fillUniform(out, from, to);
  return out[0] as number;
}

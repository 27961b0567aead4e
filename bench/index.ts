/** @file What we measure: `npm run bench` on the CPU, `npm run bench -- --device gpu` on the GPU. */
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { device: { type: "string", default: "cpu" } } });
switch (values.device) {
  case "cpu":
    await import("./cpu.ts");
    break;
  case "gpu":
    await import("./gpu.ts");
    break;
  default:
    console.error(`bench: --device ${JSON.stringify(values.device)}: expected cpu or gpu`);
    process.exitCode = 2;
}

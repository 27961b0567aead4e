/** @file One group of figures, measured in a process of its own: `node bench/worker.ts step`. Prints one line of JSON. */
import { deviceInfo } from "tapegrad";
import { measureCnnEpoch, measureCnnStep } from "./cnn.ts";
import { threads } from "./compare.ts";
import { measureElementwise } from "./elementwise.ts";
import { measureKernels } from "./kernels.ts";
import { measureLoader } from "./loader.ts";
import { tableProducts } from "./matmul-shapes.ts";
import { measureOverhead } from "./overhead.ts";
import { makeBackends, measureHandOver, measurePasses, measureProduct } from "./threads.ts";
import { measureMemory, measureProgram, measureStep } from "./training.ts";

const groups: Record<string, () => object | Promise<object>> = {
  info: deviceInfo,
  matmul: () => {
    const backends = makeBackends(threads);
    return tableProducts.map((product) => measureProduct(backends, product, 31));
  },
  passes: () => measurePasses(threads, 60),
  kernels: () => measureKernels(65536),
  handOver: () => measureHandOver(),
  step: () => ({ ms: measureStep() }),
  overhead: () => measureOverhead(),
  elementwise: () => measureElementwise(),
  loader: () => measureLoader(),
  memory: () => {
    const [, second = Number.NaN, ...rest] = measureMemory(20);
    return { second, last: rest.at(-1) ?? Number.NaN };
  },
  program: () => measureProgram(),
  cnnStep: () => measureCnnStep(),
  cnnEpoch: () => measureCnnEpoch(),
};

const group = groups[process.argv[2] ?? ""];
if (group === undefined) {
  console.error(`expected one of ${Object.keys(groups).join(", ")}`);
  process.exit(2);
}
console.log(JSON.stringify(await group()));

/** @file For a page: circular functions of angles of any size on the GPU. */
import { gpuAvailable, tensor } from "../../../src/entry/index.ts";

/** Functions, angles, and the largest fault of each relative to the function's value. */
export type Faults = Readonly<Record<"sin" | "cos" | "tan", number>>;

/** Angles of every size that a float can have, those of issue reports, and such as are very close to quarter turns. */
function angles(): number[] {
  const chosen = [
    3e5,
    1e6,
    1e7,
    16_777_216,
    1e10,
    1e22,
    1e30,
    16_367_173 * 2 ** 72,
    16_367_173 * 2 ** 71,
    3.4028234e38,
  ];
  const spread = Array.from(
    { length: 2000 },
    (_, i) => 2 ** (-3 + (i * 131) / 2000) * (1 + ((i * 7919) % 1000) / 1000),
  );
  const all = [...chosen, ...spread].map(Math.fround).filter(Number.isFinite);
  return [...all, ...all.map((x) => -x)];
}

export default async function run(): Promise<Faults> {
  const gpu = await gpuAvailable();
  if (!gpu.available) throw new Error(gpu.reason);
  const values = angles();
  const x = tensor(values).to("gpu");
  const faultOf = async (name: keyof Faults): Promise<number> => {
    const found = await x[name]().data();
    const faults = values.map((value, i) => Math.abs((found[i] ?? Number.NaN) / Math[name](value) - 1));
    return faults.reduce((most, fault) => (fault > most || Number.isNaN(fault) ? fault : most), 0);
  };
  return { sin: await faultOf("sin"), cos: await faultOf("cos"), tan: await faultOf("tan") };
}

/**
 * @file jax-js with its wasm device, everything in jit as it advises. It shares work between threads only where Web
 * Workers exist, so in Node it runs on one. It records no tape while it computes, so it has no chain of additions.
 */
import { readFileSync } from "node:fs";
import { type Jax, type JaxArray, makeModel } from "./jax-model.ts";
import type { Peer } from "./peer.ts";
import { numbers } from "./workload.ts";

export async function load(): Promise<Peer> {
  const name = "@jax-js/jax";
  const jax = (await import(name)) as Jax;
  await jax.init();
  jax.defaultDevice("wasm");
  const { numpy: np, nn } = jax;
  const wait = async (array: JaxArray) => (await jax.blockUntilReady(array)).dispose();
  const manifest = readFileSync(`${import.meta.dirname}/node_modules/${name}/package.json`, "utf8");
  return {
    version: (JSON.parse(manifest) as { version: string }).version,
    model: (problem) => makeModel(jax, problem),
    matmul: (n) => {
      const [a, b] = [0, 1].map(() => np.array(numbers(n * n, 1)).reshape([n, n])) as [JaxArray, JaxArray];
      const product = jax.jit((p: JaxArray, q: JaxArray) => np.matmul(p, q));
      return () => wait(product(a.ref, b.ref));
    },
    relu: (n) => {
      const [x, upstream] = [0, 1].map(() => np.array(numbers(n, 1))) as [JaxArray, JaxArray];
      // Gives out both results: jit leaves out what nobody asks for.
      const both = jax.jit((v: JaxArray, dy: JaxArray) => {
        const [result, backward] = jax.vjp(nn.relu, [v]);
        return [result, ...backward(dy)];
      });
      return async () => {
        for (const array of await jax.blockUntilReady(both(x.ref, upstream.ref))) array.dispose();
      };
    },
  };
}

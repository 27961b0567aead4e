/**
 * @file Functions of elements on whole texels, in WebGL 2: a texel of each array is fetched once, and the function, which
 * gpu.js translates, is called for its four elements.
 */
import { TEXEL, type TexelVersion } from "../kernel.ts";

/** Whether every array steps by whole texels, or repeats an element. */
export function stepsByTexels(places: readonly { readonly at: number; readonly step: number }[]): boolean {
  return places.every(({ at, step }) => step === 0 || (step === 1 && at % TEXEL === 0));
}

/**
 * The version of a kernel whose arrays `x` have ints `xAt` and, if they may repeat an element, `xStep`, which is 0 or 1. Its
 * function takes the elements and further numbers.
 */
export function elementTexels(
  arrays: readonly { readonly input: string; readonly array: string; readonly mayRepeat: boolean }[],
  numbers: readonly string[],
  statements: string,
): TexelVersion {
  const inputs = [...arrays.map(({ input }) => input), ...numbers];
  const fetched = arrays.map(({ input, array, mayRepeat }) => {
    const at = `(user_${input}At >> 2)`;
    const fetch = (place: string) => `texelAt(user_${array}, user_${array}Size, ${place})`;
    const body = mayRepeat
      ? `vec4 texel = ${fetch(`${at} + index * user_${input}Step`)};
  return user_${input}Step == 0 ? vec4(texel[user_${input}At & 3]) : texel;`
      : `return ${fetch(`${at} + index`)};`;
    return [`${input}Texel`, `vec4 ${input}Texel() {\n  ${body}\n}`] as const;
  });
  const calls = [0, 1, 2, 3].map((i) => {
    return `element(${[...arrays.map(({ input }) => `${input}Four[${i}]`), ...numbers].join(", ")})`;
  });
  return {
    statements: arrays.map(({ input }) => `const ${input}Four = ${input}Texel();`).join("\n"),
    texel: `[${calls.join(", ")}]`,
    native: Object.fromEntries(fetched),
    f: { inputs, statements },
  };
}

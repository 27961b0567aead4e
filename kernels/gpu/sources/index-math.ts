/** @file Index arithmetic in kernels: strides, and the coordinates of a linear index. */

/** Dimensions that kernels for arrays of any layout have. Neighbouring ones are joined first, so few have more. */
export const RANKS = [2, 4, 8] as const;

/** Names with a number: `named("s", 2)` gives s0, s1. */
export function named(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, d) => `${prefix}${d}`);
}

/**
 * Statements that take the number `from` apart into coordinates `c0` … of sizes `s0` …. Divisions in WGSL are off by up
 * to 2.5 units of the last place, so every quotient is corrected.
 */
export function coordinates(from: string, rank: number, coordinate = "c", size = "s"): string {
  const lines = [`let rest = ${from};`];
  for (let d = rank - 1; d > 0; d--) {
    const [c, s, q] = [`${coordinate}${d}`, `${size}${d}`, `quotient${d}`];
    lines.push(
      `let ${q} = Math.floor(rest / ${s});`,
      `let ${c} = rest - ${q} * ${s};`,
      `if (${c} < 0) { ${q} -= 1; ${c} += ${s}; }`,
      `if (${c} >= ${s}) { ${q} += 1; ${c} -= ${s}; }`,
      `rest = ${q};`,
    );
  }
  lines.push(`const ${coordinate}0 = rest;`);
  return lines.join("\n");
}

/** `at + c0 * p0 + c1 * p1 …`: where the element with coordinates c lies. */
export function indexExpression(prefix: string, rank: number, at: string, coordinate = "c"): string {
  return [at, ...named(prefix, rank).map((stride, d) => `${coordinate}${d} * ${stride}`)].join(" + ");
}

/** Statements that divide: quotient and remainder of integers, corrected as in {@link coordinates}. */
export function divide(quotient: string, remainder: string, dividend: string, divisor: string): string {
  return [
    `let ${quotient} = Math.floor((${dividend}) / ${divisor});`,
    `let ${remainder} = (${dividend}) - ${quotient} * ${divisor};`,
    `if (${remainder} < 0) { ${quotient} -= 1; ${remainder} += ${divisor}; }`,
    `if (${remainder} >= ${divisor}) { ${quotient} += 1; ${remainder} -= ${divisor}; }`,
  ].join("\n");
}

/** @file Loops of the element-wise operations. Made by scripts/build-loops.ts; do not edit. */
import type { ElementwiseName } from "../../ir/elementwise.ts";
import type { Loops } from "../elementwise.ts";
import { roundHalfEven, sigmoid, erf, erfc, erfinv, lgamma, digamma, pow, powInteger } from "../special.ts";

export const LOOPS: Readonly<Record<ElementwiseName, Loops>> = {
  add: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! + b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! + b[bi]!) | 0);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  sub: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! - b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! - b[bi]!) | 0);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  mul: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! * b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.imul(a[ai]!, b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  div: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! / b[bi]!);
  }
} },
  addScaled: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! + (b[bi]! * s0));
  }
},
int: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! + Math.imul(b[bi]!, s0)) | 0);
  }
} },
  addProduct: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = (a[ai]! + ((b[bi]! * c[ci]!) * s0));
  }
},
int: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = ((a[ai]! + Math.imul(Math.imul(b[bi]!, c[ci]!), s0)) | 0);
  }
} },
  addQuotient: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = (a[ai]! + ((b[bi]! * s0) / c[ci]!));
  }
} },
  lerp: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    const t0 = c[ci]!;
    const t1 = a[ai]!;
    const t2 = b[bi]!;
    const t3 = (t2 - t1);
    z[zi] = ((Math.abs(t0) < 0.5) ? (t1 + (t0 * t3)) : (t2 - (t3 * (1 - t0))));
  }
} },
  pow: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = pow(a[ai]!, b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = powInteger(a[ai]!, b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (!(b[bi]! !== 0))) ? 1 : 0;
  }
} },
  maximum: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.max(a[ai]!, b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.max(a[ai]!, b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  minimum: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.min(a[ai]!, b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.min(a[ai]!, b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  remainder: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = (a[ai]! % t0);
    z[zi] = (((t1 !== 0) && ((t1 < 0) !== (t0 < 0))) ? (t1 + t0) : t1);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = (a[ai]! % t0);
    z[zi] = ((((t1 !== 0) && ((t1 < 0) !== (t0 < 0))) ? (t1 + t0) : t1) | 0);
  }
} },
  fmod: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! % b[bi]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! % b[bi]!) | 0);
  }
} },
  floorDivide: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = a[ai]!;
    const t2 = (t1 % t0);
    const t3 = ((t1 - t2) / t0);
    const t4 = (((t2 !== 0) && ((t2 < 0) !== (t0 < 0))) ? (t3 - 1) : t3);
    const t5 = Math.floor(t4);
    z[zi] = ((t0 === 0) ? (t1 / t0) : ((t4 === 0) ? ((t1 / t0) * 0) : (((t4 - t5) > 0.5) ? (t5 + 1) : t5)));
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (Math.floor((a[ai]! / b[bi]!)) | 0);
  }
} },
  truncDivide: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.trunc((a[ai]! / b[bi]!));
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (Math.trunc((a[ai]! / b[bi]!)) | 0);
  }
} },
  atan2: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = Math.atan2(a[ai]!, b[bi]!);
  }
} },
  hypot: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = a[ai]!;
    const t1 = b[bi]!;
    z[zi] = Math.sqrt(((t0 * t0) + (t1 * t1)));
  }
} },
  neg: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (-a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (-a[ai]!);
  }
} },
  abs: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.abs(a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.abs(a[ai]!);
  }
} },
  sign: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > 0) ? 1 : ((t0 < 0) ? (-1) : 0));
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > 0) ? 1 : ((t0 < 0) ? (-1) : 0));
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (a[ai]! !== 0) ? 1 : 0;
  }
} },
  square: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 * t0);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = Math.imul(t0, t0);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (a[ai]! !== 0) ? 1 : 0;
  }
} },
  sqrt: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.sqrt(a[ai]!);
  }
} },
  rsqrt: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (1 / Math.sqrt(a[ai]!));
  }
} },
  reciprocal: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (1 / a[ai]!);
  }
} },
  floor: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.floor(a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = a[ai]!;
  }
} },
  ceil: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.ceil(a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = a[ai]!;
  }
} },
  round: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = roundHalfEven(a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = a[ai]!;
  }
} },
  trunc: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.trunc(a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = a[ai]!;
  }
} },
  frac: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 - Math.trunc(t0));
  }
} },
  clamp: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    const t1 = ((t0 < s0) ? s0 : t0);
    z[zi] = ((s0 !== s0) ? s0 : ((s1 !== s1) ? s1 : ((t1 > s1) ? s1 : t1)));
  }
},
int: (n, s0, s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    const t1 = ((t0 < s0) ? s0 : t0);
    z[zi] = ((t1 > s1) ? s1 : t1);
  }
} },
  bitwiseAnd: {
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! & b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  bitwiseOr: {
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! | b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  bitwiseXor: {
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! ^ b[bi]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  bitwiseNot: {
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (~a[ai]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (!(a[ai]! !== 0)) ? 1 : 0;
  }
} },
  eq: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! === b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! === b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (!((a[ai]! !== 0) !== (b[bi]! !== 0))) ? 1 : 0;
  }
} },
  ne: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! !== b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! !== b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  lt: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! < b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! < b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((!(a[ai]! !== 0)) && (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  le: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! <= b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! <= b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((!(a[ai]! !== 0)) || (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  gt: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! > b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! > b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (!(b[bi]! !== 0))) ? 1 : 0;
  }
} },
  ge: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! >= b[bi]!) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! >= b[bi]!) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (!(b[bi]! !== 0))) ? 1 : 0;
  }
} },
  logicalAnd: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) && (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  logicalOr: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) || (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  logicalXor: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((a[ai]! !== 0) !== (b[bi]! !== 0)) ? 1 : 0;
  }
} },
  logicalNot: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (!(a[ai]! !== 0)) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (!(a[ai]! !== 0)) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (!(a[ai]! !== 0)) ? 1 : 0;
  }
} },
  isnan: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 !== t0) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 !== 0) && (!(t0 !== 0))) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = (a[ai]! !== 0);
    z[zi] = (t0 && (!t0)) ? 1 : 0;
  }
} },
  isfinite: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (Math.abs(a[ai]!) < Infinity) ? 1 : 0;
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 !== 0) || (!(t0 !== 0))) ? 1 : 0;
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = (a[ai]! !== 0);
    z[zi] = (t0 || (!t0)) ? 1 : 0;
  }
} },
  where: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = ((a[ai]! !== 0) ? b[bi]! : c[ci]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = ((a[ai]! !== 0) ? b[bi]! : c[ci]!);
  }
},
bool: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs, c, ci, cs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs, ci += cs) {
    z[zi] = ((a[ai]! !== 0) ? (b[bi]! !== 0) : (c[ci]! !== 0)) ? 1 : 0;
  }
} },
  exp: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.exp(a[ai]!);
  }
} },
  exp2: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = (2 ** a[ai]!);
  }
} },
  expm1: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.expm1(a[ai]!);
  }
} },
  log: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.log(a[ai]!);
  }
} },
  log1p: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.log1p(a[ai]!);
  }
} },
  log2: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.log2(a[ai]!);
  }
} },
  log10: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.log10(a[ai]!);
  }
} },
  sin: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.sin(a[ai]!);
  }
} },
  cos: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.cos(a[ai]!);
  }
} },
  tan: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.tan(a[ai]!);
  }
} },
  asin: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.asin(a[ai]!);
  }
} },
  acos: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.acos(a[ai]!);
  }
} },
  atan: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.atan(a[ai]!);
  }
} },
  sinh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.sinh(a[ai]!);
  }
} },
  cosh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.cosh(a[ai]!);
  }
} },
  tanh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.tanh(a[ai]!);
  }
} },
  asinh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.asinh(a[ai]!);
  }
} },
  acosh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.acosh(a[ai]!);
  }
} },
  atanh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = Math.atanh(a[ai]!);
  }
} },
  sigmoid: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = sigmoid(a[ai]!);
  }
} },
  erf: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = erf(a[ai]!);
  }
} },
  erfc: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = erfc(a[ai]!);
  }
} },
  erfinv: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = erfinv(a[ai]!);
  }
} },
  lgamma: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = lgamma(a[ai]!);
  }
} },
  digamma: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    z[zi] = digamma(a[ai]!);
  }
} },
  sinc: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    const t1 = (t0 * 3.141592653589793);
    z[zi] = ((t0 === 0) ? 1 : (Math.sin(t1) / t1));
  }
} },
  relu: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 < 0) ? 0 : t0);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 < 0) ? 0 : t0);
  }
} },
  leakyRelu: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > 0) ? t0 : (t0 * s0));
  }
} },
  prelu: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > 0) ? t0 : (t0 * b[bi]!));
  }
} },
  threshold: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 <= s0) ? s1 : t0);
  }
},
int: (n, s0, s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 <= s0) ? s1 : t0);
  }
} },
  elu: {
float: (n, s0, s1, s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > 0) ? (t0 * s1) : ((Math.expm1((((t0 > 0) ? 0 : t0) * s2)) * s0) + 0));
  }
} },
  gelu: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 * 0.5) * (erf((t0 * 0.7071067811865476)) + 1));
  }
} },
  geluTanh: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 * 0.5) * (Math.tanh(((t0 * (((t0 * t0) * 0.044715) + 1)) * 0.7978845608028654)) + 1));
  }
} },
  silu: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 * sigmoid(t0));
  }
} },
  mish: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 * Math.tanh((Math.max(t0, 0) + Math.log1p(Math.exp((-Math.abs(t0)))))));
  }
} },
  softplus: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    const t1 = (t0 * s0);
    z[zi] = ((t1 > s1) ? t0 : (Math.log1p(Math.exp(t1)) / s0));
  }
} },
  logSigmoid: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (Math.min(t0, 0) - Math.log1p(Math.exp((-Math.abs(t0)))));
  }
} },
  hardsigmoid: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = (a[ai]! + 3);
    const t1 = ((t0 < 0) ? 0 : t0);
    z[zi] = (((t1 > 6) ? 6 : t1) / 6);
  }
} },
  hardswish: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    const t1 = (t0 + 3);
    const t2 = ((t1 < 0) ? 0 : t1);
    z[zi] = ((t0 * ((t2 > 6) ? 6 : t2)) / 6);
  }
} },
  softsign: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 / (Math.abs(t0) + 1));
  }
} },
  tanhshrink: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = (t0 - Math.tanh(t0));
  }
} },
  hardshrink: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((Math.abs(t0) <= s0) ? 0 : t0);
  }
} },
  softshrink: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as) {
    const t0 = a[ai]!;
    z[zi] = ((t0 > s0) ? (t0 - s0) : ((t0 < (-s0)) ? (t0 + s0) : ((t0 !== t0) ? t0 : 0)));
  }
} },
  reluGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((b[bi]! <= 0) ? 0 : a[ai]!);
  }
},
int: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((b[bi]! <= 0) ? 0 : a[ai]!);
  }
} },
  sigmoidGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = ((a[ai]! * t0) * (1 - t0));
  }
} },
  tanhGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = ((a[ai]! * (1 - t0)) * (t0 + 1));
  }
} },
  leakyReluGrad: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = a[ai]!;
    z[zi] = ((b[bi]! > 0) ? t0 : (t0 * s0));
  }
} },
  thresholdGrad: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((b[bi]! <= s0) ? 0 : a[ai]!);
  }
},
int: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((b[bi]! <= s0) ? 0 : a[ai]!);
  }
} },
  clampGrad: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (((t0 >= s0) && (t0 <= s1)) ? a[ai]! : 0);
  }
},
int: (n, s0, s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (((t0 >= s0) && (t0 <= s1)) ? a[ai]! : 0);
  }
} },
  eluGrad: {
float: (n, s0, s1, s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (a[ai]! * ((t0 > 0) ? s1 : ((Math.exp((((t0 > 0) ? 0 : t0) * s2)) * s0) * s2)));
  }
} },
  geluGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (a[ai]! * (((erf((t0 * 0.7071067811865476)) + 1) * 0.5) + (t0 * (Math.exp(((t0 * t0) * (-0.5))) * 0.3989422804014327))));
  }
} },
  geluTanhGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = Math.tanh(((t0 * (((t0 * t0) * 0.044715) + 1)) * 0.7978845608028654));
    z[zi] = (a[ai]! * (((t1 + 1) * 0.5) + (((t0 * 0.5) * ((1 - t1) * (t1 + 1))) * ((((t0 * t0) * 0.134145) + 1) * 0.7978845608028654))));
  }
} },
  siluGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = sigmoid(t0);
    z[zi] = (a[ai]! * (t1 * ((t0 * (1 - t1)) + 1)));
  }
} },
  mishGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = Math.tanh((Math.max(t0, 0) + Math.log1p(Math.exp((-Math.abs(t0))))));
    z[zi] = (a[ai]! * (t1 + ((t0 * sigmoid(t0)) * ((1 - t1) * (t1 + 1)))));
  }
} },
  softplusGrad: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = (b[bi]! * s0);
    const t1 = a[ai]!;
    z[zi] = ((t0 > s1) ? t1 : (t1 * sigmoid(t0)));
  }
} },
  logSigmoidGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = (a[ai]! * sigmoid((-b[bi]!)));
  }
} },
  hardsigmoidGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (((t0 > (-3)) && (t0 < 3)) ? (a[ai]! / 6) : 0);
  }
} },
  hardswishGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    const t1 = a[ai]!;
    z[zi] = ((t0 < (-3)) ? 0 : ((t0 <= 3) ? (t1 * ((t0 / 3) + 0.5)) : t1));
  }
} },
  hardtanhGrad: {
float: (n, s0, s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = b[bi]!;
    z[zi] = (((t0 > s0) && (t0 < s1)) ? a[ai]! : 0);
  }
} },
  shrinkGrad: {
float: (n, s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    z[zi] = ((Math.abs(b[bi]!) <= s0) ? 0 : a[ai]!);
  }
} },
  softsignGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = (Math.abs(b[bi]!) + 1);
    z[zi] = ((a[ai]! / t0) / t0);
  }
} },
  tanhshrinkGrad: {
float: (n, _s0, _s1, _s2, z, zi, zs, a, ai, as, b, bi, bs) => {
  for (let i = 0; i < n; i++, zi += zs, ai += as, bi += bs) {
    const t0 = Math.tanh(b[bi]!);
    z[zi] = (a[ai]! * (t0 * t0));
  }
} },
};

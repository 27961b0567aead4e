/** @file Objects of another copy of this library in the same program: recognised, so that they can be refused. */
import { ValueError } from "./errors.ts";

/** What an object of this library is. */
export type Kind = "Tensor" | "Parameter" | "Module" | "Optimizer";

/** Under this name every copy of the library says what an object is. */
export const KIND: unique symbol = Symbol.for("tapegrad.kind") as never;
/** Under this name only this copy says that an object is its own. */
export const OWN: unique symbol = Symbol("tapegrad.own");

/** What `value` is, if it comes from another copy of the library; else null. */
export function foreignKind(value: unknown): Kind | null {
  if (typeof value !== "object" || value === null || OWN in value || !(KIND in value)) return null;
  return value[KIND] as Kind;
}

/** Throws a ValueError with the reason if `value`, which is `what`, comes from another copy of the library. */
export function refuseForeign(op: string, what: string, value: unknown): void {
  const kind = foreignKind(value);
  if (kind === null) return;
  throw new ValueError(
    `[${op}] ${what} is a ${kind} of another copy of tapegrad, which this copy cannot use. The program contains the ` +
      "library twice: bundled twice, linked, in two versions, or as ES module and as CommonJS. Import it from one " +
      'place (npm dedupe, or resolve.dedupe: ["tapegrad"] in the bundler), or hand over numbers, as encodeSafetensors does.',
  );
}

/** @file Detection of objects of another copy of this library in the same program. */
import { ValueError } from "./errors.ts";
import { COPY, TENSOR } from "./identity.ts";

/** Under this name every module of every copy of the library carries the {@link COPY} it belongs to. */
export const MODULE: unique symbol = Symbol.for("tapegrad.Module") as never;
/** The same for parameters, which are tensors too. */
export const PARAMETER: unique symbol = Symbol.for("tapegrad.Parameter") as never;
/** The same for optimizers. */
export const OPTIMIZER: unique symbol = Symbol.for("tapegrad.Optimizer") as never;

const KINDS = [
  [PARAMETER, "Parameter"],
  [TENSOR, "Tensor"],
  [MODULE, "Module"],
  [OPTIMIZER, "Optimizer"],
] as const;

/** What `value` is, if it belongs to another copy of the library; else null. */
export function foreignKind(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  for (const [name, kind] of KINDS) if (name in value) return Reflect.get(value, name) === COPY ? null : kind;
  return null;
}

/** Throws a ValueError with the reason if `value`, which is `what`, belongs to another copy of the library. */
export function refuseForeign(op: string, what: string, value: unknown): void {
  const kind = foreignKind(value);
  if (kind === null) return;
  throw new ValueError(
    `[${op}] ${what} is ${kind === "Optimizer" ? "an" : "a"} ${kind} of another copy of tapegrad, which this copy cannot use. The program contains the ` +
      "library twice: bundled twice, linked, in two versions, or as ES module and as CommonJS. Import it from one " +
      'place (npm dedupe, or resolve.dedupe: ["tapegrad"] in the bundler), or hand over numbers, as encodeSafetensors does.',
  );
}

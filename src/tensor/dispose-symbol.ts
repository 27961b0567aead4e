/** @file `Symbol.dispose`, also where the platform or the `lib` of a user's tsconfig does not have it yet. */

declare global {
  /** As in `lib.esnext.disposable`, with which this merges: the declarations of the package compile with older `lib`s. */
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/** Browsers without `using` have no symbol for it either; transpilers of `using` take this one in its place. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

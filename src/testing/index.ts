/** @file The namespace `testing`: assertions that need no test runner. */
export { type AssertCloseOptions, assertClose } from "./assert-close.ts";
export type { CloseOptions } from "./close.ts";

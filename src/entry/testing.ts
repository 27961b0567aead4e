/**
 * @file The entry point `tapegrad/testing`: matchers for vitest. Importing it adds them to `expect`; nothing else in the
 * library needs vitest.
 */

export { type AssertCloseOptions, assertClose } from "../testing/assert-close.ts";
export * from "../testing/matchers.ts";

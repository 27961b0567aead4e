/**
 * @file The entry point `tapegrad/testing`: matchers for vitest. Importing it adds them to `expect`; nothing else in the
 * library needs vitest.
 */
export * from "../testing/matchers.ts";

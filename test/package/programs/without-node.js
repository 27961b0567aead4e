/** @file Runs a bundle with the globals of Node taken away, as a page would. */
import assert from "node:assert/strict";

const { exit } = process;
for (const name of ["process", "Buffer", "global", "require", "module", "setImmediate", "clearImmediate"]) {
  delete globalThis[name];
}
await import("./browser-bundle.js");
assert.deepEqual(globalThis.learned, [0, 1, 1, 0]);
exit(0);

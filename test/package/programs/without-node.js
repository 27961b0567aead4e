/** @file Runs a bundle with what is Node's alone taken away, as a page would. Node itself cannot do without Buffer. */
import assert from "node:assert/strict";

const { exit } = process;
for (const name of ["process", "global", "require", "module", "setImmediate", "clearImmediate"]) {
  delete globalThis[name];
}
await import("./browser-bundle.js");
assert.deepEqual(globalThis.learned, [0, 1, 1, 0]);
exit(0);

/** @file Runs a bundle with what is Node's alone taken away, as in a page. (Node itself cannot do without Buffer.) */
import assert from "node:assert/strict";

const { argv, exit } = process;
for (const name of ["process", "global", "require", "module", "setImmediate", "clearImmediate"]) {
  delete globalThis[name];
}
await import(argv[2]);
assert.deepEqual(globalThis.learned, [0, 1, 1, 0]);
exit(0);

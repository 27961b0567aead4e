/** @file Optional npm packages of programs in Node: loaded when they are used, and invisible to bundlers. */
import { nodeModule } from "./builtin.ts";
import { requirePlaces } from "./files.ts";

/**
 * A package in CommonJS form, from beside this library or from the program's own folder; undefined where there is none.
 * Not by an import: bundlers would follow it, and fail where it is not installed.
 */
export function requirePackage(name: string): unknown {
  return fromPlaces((require) => require(name));
}

/** What `load` gives, called from beside this library or else from the program's own folder. */
export function fromPlaces<T>(load: (require: NodeJS.Require) => T): T | undefined {
  for (const from of requirePlaces()) {
    try {
      const require = nodeModule?.createRequire(from);
      if (require !== undefined) return load(require);
    } catch {
      // Not where this place can see it.
    }
  }
  return undefined;
}

/** @file Optional npm packages that are ES modules alone. Apart from the others: bundlers look at an `import` they cannot follow. */
import { url } from "./builtin.ts";
import { fromPlaces } from "./packages.ts";

/** A package from beside this library or from the program's own folder; undefined where there is none. */
export async function importPackage(name: string): Promise<unknown> {
  const path = fromPlaces((require) => require.resolve(name));
  if (path === undefined || url === undefined) return undefined;
  return import(/* @vite-ignore */ /* webpackIgnore: true */ url.pathToFileURL(path).href);
}

/** @file The place in the user's code that a stack trace leads to. */

/** The addresses of the library's own files. */
function ownFiles(): readonly string[] {
  const here = import.meta.url;
  const source = here.lastIndexOf("/src/compile/");
  if (source < 0) return [here.slice(0, here.lastIndexOf("/") + 1)];
  const root = here.slice(0, source);
  return [`${root}/src/`, `${root}/kernels/`];
}

/** What was called, and where: `itemSync at file:///train.ts:12:5`. */
export function placeOf(stack: string): string {
  const own = ownFiles();
  const frames = stack.split("\n").filter((line) => /^\s*at |@/.test(line));
  const isOwn = (frame: string): boolean =>
    own.some((path) => frame.includes(path) || frame.includes(path.replace("file://", "")));
  const first = frames.findIndex((frame) => !isOwn(frame) && !frame.includes("<anonymous>"));
  const place = /([^\s(@]+:\d+:\d+)\)?$/.exec(frames[first] ?? "")?.[1];
  const called = /at (?:async )?(?:new )?(?:[\w$]+\.)?([\w$]+)/.exec(frames[first - 1] ?? "")?.[1];
  if (place === undefined) return called ?? "the function";
  return called === undefined ? place : `${called}() at ${place}`;
}

/** @file JSON from files: not deeper than it can be, and with the keys that stand there. */
import { FormatError } from "./format-error.ts";

/**
 * The value of JSON text. `what` names the text in errors.
 *
 * @throws FormatError for text that is no JSON, or nested deeper than `maxDepth`.
 */
export function parseJson(what: string, text: string, maxDepth: number): unknown {
  checkDepth(what, text, maxDepth);
  const mark = text.includes("\\") ? unusedCharacter(text) : undefined;
  try {
    if (mark === undefined) return JSON.parse(text);
    const guarded = text.replace(/\\(["\\/bfnrt]|u[\da-fA-F]{4})/g, (_, code: string) => mark + nameOf(code));
    return withEscapes(JSON.parse(guarded), mark);
  } catch (error) {
    throw new FormatError(`has a damaged ${what}: it is no JSON`, { cause: error });
  }
}

/** Before JSON is parsed: brackets outside of strings. */
function checkDepth(what: string, text: string, maxDepth: number): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (inString) {
      if (letter === "\\") i++;
      else if (letter === '"') inString = false;
    } else if (letter === '"') inString = true;
    else if (letter === "[" || letter === "{") depth++;
    else if (letter === "]" || letter === "}") depth--;
    if (depth > maxDepth) throw new FormatError(`has a damaged ${what}: it is nested too deeply`);
  }
}

/*
 * The JSON.parse of Node 24 mistakes keys that are written with a backslash: it takes `{"a":0,"b\"":1}` for
 * `{"a":0,"b\\":1}` if it has seen an object of the second form before. So escapes are put aside, behind a character that
 * does not occur in the text, and read after the objects are there.
 */

const QUOTE_NAME = "q";

function nameOf(code: string): string {
  if (code === '"') return QUOTE_NAME;
  return code === "\\" ? "s" : code;
}

/** A character of the private use area that the text lacks. There are 6400 of them. */
function unusedCharacter(text: string): string {
  for (let code = 0xe000; code < 0xf900; code++) {
    const character = String.fromCharCode(code);
    if (!text.includes(character)) return character;
  }
  throw new FormatError("holds every character of Unicode's private use area");
}

function withEscapes(value: unknown, mark: string): unknown {
  if (typeof value === "string") return unescaped(value, mark);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withEscapes(item, mark));
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [unescaped(key, mark), withEscapes(item, mark)]));
}

const ESCAPED: Readonly<Record<string, string>> = {
  [QUOTE_NAME]: '"',
  s: "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

function unescaped(text: string, mark: string): string {
  const [first = "", ...parts] = text.split(mark);
  return parts.reduce((all, part) => {
    const named = ESCAPED[part[0] as string];
    if (named !== undefined) return all + named + part.slice(1);
    return all + String.fromCharCode(Number.parseInt(part.slice(1, 5), 16)) + part.slice(5);
  }, first);
}

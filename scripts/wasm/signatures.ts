/** @file TypeScript types of a module's exports, taken from the declarations in its AssemblyScript sources. */

/**
 * A v128 cannot cross to JavaScript: no value is a `never`, so that such a function can be handed to another instance
 * but not called.
 */
const HOST_TYPES: Readonly<Record<string, string>> = {
  void: "void",
  bool: "number",
  i8: "number",
  u8: "number",
  i16: "number",
  u16: "number",
  i32: "number",
  u32: "number",
  isize: "number",
  usize: "number",
  f32: "number",
  f64: "number",
  i64: "bigint",
  u64: "bigint",
  v128: "never",
};

function hostType(name: string, type: string): string {
  const found = HOST_TYPES[type];
  if (found === undefined) throw new Error(`${name}: no JavaScript type for ${type}`);
  return found;
}

/**
 * Text of an interface with one method for each name.
 *
 * @param texts The source files; each name must be declared in one of them as `export function name(a: type, …): type`.
 */
export function exportsInterface(type: string, names: readonly string[], texts: readonly string[]): string {
  const lines = names.map((name) => {
    const pattern = new RegExp(`((?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\s*)?)export function ${name}\\(([^)]*)\\): (\\w+)`);
    const found = texts.map((text) => text.match(pattern)).find((match) => match !== null);
    if (!found) throw new Error(`${name}: no declaration of this export`);
    const [, comment = "", parameters = "", result = ""] = found;
    const list = parameters
      .split(",")
      .map((parameter) => parameter.trim())
      .filter((parameter) => parameter !== "")
      .map((parameter) => {
        const [label = "", kind = ""] = parameter.split(/\s*:\s*/);
        return `${label}: ${hostType(name, kind)}`;
      });
    const doc = comment.trim() === "" ? "" : `  ${comment.trim().replaceAll("\n", "\n  ")}\n`;
    return `${doc}  ${name}(${list.join(", ")}): ${hostType(name, result)};`;
  });
  return `export interface ${type} {\n${lines.join("\n")}\n}`;
}

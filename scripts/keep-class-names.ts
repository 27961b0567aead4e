/**
 * @file A plugin of the build: classes keep their names. Programs are minified, which renames classes, and printed
 * models and errors show the names of classes. A static field is left alone by minifiers, and by tree shaking.
 */
import type { Plugin } from "rolldown";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "type") === "string";

/** Where the bodies of classes begin, and what they are called: by themselves, or by the variable that holds them. */
function classesIn(node: Node, variable: unknown = null): { readonly name: string; readonly at: number }[] {
  const holder = node.type === "VariableDeclarator" ? node.id : null;
  const below = Object.values(node).flatMap((value) => [value].flat().filter(isNode));
  const classes = below.flatMap((child) => classesIn(child, holder));
  if (node.type !== "ClassDeclaration" && node.type !== "ClassExpression") return classes;
  const { id = null, body } = node;
  const identifier = id ?? variable;
  if (!isNode(identifier) || identifier.type !== "Identifier" || !isNode(body)) return classes;
  // The bundler tells classes of one name apart by a number.
  return [{ name: String(identifier.name).replace(/\$\d+$/, ""), at: body.start + 1 }, ...classes];
}

/** Gives every class of the bundle its name as a static field. */
export function keepClassNames(): Plugin {
  return {
    name: "keep-class-names",
    renderChunk(code, { fileName }) {
      if (!fileName.endsWith(".js")) return null;
      let named = code;
      const classes = classesIn(this.parse(code) as unknown as Node);
      for (const { name, at } of classes.sort((a, b) => b.at - a.at)) {
        named = `${named.slice(0, at)}\n\tstatic name = ${JSON.stringify(name)};${named.slice(at)}`;
      }
      return { code: named };
    },
  };
}

/** @file The examples of the TSDoc: found in the sources, and run with what their comments promise. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import ts from "typescript";

/** One `@example` block. */
export interface Example {
  /** The declaration it stands on: `Tensor.sqrt`. */
  readonly name: string;
  readonly file: string;
  readonly code: string;
}

/** What a comment behind a statement says of its value. */
interface Promised {
  readonly text: string;
  readonly line: string;
}

/** All examples of a source file. One in a fence that begins with "```ts no-run" is shown only: it needs a network or a page. */
export function examplesIn(file: string): Example[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Example[] = [];
  const visit = (node: ts.Node, path: readonly string[]): void => {
    const name = nameOf(node);
    const here = name === undefined ? path : [...path, name];
    if (name !== undefined) {
      for (const doc of ts.getJSDocCommentsAndTags(node)) {
        if (!ts.isJSDoc(doc) || doc.parent !== documented(node)) continue;
        for (const tag of doc.tags ?? []) {
          if (tag.tagName.text !== "example") continue;
          const code = codeOf(tag);
          if (code !== null) found.push({ name: here.join("."), file, code });
        }
      }
    }
    ts.forEachChild(node, (child) => visit(child, here));
  };
  visit(source, []);
  return found;
}

/** The node that carries the comment: of a constant it is the statement. */
function documented(node: ts.Node): ts.Node {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node;
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const isNamed =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isAccessor(node) ||
    ts.isVariableDeclaration(node);
  return isNamed ? node.name?.getText() : undefined;
}

function codeOf(tag: ts.JSDocTag): string | null {
  // The text as it stands: the parsed comment drops indentation.
  const lines = tag
    .getFullText()
    .replace(/^@example[ \t]*/, "")
    .split("\n");
  const plain = lines.map((line) => line.replace(/^\s*\* ?/, "")).join("\n");
  const fence = /^\s*```(\w*)([^\n]*)\n([\s\S]*?)\n\s*```/.exec(plain);
  if (fence === null) return plain.replace(/\*\/\s*$/, "").trim();
  return fence[2]?.includes("no-run") ? null : (fence[3] ?? "");
}

/**
 * Runs an example. `sqrt(x); // tensor([1., 2.])` and `const y = sqrt(x); // tensor([1., 2.])` promise the text of a value,
 * `f(); // throws ShapeError` an error.
 *
 * @throws Error with both texts where a promise is not kept.
 */
export async function runExample({ code }: Example, modules: Readonly<Record<string, object>>): Promise<void> {
  const scope: Record<string, unknown> = { ...modules.scope };
  const promised: Promised[] = [];
  const instrumented = instrument(code, promised);
  const { outputText } = ts.transpileModule(instrumented, {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
  });
  scope.$import = (name: string): object => {
    const found = modules[name];
    if (found === undefined) throw new Error(`the example imports "${name}", which is no entry point`);
    return found;
  };
  scope.$check = (i: number, value: unknown): void => {
    const { text, line } = promised[i] as Promised;
    const actual = show(value);
    if (spaceless(actual) !== spaceless(text)) throw new Error(`${line}\n  promises ${text}\n  but gives ${actual}`);
  };
  scope.$throws = async (i: number, run: () => unknown): Promise<void> => {
    const { text, line } = promised[i] as Promised;
    const wanted = text.replace(/^throws\s+/, "");
    let thrown: unknown = "nothing is thrown";
    try {
      await run();
    } catch (error) {
      thrown = error instanceof Error ? `${error.name}: ${error.message}` : error;
    }
    if (!spaceless(String(thrown)).startsWith(spaceless(wanted))) {
      throw new Error(`${line}\n  promises the error ${wanted}\n  but gives ${thrown}`);
    }
  };
  const names = Object.keys(scope).filter((name) => /^[\w$]+$/.test(name) && !isReserved(name));
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  // In a block of its own, so that an example may declare what the scope has.
  const run = new AsyncFunction(...names, `"use strict"; {\n${outputText.replace(/^export \{\};?$/m, "")}\n}`);
  await run(...names.map((name) => scope[name]));
}

function isReserved(name: string): boolean {
  return ["var", "default", "function", "eval", "arguments"].includes(name);
}

function instrument(code: string, promised: Promised[]): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.Latest, true);
  let out = "";
  for (const [i, statement] of source.statements.entries()) {
    const text = statement.getText();
    const next = source.statements[i + 1];
    const comment = commentBehind(code.slice(statement.getEnd(), next?.getStart() ?? code.length));
    if (ts.isImportDeclaration(statement)) {
      out += importOf(statement);
      continue;
    }
    if (comment === null) {
      out += `${text}\n`;
      continue;
    }
    promised.push({ text: comment, line: text });
    const index = promised.length - 1;
    if (/^throws\s/.test(comment)) out += `await $throws(${index}, async () => { ${text} });\n`;
    else if (ts.isExpressionStatement(statement))
      out += `$check(${index}, await (${expressionOf(statement.expression)}));\n`;
    else if (ts.isVariableStatement(statement)) {
      const name = statement.declarationList.declarations.at(-1)?.name.getText();
      out += `${text}\n$check(${index}, await ${name});\n`;
    } else out += `${text}\n`;
  }
  return out;
}

/** What `console.log(x)` shows is what is promised. */
function expressionOf(expression: ts.Expression): string {
  const isLog = ts.isCallExpression(expression) && expression.expression.getText() === "console.log";
  return isLog && expression.arguments.length === 1
    ? (expression.arguments[0] as ts.Expression).getText()
    : expression.getText();
}

/**
 * The comment on the same line as the end of a statement, with the comment lines right below it. A tensor, a list or an
 * error may also begin on the line below; any other comment there is about the next statement.
 */
function commentBehind(text: string): string | null {
  const [behind = "", ...following] = text.split("\n");
  const startsBelow = /^\s*;?\s*$/.test(behind) && /^\s*\/\/ (?:tensor\(|\[|throws )/.test(following[0] ?? "");
  const [first = "", ...below] = startsBelow ? following : [behind, ...following];
  const start = /^\s*;?\s*\/\/ ?(.*)$/.exec(first);
  if (start === null) return null;
  const lines = [start[1] as string];
  for (const line of below) {
    const more = /^\s*\/\/ ?(.*)$/.exec(line);
    if (more === null) break;
    lines.push(more[1] as string);
  }
  return lines.join("\n").trim();
}

function importOf(statement: ts.ImportDeclaration): string {
  const from = statement.moduleSpecifier.getText();
  const bindings = statement.importClause?.namedBindings;
  if (bindings === undefined) return "";
  if (ts.isNamespaceImport(bindings)) return `const ${bindings.name.text} = $import(${from});\n`;
  const names = bindings.elements.filter((e) => !e.isTypeOnly && !statement.importClause?.isTypeOnly);
  const list = names.map((e) => (e.propertyName ? `${e.propertyName.text}: ${e.name.text}` : e.name.text));
  return `const { ${list.join(", ")} } = $import(${from});\n`;
}

function show(value: unknown): string {
  if (typeof value === "string") return value;
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 6 });
}

function spaceless(text: string): string {
  return text.replace(/\s+/g, "");
}

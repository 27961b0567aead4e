/** @file The programs of Markdown pages: the `ts` blocks of a page, one after the other, and whether they pass the compiler. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import type { Example } from "./examples.ts";

/**
 * The program of a page: all its `ts` blocks in their order, and what stands in comments `<!-- ts … -->` before them,
 * which readers do not see. Names that two blocks import are imported once.
 */
export function programOf(file: string): Example {
  const text = readFileSync(file, "utf8");
  const blocks = [...text.matchAll(/^(?:```|<!-- )ts\n(.*?)^(?:```|-->)/gms)].map(([, code = ""]) => code);
  return { name: file, file, code: mergeImports(blocks.join("\n")) };
}

/** Moves all imports to the top, each name once. */
function mergeImports(code: string): string {
  const source = ts.createSourceFile("page.ts", code, ts.ScriptTarget.Latest, true);
  const imports = new Set<string>();
  let rest = code;
  for (const statement of source.statements.filter(ts.isImportDeclaration).reverse()) {
    const from = statement.moduleSpecifier.getText();
    const bindings = statement.importClause?.namedBindings;
    const names =
      bindings && ts.isNamedImports(bindings) ? bindings.elements.map((name) => `{ ${name.getText()} }`) : [];
    for (const name of names) imports.add(`import ${name} from ${from};`);
    if (names.length === 0) imports.add(statement.getText());
    rest = rest.slice(0, statement.getStart()) + rest.slice(statement.getEnd());
  }
  return `${[...imports].join("\n")}\n${rest}`;
}

/** What the compiler says of programs, with the line it says it of. */
export function typeErrors(programs: readonly Example[]): string[] {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile("tsconfig.json", {}, host);
  if (config === undefined) throw new Error("tsconfig.json cannot be read");
  const options: ts.CompilerOptions = {
    ...config.options,
    // Readers may leave an expression standing to show its value, and a name unused.
    noUnusedLocals: false,
    noUnusedParameters: false,
    // As in most projects.
    noUncheckedIndexedAccess: false,
  };
  const files = new Map(programs.map(({ code }, i) => [resolve(`test/docs/page-${i}.ts`), `${code}\nexport {};\n`]));
  const compiler = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = compiler;
  compiler.fileExists = (file) => files.has(resolve(file)) || fileExists(file);
  compiler.getSourceFile = (file, ...rest) => {
    const text = files.get(resolve(file));
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  };
  const program = ts.createProgram([...files.keys()], options, compiler);
  return [...files].flatMap(([file, text], i) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = text.slice(0, start).split("\n").length;
      const shown = text.split("\n")[line - 1]?.trim();
      return `${programs[i]?.file}: ${shown}\n  ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
    });
  });
}

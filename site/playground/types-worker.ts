/** @file The compiler, in a worker of its own: the editor's completions, hints and mistakes, and JavaScript to run. */
import { createSystem, createVirtualTypeScriptEnvironment } from "@typescript/vfs";
import { createWorker } from "@valtown/codemirror-ts/worker";
import * as Comlink from "comlink";
import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
};

const editor = createWorker(async () => {
  const response = await fetch(new URL(`${import.meta.env.BASE_URL}lib/types.json`, self.location.origin));
  const files = new Map(Object.entries((await response.json()) as Record<string, string>));
  const environment = createVirtualTypeScriptEnvironment(createSystem(files), ["/globals.d.ts"], ts, OPTIONS);
  const { languageService } = environment;
  const mistakes = languageService.getSemanticDiagnostics.bind(languageService);
  // The editor shows the first line of a message alone; which property is wrong stands in the last.
  languageService.getSemanticDiagnostics = (path) =>
    mistakes(path).map((found) => ({
      ...found,
      messageText: ts.flattenDiagnosticMessageText(found.messageText, "\n"),
    }));
  return environment;
});

const compiler = {
  ...editor,
  /** The program as JavaScript. It throws what is wrong with the program's form. */
  transpile(code: string): string {
    const compilerOptions = { target: OPTIONS.target, module: OPTIONS.module } as ts.CompilerOptions;
    const { outputText, diagnostics = [] } = ts.transpileModule(code, { compilerOptions, reportDiagnostics: true });
    const [first] = diagnostics;
    if (first !== undefined) {
      const line = code.slice(0, first.start ?? 0).split("\n").length;
      throw new SyntaxError(`line ${line}: ${ts.flattenDiagnosticMessageText(first.messageText, "\n")}`);
    }
    return outputText;
  },
};

export type Compiler = typeof compiler;

Comlink.expose(compiler);

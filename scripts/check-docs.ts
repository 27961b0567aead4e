/**
 * @file The TSDoc of the published interface: every exported name and member has a description, and every exported
 * function, exported class and method of Tensor has an example. Usage: `check-docs.ts [entry points]`.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";

const { SymbolFlags, ModifierFlags } = ts;

/** The sources of the entry points that package.json names. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, unknown> };
  return Object.values(exports).flatMap((entry) =>
    typeof entry === "object" && entry !== null && "tapegrad-source" in entry ? String(entry["tapegrad-source"]) : [],
  );
}

function compile(files: readonly string[]): ts.Program {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const config = ts.getParsedCommandLineOfConfigFile("tsconfig.json", {}, host);
  if (config === undefined) throw new Error("tsconfig.json cannot be read");
  return ts.createProgram(files, config.options);
}

const entries = process.argv.length > 2 ? process.argv.slice(2) : entryPoints();
const program = compile(entries);
const checker = program.getTypeChecker();

/** All exported symbols, those of namespaces too, by the shortest name under which a user finds them. */
function exportedSymbols(): Map<ts.Symbol, string> {
  const found = new Map<ts.Symbol, string>();
  const collect = (module: ts.Symbol, prefix: string): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = `${prefix}${exported.name}`;
      const known = found.get(symbol);
      if (known !== undefined && known.length <= name.length) continue;
      if (known === undefined && symbol.flags & SymbolFlags.Module) collect(symbol, `${name}.`);
      found.set(symbol, name);
    }
  };
  for (const entry of entries) {
    const source = program.getSourceFile(resolve(entry));
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is not a module`);
    collect(module, "");
  }
  return found;
}

const exported = exportedSymbols();
const problems: string[] = [];
let checked = 0;

for (const [symbol, name] of exported) {
  if (symbol.flags & SymbolFlags.Module || isForeign(symbol)) continue;
  checkDocs(symbol, name, isFunction(symbol) || (symbol.flags & SymbolFlags.Class) !== 0);
  for (const member of membersOf(symbol)) {
    checkDocs(member, `${name}.${member.name}`, name === "Tensor" && (member.flags & SymbolFlags.Method) !== 0);
  }
}

function checkDocs(symbol: ts.Symbol, name: string, needsExample: boolean): void {
  checked++;
  const tags = symbol.getJsDocTags(checker).map((tag) => tag.name);
  if (ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim() === "") {
    problems.push(`${placeOf(symbol)}: ${name} has no TSDoc`);
  } else if (needsExample && !tags.includes("example")) {
    problems.push(`${placeOf(symbol)}: ${name} has no @example`);
  }
}

/** The public members of a class, an interface or an object type, except those that an exported base already shows. */
function membersOf(symbol: ts.Symbol): ts.Symbol[] {
  let members: readonly ts.Symbol[] = [];
  if (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface)) {
    members = [
      ...checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)),
      ...[...(symbol.exports?.values() ?? [])].filter((member) => !(member.flags & SymbolFlags.Prototype)),
    ];
  } else if (symbol.flags & SymbolFlags.TypeAlias) {
    const declaration = symbol.declarations?.find(ts.isTypeAliasDeclaration);
    if (declaration !== undefined && ts.isTypeLiteralNode(declaration.type)) {
      members = checker.getPropertiesOfType(checker.getTypeAtLocation(declaration.type));
    }
  }
  return members.filter((member) => isPublic(member) && !isForeign(member) && !isOfOtherExport(member, symbol));
}

/** Names that begin with two underscores are those of symbols, as `[Symbol.iterator]`. */
function isPublic(member: ts.Symbol): boolean {
  if (member.name.startsWith("__") || member.name.startsWith("#")) return false;
  if (member.getJsDocTags(checker).some((tag) => tag.name === "internal")) return false;
  const hidden = ModifierFlags.Private | ModifierFlags.Protected;
  return member.declarations?.every((declaration) => !(ts.getCombinedModifierFlags(declaration) & hidden)) ?? false;
}

function isOfOtherExport(member: ts.Symbol, owner: ts.Symbol): boolean {
  const parent = member.declarations?.[0]?.parent;
  const declared = parent && (ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) ? parent.name : undefined;
  const declaring = declared && checker.getSymbolAtLocation(declared);
  return declaring !== undefined && declaring !== owner && exported.has(declaring);
}

/** A function, or a constant that can be called. */
function isFunction(symbol: ts.Symbol): boolean {
  if (symbol.flags & SymbolFlags.Function) return true;
  return (symbol.flags & SymbolFlags.Variable) !== 0 && checker.getTypeOfSymbol(symbol).getCallSignatures().length > 0;
}

/** Declared by a library, or by the language. */
function isForeign(symbol: ts.Symbol): boolean {
  return symbol.declarations?.every((declaration) => /node_modules/.test(declaration.getSourceFile().fileName)) ?? true;
}

function placeOf(symbol: ts.Symbol): string {
  const declaration = symbol.declarations?.[0];
  if (declaration === undefined) return "?";
  const source = declaration.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(declaration.getStart());
  return `${source.fileName.replace(`${process.cwd().replaceAll("\\", "/")}/`, "")}:${line + 1}`;
}

if (problems.length > 0) console.error(`${problems.length} problems:\n  ${problems.sort().join("\n  ")}`);
console.log(`${checked} exported names and members checked`);
process.exitCode = problems.length > 0 ? 1 : 0;

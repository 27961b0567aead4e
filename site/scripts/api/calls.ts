/** @file How a function is called, as text: arguments that are declared as a tuple, or as one of several, are written out. */
import ts from "typescript";

const FLAGS = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;
const LINE = 100;

/** The calls that a signature allows: `sum(x: Tensor, dim?: Dims | null, { dtype?: DType }): Tensor`. */
export function callsOf(checker: ts.TypeChecker, name: string, signature: ts.Signature): string[] {
  const result = `: ${resultOf(checker, signature)}`;
  const isConstruction = signature.declaration !== undefined && ts.isConstructorDeclaration(signature.declaration);
  const returns = isConstruction || result === ": this" ? (isConstruction ? "" : result) : result;
  return argumentLists(checker, signature).map((list) => {
    const line = `${name}(${list.join(", ")})${returns}`;
    return line.length <= LINE ? line : `${name}(\n${list.map((argument) => `  ${argument},\n`).join("")})${returns}`;
  });
}

function resultOf(checker: ts.TypeChecker, signature: ts.Signature): string {
  const written = signature.declaration?.type?.getText();
  if (written !== undefined) return written.replace(/\s+/g, " ");
  return checker.typeToString(checker.getReturnTypeOfSignature(signature), undefined, FLAGS);
}

function argumentLists(checker: ts.TypeChecker, signature: ts.Signature): string[][] {
  let lists: string[][] = [[]];
  for (const parameter of signature.parameters) {
    const declaration = parameter.valueDeclaration;
    if (declaration === undefined || !ts.isParameter(declaration)) continue;
    const type = checker.getTypeOfSymbolAtLocation(parameter, declaration);
    const tuples = declaration.dotDotDotToken ? tuplesOf(type) : [];
    const ends = tuples.length > 0 ? longest(tuples.map((tuple) => elementsOf(checker, tuple))) : undefined;
    if (ends === undefined) {
      const given = parameterText(checker, declaration, type);
      lists = lists.map((list) => [...list, given]);
    } else lists = lists.flatMap((list) => ends.map((end) => [...list, ...end]));
  }
  return lists;
}

function parameterText(checker: ts.TypeChecker, declaration: ts.ParameterDeclaration, type: ts.Type): string {
  const isOptional = declaration.questionToken !== undefined || declaration.initializer !== undefined;
  const dots = declaration.dotDotDotToken ? "..." : "";
  const name = ts.isIdentifier(declaration.name) ? declaration.name.text : "options";
  const text = declaration.type?.getText().replace(/\s+/g, " ") ?? checker.typeToString(type, undefined, FLAGS);
  return `${dots}${name}${isOptional ? "?" : ""}: ${isOptional ? text.replace(/ \| undefined$/, "") : text}`;
}

/** The tuples of a rest parameter's type; none for a plain list. */
function tuplesOf(type: ts.Type): ts.TupleTypeReference[] {
  const members = type.isUnion() ? type.types : [type];
  const tuples = members.filter((member): member is ts.TupleTypeReference => isTuple(member));
  return tuples.length === members.length ? tuples : [];
}

function isTuple(type: ts.Type): boolean {
  const target = (type as ts.TypeReference).target as ts.ObjectType | undefined;
  return target !== undefined && (target.objectFlags & ts.ObjectFlags.Tuple) !== 0;
}

interface Argument {
  readonly name: string;
  readonly text: string;
}

function elementsOf(checker: ts.TypeChecker, tuple: ts.TupleTypeReference): Argument[] {
  const { elementFlags, labeledElementDeclarations = [] } = tuple.target;
  const types = checker.getTypeArguments(tuple);
  const names: string[] = [];
  return types.flatMap((type, i) => {
    const label = labeledElementDeclarations[i];
    const name = label && ts.isIdentifier(label.name) ? label.name.text : `argument${i}`;
    const flags = elementFlags[i] ?? ts.ElementFlags.Required;
    if (name === "options") return optionsOf(checker, type, names);
    names.push(name);
    const isRest = (flags & ts.ElementFlags.Variable) !== 0;
    const written = checker.typeToString(type, undefined, FLAGS);
    const isOptional = (flags & ts.ElementFlags.Optional) !== 0 || / \| undefined$/.test(written);
    const plain = written.replace(/ \| undefined$/, "");
    return [{ name, text: `${isRest ? "..." : ""}${name}${isOptional ? "?" : ""}: ${plain}${isRest ? "[]" : ""}` }];
  });
}

/** What can be given by name only: the names of the positions are in every options object too. */
function optionsOf(checker: ts.TypeChecker, type: ts.Type, positions: readonly string[]): Argument[] {
  const given = checker.getNonNullableType(type);
  const own = checker.getPropertiesOfType(given).filter(({ name }) => !positions.includes(name) && name !== "input");
  if (own.length === 0) return [];
  const members = own.map((member) => {
    const text = checker.typeToString(checker.getTypeOfSymbol(member), undefined, FLAGS);
    return `${member.name}?: ${text.replace(/ \| undefined$/, "")}`;
  });
  return [{ name: "options", text: `{ ${members.join("; ")} }` }];
}

/** Of ways to give the same arguments, the one that gives most of them. A single object that names them all goes without saying. */
function longest(lists: readonly Argument[][]): string[][] | undefined {
  const kept: Argument[][] = [];
  for (const list of [...lists].sort((a, b) => b.length - a.length)) {
    const isPart = kept.some((other) => list.every(({ name }, i) => name === "options" || other[i]?.name === name));
    if (!isPart) kept.push(list);
  }
  return kept.map((list) => list.map(({ text }) => text));
}

/** @file The reference's pages as Markdown: what TypeDoc found, in the order and length that readers want. */
import {
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection,
  Reflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";

/** What the pages need to know beside the reflections. */
export interface Context {
  /** Where something is described, as a link of the site. */
  urlOf(reflection: Reflection): string | undefined;
  /** The calls of a signature, as text. */
  callsOf(signature: SignatureReflection): readonly string[];
}

/** One exported name, with its members. A name may stand for several things: a class and an interface, a value and a type. */
export function renderExport(
  [reflection, ...others]: readonly [DeclarationReflection, ...DeclarationReflection[]],
  context: Context,
): string {
  const heading = `## ${reflection.name} {#${anchorOf(reflection)}}`;
  return [heading, ...[reflection, ...others].flatMap((one) => bodyOf(one, context, 2))].join("\n\n");
}

/** The first sentence of what is said of something. */
export function summaryOf(reflection: DeclarationReflection, context: Context): string {
  const text = renderParts(commentOf(reflection)?.summary ?? [], context)
    .replace(/\s+/g, " ")
    .trim();
  return (/^.*?[.:](?= |$)/.exec(text)?.[0] ?? text).replace(/:$/, ".");
}

/** The id of an export or a member on its page. */
export function anchorOf(reflection: Reflection): string {
  const plain = reflection.name.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "");
  const parent = reflection.parent;
  const isMember = parent?.kindOf(ReflectionKind.ClassOrInterface) && parent.name !== "Tensor";
  // Letters are not folded: `nn.Softmax` and `softmax` may stand on one page.
  return isMember ? `${anchorOf(parent as Reflection)}-${plain}` : plain;
}

function bodyOf(reflection: DeclarationReflection, context: Context, depth: number): string[] {
  if (reflection.kindOf(ReflectionKind.Class)) return classBody(reflection, context, depth);
  if (reflection.kindOf(ReflectionKind.Interface)) {
    return [...descriptionOf(commentOf(reflection), context), ...propertyTable(membersOf(reflection), context)];
  }
  if (reflection.signatures !== undefined) return functionBody(reflection, context);
  if (reflection.kindOf(ReflectionKind.TypeAlias)) {
    const parameters = reflection.typeParameters?.map(({ name }) => name).join(", ");
    const type = reflection.type?.toString() ?? "unknown";
    const members = typeLiteralMembers(reflection);
    const text = `type ${reflection.name}${parameters ? `<${parameters}>` : ""} = ${type};`;
    const code = members.length > 0 ? [] : [fence(text)];
    return [...code, ...descriptionOf(reflection.comment, context), ...propertyTable(members, context)];
  }
  const type = reflection.type?.toString();
  return [
    ...(type === undefined ? [] : [fence(`${reflection.name}: ${type}`)]),
    ...descriptionOf(commentOf(reflection), context),
  ];
}

function typeLiteralMembers(reflection: DeclarationReflection): DeclarationReflection[] {
  const type = reflection.type;
  return type?.type === "reflection" ? (type.declaration.children ?? []) : [];
}

function functionBody(reflection: DeclarationReflection, context: Context): string[] {
  const signatures = reflection.signatures ?? [];
  const calls = signatures.flatMap((signature) => context.callsOf(signature));
  const comment = signatures.map(({ comment }) => comment).find((found) => found !== undefined);
  return [fence([...new Set(calls)].join("\n")), ...descriptionOf(comment, context)];
}

function classBody(reflection: DeclarationReflection, context: Context, depth: number): string[] {
  const made = reflection.children?.find(({ kind }) => kind === ReflectionKind.Constructor);
  const calls = (made?.signatures ?? []).flatMap((signature) => context.callsOf(signature));
  const bases = reflection.extendedTypes?.map((type) => type.toString()).join(", ");
  const members = membersOf(reflection);
  const properties = members.filter(({ signatures }) => signatures === undefined);
  const methods = members.filter(({ signatures }) => signatures !== undefined);
  const isLong = reflection.name === "Tensor";
  return [
    ...(calls.length > 0 && !reflection.flags.isAbstract ? [fence(calls.map((call) => `new ${call}`).join("\n"))] : []),
    ...descriptionOf(reflection.comment, context),
    ...descriptionOf(made?.signatures?.[0]?.comment, context),
    ...(bases
      ? [
          `Extends ${bases
            .split(", ")
            .map((base) => `\`${base}\``)
            .join(", ")}.`,
        ]
      : []),
    ...propertyTable(properties, context),
    ...methods.map((method) => {
      const heading = `${"#".repeat(isLong ? depth : depth + 1)} ${isLong ? "" : `${reflection.name}.`}${method.name} {#${anchorOf(method)}}`;
      return [heading, ...functionBody(method, context)].join("\n\n");
    }),
  ];
}

/** The public members that a class or an interface declares itself. */
function membersOf(reflection: DeclarationReflection): DeclarationReflection[] {
  return (reflection.children ?? []).filter(
    (member) =>
      member.kind !== ReflectionKind.Constructor && member.inheritedFrom === undefined && !member.name.startsWith("["),
  );
}

function propertyTable(members: readonly DeclarationReflection[], context: Context): string[] {
  if (members.length === 0) return [];
  const rows = members.map((member) => {
    const read = member.getSignature?.type ?? member.setSignature?.parameters?.[0]?.type ?? member.type;
    const type = (read?.toString() ?? "").replace(/ \| undefined$/, "");
    const text = renderParts(commentOf(member)?.summary ?? [], context);
    const mark = member.flags.isOptional ? "?" : "";
    return `| <span id="${anchorOf(member)}"></span>${code(`${member.name}${mark}`)} | ${type === "" ? "" : code(type)} | ${cell(text)} |`;
  });
  return [["| property | type | meaning |", "| --- | --- | --- |", ...rows].join("\n")];
}

function commentOf(reflection: DeclarationReflection): Comment | undefined {
  return reflection.comment ?? reflection.signatures?.[0]?.comment ?? reflection.getSignature?.comment;
}

/** Text, parameters, results, errors and examples. */
function descriptionOf(comment: Comment | undefined, context: Context): string[] {
  if (comment === undefined) return [];
  const text = renderParts(comment.summary, context).trim();
  const blocks = comment.blockTags.flatMap(({ tag, name, content }) => {
    const rendered = renderParts(content, context).trim();
    if (tag === "@returns") return [`**Returns** ${rendered}`];
    if (tag === "@throws") return [`**Throws** ${rendered}`];
    if (tag === "@typeParam") return [`\`${name}\`: ${rendered.replace(/^- /, "")}`];
    if (tag === "@example") return [exampleOf(content)];
    return tag === "@remarks" || tag === "@see" ? [rendered] : [];
  });
  const order = (block: string) => (block.startsWith("```") ? 1 : 0);
  return [...(text === "" ? [] : [text]), ...blocks.sort((a, b) => order(a) - order(b))];
}

function exampleOf(content: readonly CommentDisplayPart[]): string {
  const text = content
    .map((part) => part.text)
    .join("")
    .trim();
  const plain = text.replace(/^```\w*[^\n]*\n/, "").replace(/\n```$/, "");
  return fence(plain);
}

function renderParts(parts: readonly CommentDisplayPart[], context: Context): string {
  return parts
    .map((part) => {
      if (part.kind === "code") return part.text;
      if (part.kind === "text") return escapeHtml(part.text);
      if (part.kind !== "inline-tag") return part.text;
      const target = part.target instanceof Reflection ? context.urlOf(part.target) : undefined;
      return target === undefined ? code(part.text) : `[${code(part.text)}](${target})`;
    })
    .join("");
}

/** Pages are compiled as templates of Vue. */
function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");
}

function fence(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replace(/\s+/g, " ").replaceAll("|", "\\|")}\``;
}

function cell(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/(?<!\\)\|/g, "\\|");
}

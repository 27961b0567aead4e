/** @file Writes the API reference into `api/`: TypeDoc reads the sources, and every source file becomes a page. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  Converter,
  type DeclarationReflection,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";
import type ts from "typescript";
import { callsOf } from "./api/calls.ts";
import { anchorOf, type Context, renderExport, summaryOf } from "./api/markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const out = fileURLToPath(new URL("../api", import.meta.url));

const app = await Application.bootstrap({
  entryPoints: [join(root, "src/entry/*.ts")],
  tsconfig: join(root, "tsconfig.json"),
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  disableGit: true,
  sourceLinkTemplate: "{path}",
  basePath: root,
  logLevel: "Error",
});

const calls = new Map<SignatureReflection, readonly string[]>();
app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, reflection, _, signature?: ts.Signature) => {
  if (signature === undefined) return;
  const name = reflection.kind === ReflectionKind.ConstructorSignature ? classOf(reflection) : reflection.name;
  calls.set(reflection, callsOf(context.checker as ts.TypeChecker, name, signature));
});

function classOf(signature: SignatureReflection): string {
  return signature.parent.parent?.name ?? signature.name;
}

const project = await app.convert();
if (project === undefined) throw new Error("TypeDoc could not read the sources");

/** One page: what a source file exports through one entry point. */
interface Page {
  readonly entry: string;
  readonly file: string;
  readonly title: string;
  readonly exports: DeclarationReflection[];
}

const pages = new Map<string, Page>();
const urls = new Map<Reflection, string>();

/** Collects what an entry point or a namespace exports. */
function collect(module: DeclarationReflection, entry: string): void {
  for (const child of module.children ?? []) {
    if (child.kindOf(ReflectionKind.Namespace)) collect(child, `${entry}/${child.name}`);
    else if (!child.kindOf(ReflectionKind.Reference)) addToPage(child, entry);
  }
}

function addToPage(reflection: DeclarationReflection, entry: string): void {
  const sources = reflection.sources ?? reflection.signatures?.[0]?.sources ?? [];
  const source = sources[0]?.fileName ?? "index.ts";
  const name = source.endsWith("/index.ts") ? basename(dirname(source)) : basename(source, ".ts");
  const slug = name === "index" ? "exports" : name;
  const key = `${entry}/${slug}`;
  const page = pages.get(key) ?? { entry, file: `${key}.md`, title: slug.replaceAll("-", " "), exports: [] };
  page.exports.push(reflection);
  pages.set(key, page);
  const url = `/api/${key}`;
  urls.set(reflection, `${url}#${anchorOf(reflection)}`);
  for (const member of reflection.children ?? []) {
    // What is inherited from a class that is not exported stands nowhere: the class itself has to do.
    const isShown = member.inheritedFrom === undefined && member.kind !== ReflectionKind.Constructor;
    urls.set(member, `${url}#${anchorOf(isShown ? member : reflection)}`);
  }
}

for (const module of project.children ?? []) {
  // TypeDoc names `src/entry/index.ts` after its folder.
  const name = basename(module.name);
  collect(module, name === "entry" ? "tapegrad" : name);
}

const context: Context = {
  urlOf: (reflection) => urls.get(reflection) ?? (reflection.parent && urls.get(reflection.parent)),
  callsOf: (signature) => calls.get(signature) ?? [],
};

function write(file: string, text: string): void {
  const path = join(out, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** `nn/functional` is imported as `nn.functional` from `tapegrad`, and stands below `tapegrad/nn`. */
function titleOf(entry: string): string {
  const [module = "", ...namespaces] = entry.split("/");
  return [module === "tapegrad" ? module : `tapegrad/${module}`, ...namespaces].join(" · ");
}

rmSync(out, { recursive: true, force: true });
const entries = [...new Set([...pages.values()].map(({ entry }) => entry))];
entries.sort((a, b) => Number(b === "tapegrad") - Number(a === "tapegrad") || a.localeCompare(b));
const byOrder = [ReflectionKind.Class, ReflectionKind.Function, ReflectionKind.Variable];
const rank = ({ kind }: DeclarationReflection) => (byOrder.indexOf(kind) + byOrder.length + 1) % (byOrder.length + 1);

for (const page of pages.values()) {
  page.exports.sort((a, b) => rank(a) - rank(b));
  const sections = [...Map.groupBy(page.exports, ({ name }) => name).values()].map(([first, ...others]) =>
    renderExport([first as DeclarationReflection, ...others], context),
  );
  const intro = `# ${page.title} {#page}\n\nFrom \`${titleOf(page.entry)}\`.`;
  write(page.file, `${[intro, ...sections].join("\n\n")}\n`);
}
for (const entry of entries) {
  const own = [...pages.values()].filter((page) => page.entry === entry);
  const parts = own.map(({ title, file, exports }) => {
    const first = [...new Map(exports.toReversed().map((one) => [one.name, one])).values()].reverse();
    const rows = first.map(
      (one) => `| [\`${one.name}\`](${urls.get(one)}) | ${summaryOf(one, context).replaceAll("|", "\\|")} |`,
    );
    return `## [${title}](/api/${file.replace(/\.md$/, "")})\n\n| name | what it is |\n| --- | --- |\n${rows.join("\n")}`;
  });
  write(`${entry}/index.md`, `---\noutline: 2\n---\n\n# ${titleOf(entry)}\n\n${parts.join("\n\n")}\n`);
}
const list = entries.map((entry) => {
  const own = [...pages.values()].filter((page) => page.entry === entry);
  const names = own.flatMap(({ exports }) => exports).length;
  return `| [${titleOf(entry)}](/api/${entry}/) | ${names} | ${own.map(({ title }) => title).join(", ")} |`;
});
write(
  "index.md",
  "# API reference\n\nMade from the comments in the sources. Every example runs in the tests.\n\n" +
    `| entry point | names | pages |\n| --- | --- | --- |\n${list.join("\n")}\n`,
);
const sidebar = entries.map((entry) => ({
  text: titleOf(entry),
  link: `/api/${entry}/`,
  collapsed: true,
  items: [...pages.values()]
    .filter((page) => page.entry === entry)
    .map(({ title, file }) => ({ text: title, link: `/api/${file.replace(/\.md$/, "")}` })),
}));
write("sidebar.json", JSON.stringify(sidebar, null, 1));
console.log(`api/: ${pages.size} pages, ${urls.size} names`);

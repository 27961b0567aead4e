/** @file Packs the package and installs it into an empty project, and fetches the versions of Node to try it on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** Folder of a project that has nothing installed but the packed package. */
    project: string;
    /** The packed package. */
    tarball: string;
    /** Names of the files in the package. */
    files: string[];
    /** Executables of Node by version. */
    nodes: Record<string, string>;
  }
}

/** The oldest that is supported, and the newest of every later line. The 24 is the development dependency. */
const NODES: Readonly<Record<string, string>> = { "20": "20.19.0", "22": "^22.0.0", "26": "^26.0.0" };

export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "tapegrad-package-"));
  const project = join(folder, "project");
  const [packed] = JSON.parse(npm(process.cwd(), "pack", "--ignore-scripts", "--json", "--pack-destination", folder));
  writePackage(project, {});
  const tarball = join(folder, packed.filename);
  npm(project, "install", tarball);

  const nodes: Record<string, string> = { "24": resolve("node_modules/node/bin/node") };
  const aliases = Object.entries(NODES).map(([line, version]) => [`node-${line}`, `npm:node@${version}`]);
  const toolbox = join(folder, "nodes");
  writePackage(toolbox, { dependencies: Object.fromEntries(aliases), allowScripts: { node: true } });
  npm(toolbox, "install");
  for (const line of Object.keys(NODES)) nodes[line] = join(toolbox, `node_modules/node-${line}/bin/node`);

  provide("project", project);
  provide("tarball", tarball);
  provide(
    "files",
    (packed.files as { path: string }[]).map((file) => file.path),
  );
  provide("nodes", nodes);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Begins a project in a new folder. */
export function writePackage(folder: string, fields: object): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", ...fields }, null, 2));
}

/** What npm prints. */
export function npm(cwd: string, ...args: string[]): string {
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--no-update-notifier"];
  return execFileSync("npm", [...args, ...quiet], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

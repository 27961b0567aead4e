/** @file File access: whole reads and atomic writes in Node; in browsers a path is a URL to fetch. */
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { codeOf, fs, hostProcess, nodeModule, path as nodePath, os, plainBytes, reasonOf, url } from "./builtin.ts";

/** Whether paths mean files. Elsewhere they are addresses, and nothing can be read synchronously or written. */
export const hasFileSystem: boolean = fs !== undefined;

const HTTP = /^https?:\/\//i;

/** Whether text is the address of something on a server. */
export function isAddress(text: string): boolean {
  return HTTP.test(text);
}

/** A file name from a path or a `file:` URL, given as text or as a URL object. Other addresses stay as they are. */
export function toPath(file: string | { readonly href: string }): string {
  const text = typeof file === "string" ? file : file.href;
  return url !== undefined && /^file:\/\//i.test(text) ? url.fileURLToPath(text) : text;
}

/** Joins a folder and a name below it. */
export function joinPath(folder: string, ...parts: string[]): string {
  if (nodePath !== undefined && !HTTP.test(folder)) return nodePath.join(folder, ...parts);
  return [folder.replace(/\/+$/, ""), ...parts].filter((part) => part !== "").join("/");
}

/** A file beside another one, which may be at an address. */
export function siblingOf(file: string, name: string): string {
  if (HTTP.test(file)) return new URL(encodeURIComponent(name), file).href;
  if (nodePath !== undefined) return nodePath.join(nodePath.dirname(file), name);
  return file.replace(/[^/]*([?#].*)?$/, "") + encodeURIComponent(name);
}

/** The whole file, or null if there is none. Throws Node's own error for a folder or a file that may not be read. */
export function readFileSync(file: string): Uint8Array | null {
  if (fs === undefined || HTTP.test(file)) {
    throw new Error("only files on disk can be read synchronously; use the asynchronous form");
  }
  try {
    // Not readFileSync on the path: a pipe or a device would never end.
    const descriptor = fs.openSync(file, "r");
    try {
      checkKind(fs.fstatSync(descriptor));
      return plainBytes(fs.readFileSync(descriptor));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** As {@link readFileSync}, for addresses too: status 404 or 410 means that there is no such file. */
export async function readFile(file: string): Promise<Uint8Array | null> {
  if (fs === undefined || HTTP.test(file)) return fetchFile(file);
  try {
    const handle = await fs.promises.open(file, "r");
    try {
      const stat = await handle.stat();
      checkKind(stat);
      // Files of /proc say that they are empty.
      return stat.size === 0 ? plainBytes(await handle.readFile()) : await readSized(handle, stat.size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** At most so many bytes in one read: the system takes up to 2 GiB. */
const READ_BYTES = 1 << 28;

/** A file of known size, into one buffer: FileHandle.readFile goes in small pieces, and ends at 2 GiB. */
async function readSized(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = allocate(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, READ_BYTES), at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at < size ? bytes.slice(0, at) : bytes;
}

/** The size of a file is what its name in the folder says: a sparse one can claim more than any memory. */
function allocate(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch {
    throw new Error(`it has ${size} bytes, for which there is no memory`);
  }
}

/** The answer of a server that has something, but does not give it. */
export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(`the server answered ${status} ${text}`.trimEnd());
    this.status = status;
  }
}

async function fetchFile(address: string): Promise<Uint8Array | null> {
  const response = await fetch(address);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  if (response.status === 404 || response.status === 410) return null;
  throw new HttpError(response.status, response.statusText);
}

function checkKind(stat: { isDirectory(): boolean; isFile(): boolean }): void {
  if (stat.isDirectory()) throw new Error("it is a folder, not a file");
  if (!stat.isFile()) throw new Error("it is a device or a pipe, not a file");
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Makes a folder and those above it. */
export async function makeFolder(folder: string): Promise<void> {
  if (fs === undefined) throw new Error("there is no file system here to write to");
  await fs.promises.mkdir(folder, { recursive: true });
}

/**
 * Writes a whole file so that its name never stands for a part of it: into a neighbour, flushed to disk, then renamed.
 * If anything fails, the neighbour goes and an older file of that name stays as it was.
 *
 * What was there keeps its mode and owner, and a symbolic link stays a link to the new contents. A hard link becomes a file
 * of its own: the other names keep the old contents. What is no regular file, or is write-protected, is refused.
 */
export async function writeFileWhole(file: string, bytes: Uint8Array): Promise<void> {
  if (fs === undefined || nodePath === undefined) throw new Error("there is no file system here to write to");
  const { promises, constants } = fs;
  const target = await followLinks(file);
  const before = await promises.stat(target).catch(nullIfMissing);
  if (before !== null) {
    checkKind(before);
    await promises.access(target, constants.W_OK).catch(() => {
      throw new Error("the file that is there may not be written to");
    });
  }
  const folder = nodePath.dirname(target);
  await removeStale(folder);
  const temporary = nodePath.join(folder, temporaryName(nodePath.basename(target)));
  // Nobody else sees the contents of a private file, not even before it has its mode.
  const handle = await promises.open(temporary, "wx", before === null ? 0o666 : 0o600).catch((error: unknown) => {
    throw explainFolder(folder, error);
  });
  try {
    try {
      if (before !== null) await makeAlike(handle, before);
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await promises.rename(temporary, target);
  } catch (error) {
    await promises.rm(temporary, { force: true });
    throw error;
  }
}

/** Links that lead to links are followed so far; a circle of them is endless. */
const MAX_LINKS = 40;

/** The file that a name stands for, which need not be there yet. */
async function followLinks(file: string): Promise<string> {
  if (fs === undefined || nodePath === undefined) return file;
  let target = file;
  for (let i = 0; i < MAX_LINKS; i++) {
    const stat = await fs.promises.lstat(target).catch(nullIfMissing);
    if (stat === null || !stat.isSymbolicLink()) return target;
    const next = await fs.promises.readlink(target);
    // Not joined: that would drop the ".." of a link before the system sees where it leads.
    target = nodePath.isAbsolute(next) ? next : `${nodePath.dirname(target)}${nodePath.sep}${next}`;
  }
  throw new Error("it is a link that leads to itself");
}

/** Gives a new file the owner and mode of the one that it replaces. */
async function makeAlike(handle: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const now = await handle.stat();
  // Only root may give files away. Whoever may not keeps the file, as any program that writes one.
  if (now.uid !== uid || now.gid !== gid) await handle.chown(uid, gid).catch(() => {});
  // Some file systems know no modes, and refuse. The file then is as private as it was made.
  await handle.chmod(mode & 0o7777).catch(() => {});
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

function explainFolder(folder: string, error: unknown): Error {
  if (isMissing(error)) return new Error(`there is no folder ${folder}`, { cause: error });
  const code = codeOf(error);
  const closed = code === "EACCES" || code === "EPERM" || code === "EROFS";
  return new Error(closed ? `the folder ${folder} may not be written to` : reasonOf(error), { cause: error });
}

/** `model.safetensors.tapegrad-4711-host-k3j9x.part`: who writes it, and on which machine. */
const TEMPORARY = /\.tapegrad-(\d+)-([\w-]*)-[0-9a-z]+\.part$/;

/** A machine's name, as far as a file name can hold it. Deno gives it only with a permission. */
function hostName(): string {
  try {
    return (os?.hostname() ?? "").replace(/[^\w-]/g, "").slice(0, 40);
  } catch {
    return "";
  }
}

/** After so long nobody writes it any more, whatever runs under that number. */
const STALE_MS = 3_600_000;

let temporaries = 0;

function temporaryName(name: string): string {
  const unique = `${(temporaries++).toString(36)}${Math.random().toString(36).slice(2, 10)}`;
  // Names have at most 255 bytes; of a long one the beginning is enough.
  return `${name.slice(0, 40)}.tapegrad-${hostProcess?.pid ?? 0}-${hostName()}-${unique}.part`;
}

/** Removes what killed processes left of their unfinished files. A folder that cannot be read keeps them. */
async function removeStale(folder: string): Promise<void> {
  if (fs === undefined || nodePath === undefined) return;
  const { promises } = fs;
  const here = hostName();
  for (const name of await promises.readdir(folder).catch((): string[] => [])) {
    const [, pid, host] = TEMPORARY.exec(name) ?? [];
    if (pid === undefined) continue;
    const part = nodePath.join(folder, name);
    const age = Date.now() - ((await promises.stat(part).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY);
    const isStale = age > STALE_MS || (host === here && !isRunning(Number(pid)));
    if (isStale) await promises.rm(part, { force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    return hostProcess?.kill(pid, 0) ?? false;
  } catch (error) {
    // Not ours to signal means that it is there.
    return codeOf(error) !== "ESRCH";
  }
}

/** Where packages are looked for: from this library, and from the folder that the program runs in, if there is one. */
export function requirePlaces(): string[] {
  const places: string[] = [];
  // There may be neither: a bundle in an older format has no `import.meta.url`, and a working folder may be gone.
  for (const place of [() => import.meta.url, () => `${hostProcess?.cwd()}/index.js`]) {
    try {
      places.push(place());
    } catch {
      // Without this one.
    }
  }
  return places;
}

/** The folder of an installed npm package, seen from this library or from the program's own folder; else undefined. */
export function packageFolder(name: string): string | undefined {
  if (nodeModule === undefined || nodePath === undefined) return undefined;
  for (const from of requirePlaces()) {
    try {
      return nodePath.dirname(nodeModule.createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Not installed where this place can see it.
    }
  }
  return undefined;
}

/** Whether a path leads to something. False where there is no file system. */
export function fileExists(file: string): boolean {
  return fs?.existsSync(file) ?? false;
}

/** Whether a path leads to a folder. False where there is no file system. */
export function isFolder(path: string): boolean {
  try {
    return fs?.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // It may not be looked at: reading from it says why.
    return true;
  }
}

/** What is in a folder: names, and which of them are folders, links to them too. Throws Node's own error. */
export function listFolder(folder: string): { readonly name: string; readonly isFolder: boolean }[] {
  if (fs === undefined || nodePath === undefined) throw new Error("there is no file system here to read from");
  const entries = fs.readdirSync(folder, { withFileTypes: true });
  return entries.map((entry) => ({
    name: entry.name,
    isFolder: entry.isDirectory() || (entry.isSymbolicLink() && isFolder(joinPath(folder, entry.name))),
  }));
}

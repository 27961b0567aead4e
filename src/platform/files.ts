/** @file Files: read whole, written all or not at all. Node has a file system; in browsers a path is an address to fetch. */
import type { FileHandle } from "node:fs/promises";
import { fs, hostProcess, nodeModule, path as nodePath, plainBytes, url } from "./builtin.ts";

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

/** As {@link readFileSync}, for addresses too: what a server answers with 404 or 410 is not there. */
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
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, READ_BYTES), at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at < size ? bytes.slice(0, at) : bytes;
}

async function fetchFile(address: string): Promise<Uint8Array | null> {
  const response = await fetch(address);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  if (response.status === 404 || response.status === 410) return null;
  throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
}

function checkKind(stat: { isDirectory(): boolean; isFile(): boolean }): void {
  if (stat.isDirectory()) throw new Error("it is a folder, not a file");
  if (!stat.isFile()) throw new Error("it is a device or a pipe, not a file");
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
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
 */
export async function writeFileWhole(file: string, bytes: Uint8Array): Promise<void> {
  if (fs === undefined) throw new Error("there is no file system here to write to");
  const temporary = `${file}.${crypto.randomUUID()}.part`;
  const handle = await fs.promises.open(temporary, "wx");
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.promises.rename(temporary, file);
  } catch (error) {
    await fs.promises.rm(temporary, { force: true });
    throw error;
  }
}

/** The folder of an installed npm package, seen from this library or from the program's own folder; else undefined. */
export function packageFolder(name: string): string | undefined {
  if (nodeModule === undefined || nodePath === undefined) return undefined;
  for (const place of [() => import.meta.url, () => `${hostProcess?.cwd()}/index.js`]) {
    try {
      return nodePath.dirname(nodeModule.createRequire(place()).resolve(`${name}/package.json`));
    } catch {
      // Not installed where this place can see it, or there is no such place: a bundle in an older format has no
      // `import.meta.url`, and a working folder may be gone.
    }
  }
  return undefined;
}

/** Whether a path leads to something. False where there is no file system. */
export function fileExists(file: string): boolean {
  return fs?.existsSync(file) ?? false;
}

/** @file Verified download of dataset files from mirrors. */
import { DataError } from "../core/errors.ts";
import { codeOf, nodeCrypto, reasonOf } from "../platform/builtin.ts";
import { joinPath, makeFolder, readFile, writeFileWhole } from "../platform/files.ts";
import { type ProgressStream, progressBar } from "../platform/progress.ts";

/** A file to download. */
export interface Resource {
  /** Its name on the mirrors and on disk. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** SHA-256 of its bytes, as lower-case hexadecimal digits. */
  readonly sha256: string;
}

export interface DownloadOptions {
  /** Addresses of folders that hold the files, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  readonly resources: readonly Resource[];
  /** Where the files go. Made if it is not there. */
  readonly folder: string;
  /** Milliseconds without a single byte after which a mirror is given up. */
  readonly patience?: number | undefined;
  /** Where the progress bar goes, if that is a terminal. */
  readonly stream?: ProgressStream | undefined;
}

/**
 * Downloads the files that a folder lacks, or has with other contents.
 *
 * A file is checked before anything is written, so a wrong or broken download leaves nothing behind.
 *
 * @throws DataError that lists every address tried and what happened there
 */
export async function download(op: string, options: DownloadOptions): Promise<void> {
  const { folder, resources, patience = 30_000 } = options;
  let mirrors = options.mirrors.map((mirror) => mirror.replace(/\/*$/, "/"));
  if (mirrors.length === 0) throw new DataError(`[${op}] there is no mirror to download from`);
  try {
    await makeFolder(folder);
  } catch (error) {
    throw cannotWrite(op, folder, error);
  }
  for (const resource of resources) {
    const file = joinPath(folder, resource.name);
    if (await isIntact(file, resource)) continue;
    const failures: string[] = [];
    let bytes: Uint8Array | undefined;
    for (const mirror of mirrors) {
      try {
        bytes = await fetchChecked(mirror + resource.name, resource, patience, options.stream);
        break;
      } catch (error) {
        failures.push(`  ${mirror}${resource.name}: ${causeOf(error)}`);
        // A mirror that failed once goes to the end of the queue: the next file need not wait for it again.
        mirrors = [...mirrors.filter((other) => other !== mirror), mirror];
      }
    }
    if (bytes === undefined) {
      throw new DataError(
        `[${op}] ${resource.name} could not be downloaded. Tried\n${failures.join("\n")}\n` +
          `Check the connection, name other mirrors with the option "mirrors", or put the file into ${folder} yourself.`,
      );
    }
    try {
      await writeFileWhole(file, bytes);
    } catch (error) {
      throw cannotWrite(op, file, error);
    }
  }
}

async function isIntact(file: string, resource: Resource): Promise<boolean> {
  const bytes = await readFile(file).catch(() => null);
  return bytes !== null && bytes.length === resource.size && (await sha256(bytes)) === resource.sha256;
}

/** The bytes behind an address, if they are the right ones. The files are small enough (26 MB) to be held whole. */
async function fetchChecked(
  address: string,
  resource: Resource,
  patience: number,
  stream: ProgressStream | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(resource.size);
  let received = 0;
  const controller = new AbortController();
  const giveUp = (): void => controller.abort(new Error(`no answer for ${patience / 1000} s`));
  let alarm = setTimeout(giveUp, patience);
  const progress = progressBar(resource.name, resource.size, stream);
  try {
    // The files are compressed themselves; a server that packs them once more would only hide their length.
    const response = await fetch(address, { signal: controller.signal, headers: { "accept-encoding": "identity" } });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    for await (const chunk of response.body ?? []) {
      clearTimeout(alarm);
      alarm = setTimeout(giveUp, patience);
      if (received + chunk.length <= bytes.length) bytes.set(chunk, received);
      received += chunk.length;
      if (received > bytes.length) break;
      progress.update(received);
    }
  } catch (error) {
    if (received > 0 && received < bytes.length && !controller.signal.aborted) {
      throw new Error(`the connection broke off after ${received} of ${bytes.length} bytes (${causeOf(error)})`);
    }
    throw error;
  } finally {
    clearTimeout(alarm);
    progress.stop();
    // Ends the transfer if an error left it running.
    controller.abort();
  }
  if (received > bytes.length) throw new Error(`sent more than the expected ${bytes.length} bytes`);
  if (received < bytes.length) throw new Error(`sent ${received} bytes, expected ${bytes.length}`);
  const sum = await sha256(bytes);
  if (sum !== resource.sha256) throw new Error(`wrong contents: SHA-256 is ${sum}, expected ${resource.sha256}`);
  return bytes;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  // Node's own first: test environments that play a page, as jsdom, have a crypto without subtle.
  if (nodeCrypto !== undefined) return nodeCrypto.createHash("sha256").update(bytes).digest("hex");
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What went wrong, from an error of `fetch`, which hides it in its cause. */
function causeOf(error: unknown): string {
  const cause: unknown = typeof error === "object" && error !== null && "cause" in error ? error.cause : undefined;
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return reasonOf(error);
  return String(cause.message || (codeOf(cause) ?? reasonOf(error)));
}

function cannotWrite(op: string, file: string, error: unknown): DataError {
  return new DataError(`[${op}] ${file}: cannot be written: ${causeOf(error)}`, { cause: error });
}

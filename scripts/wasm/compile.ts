/** @file One run of the AssemblyScript compiler with the settings that all kernels share. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import asc from "assemblyscript/asc";

/** A range of bytes, the end excluded. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

export type Features = readonly ("simd" | "threads" | "relaxed-simd")[];

export interface CompileOptions {
  readonly baseDir: string;
  /** Path of the entry file under `baseDir`. */
  readonly entry: string;
  readonly optimizeLevel: number;
  /** Passes of Binaryen to run after those of the level. */
  readonly passes: readonly string[];
  readonly features: Features;
  /** Where static data must lie. */
  readonly data: Bounds;
}

export interface Compiled {
  /** The module, compressed (deflate without a header) and in base64. */
  readonly base64: string;
  /** The WebAssembly text form. */
  readonly text: string;
  /** Names of the exported functions. */
  readonly functions: readonly string[];
}

const PAGE = 65536;

/**
 * Compiles one entry file.
 *
 * @throws Error with the compiler's messages, or if the module needs more static data than its range holds, keeps
 *   state in memory or calls back into the host.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { baseDir, entry, data } = options;
  const outputs = new Map<string, string | Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      entry,
      ...["--outFile", "out.wasm", "--textFile", "out.wat"],
      ...["--optimizeLevel", String(options.optimizeLevel), "--shrinkLevel", "0", "--noAssert"],
      ...(options.passes.length > 0 ? ["--runPasses", options.passes.join(",")] : []),
      ...["--runtime", "stub", "--use", "abort=", "--enable", options.features.join(",")],
      ...["--importMemory", "--noExportMemory", "--sharedMemory"],
      ...["--initialMemory", String(Math.ceil(data.end / PAGE)), "--maximumMemory", "65536"],
      ...["--memoryBase", String(data.start)],
    ],
    {
      readFile: (name) => {
        try {
          return readFileSync(resolve(baseDir, name), "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        outputs.set(name, contents);
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
  const wasm = outputs.get("out.wasm");
  const text = outputs.get("out.wat");
  if (!(wasm instanceof Uint8Array) || typeof text !== "string")
    throw new Error(`${entry}: the compiler gave no output`);
  check(entry, text, data);
  const functions = [...text.matchAll(/\(export "([^"]+)" \(func/g)].map((match) => match[1] ?? "");
  return { base64: deflateRawSync(wasm, { level: 9 }).toString("base64"), text, functions };
}

/**
 * Several threads instantiate a module on one memory, and every instance writes the static data again. That is
 * harmless only while the data are constants in a range of their own.
 */
function check(entry: string, text: string, data: Bounds): void {
  const foreign = text.match(/\(import "(?!env" "memory")[^)]*\)/);
  if (foreign) throw new Error(`${entry}: unexpected import ${foreign[0]}`);
  const mutable = text.match(/\(global \$\S+ \(mut[^\n]*/);
  if (mutable) throw new Error(`${entry}: mutable state ${mutable[0]}`);
  for (const [, at = "", bytes = ""] of text.matchAll(/\(data \S+ \(i32\.const (\d+)\) "((?:[^"\\]|\\.)*)"/g)) {
    const end = Number(at) + bytes.replace(/\\(?:[0-9a-f]{2}|.)/g, "x").length;
    if (Number(at) < data.start || end > data.end) {
      throw new Error(`${entry}: static data at ${at}…${end} leave the range ${data.start}…${data.end}`);
    }
  }
}

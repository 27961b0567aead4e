/** @file Programs of 2 and 4 ranks on Open MPI and MPICH, and the same programs without either. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { launch, mpis, outputOf, withMpi } from "./launch.ts";

interface Run {
  readonly losses: readonly (readonly number[])[];
  readonly keys: readonly string[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/data/distributed.json", import.meta.url), "utf8")) as {
  readonly runs: Readonly<Record<string, Run>>;
};

const TOLERANCE = 1e-5;

/** Losses of every rank are PyTorch's, and their means those of one process with the whole batch. */
function expectGolden(ranks: number, { losses, keys }: Run): void {
  const expected = golden.runs[ranks] as Run;
  const [single] = (golden.runs[1] as Run).losses;
  expect(keys).toEqual(expected.keys);
  expect(losses).toHaveLength(ranks);
  for (const [rank, list] of losses.entries()) {
    for (const [step, loss] of list.entries()) {
      const want = expected.losses[rank]?.[step] as number;
      expect(Math.abs(loss - want), `rank ${rank}, step ${step}: ${loss}, ${want}`).toBeLessThan(TOLERANCE);
    }
  }
  for (const [step, want] of (single ?? []).entries()) {
    const mean = losses.reduce((sum, list) => sum + (list[step] as number), 0) / ranks;
    expect(Math.abs(mean - want), `mean of step ${step}: ${mean}, ${want}`).toBeLessThan(TOLERANCE);
  }
}

const INSTALLED = mpis.filter(({ launcher }) => launcher !== null);
for (const { name } of mpis.filter((mpi) => !INSTALLED.includes(mpi))) {
  console.warn(`The tests of several ranks with ${name} are left out: its launcher is not installed.`);
}

describe.each(mpis.map((mpi) => [withMpi(mpi), mpi] as const))("%s", (_, mpi) => {
  describe.skipIf(mpi.launcher === null).each([2, 4])("on %i ranks", (ranks) => {
    test("every collective gives every dtype's result", async () => {
      expect(await outputOf(mpi, ranks, "collectives")).toBe(`${ranks} ranks ok\n`);
    });

    test("gradients are averaged, and parameters stay equal to the last bit", async () => {
      expect(await outputOf(mpi, ranks, "parallel", ["200"])).toBe(`${ranks} ranks ok\n`);
    });

    test.each(["off", "auto"])("losses are those of PyTorch with gloo and of one process, BLAS %s", async (blas) => {
      expectGolden(ranks, JSON.parse(await outputOf(mpi, ranks, "train", [], { TAPEGRAD_BLAS: blas })));
    });
  });

  describe.skipIf(mpi.launcher === null)("a rank that", () => {
    test.each(["throw", "reject"])("fails (%s) ends all, with its own stack trace", async (how) => {
      const { status, errors, seconds } = await launch(mpi, 2, "failure", [how]);
      expect(status).toBeGreaterThan(0);
      expect(errors).toMatch(/\[rank 1 of 2\] TypeError: the data of this rank is broken\n\s+at .*failure\.ts:/);
      expect(seconds).toBeLessThan(60);
    });

    test("is killed does not leave the others waiting", async () => {
      const { status, seconds } = await launch(mpi, 2, "failure", ["kill"]);
      expect(status).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(60);
    });

    test("ends with an exit code ends all with it", async () => {
      const { status, errors } = await launch(mpi, 2, "failure", ["exit"]);
      expect(status).toBe(7);
      expect(errors).toContain("[rank 1 of 2] ended with exit code 7");
    });

    test("comes to its end too early is named", async () => {
      const { status, errors } = await launch(mpi, 2, "failure", ["end"]);
      expect(status).toBeGreaterThan(0);
      expect(errors).toContain("rank 0 called allReduce(float32 [10], sum); rank 1 came to its end.");
    });
  });

  describe.skipIf(mpi.launcher === null)("multiprocessing.spawn", () => {
    const environment = { TAPEGRAD_MPIRUN: mpi.launcher ?? "" };

    test("starts ranks, which run the function and end", async () => {
      expect(await outputOf(null, 1, "spawned", ["own", "2"], environment)).toBe("2 ranks ok\nthe end\n");
    });

    test("takes the ranks that are there already, if there are as many", async () => {
      if (mpi === INSTALLED[0]) {
        expect(await outputOf(mpi, 2, "spawned", ["there", "2"])).toBe("2 ranks ok\n");
        return;
      }
      const { status, errors } = await launch(mpi, 2, "spawned", ["there", "3"]);
      expect(status).toBeGreaterThan(0);
      expect(errors).toContain("[spawn] nprocs is 3, but ");
    });

    test.runIf(mpi === INSTALLED[0])("fails if a rank does", async () => {
      const { status, errors } = await launch(null, 1, "spawned", ["fail", "2"], environment);
      expect(status).toBe(1);
      expect(errors).toContain("[rank 1 of 2] TypeError: the data of this rank is broken");
      expect(errors).toMatch(/DistributedError: \[spawn\] the processes ended with/);
    });
  });

  test.skipIf(mpi.launcher === null)("the library of another launcher is refused in one line", async () => {
    const other = mpis.find(({ name, launcher }) => name !== mpi.name && launcher !== null);
    if (other === undefined) return;
    const library = other.name === "MPICH" ? "libmpich.so.12" : "libmpi.so.40";
    const { status, errors } = await launch(mpi, 2, "train", [], { TAPEGRAD_MPI: library });
    expect(status).toBeGreaterThan(0);
    expect(errors).toMatch(/started 2 ranks, but libmpi\S+ \(.*\) sees 1\. Set TAPEGRAD_MPI/);
  });
});

describe("without a launcher", () => {
  test("the world has one rank", async () => {
    expect(await outputOf(null, 1, "collectives")).toBe("1 ranks ok\n");
    expect(await outputOf(null, 1, "parallel", ["20"])).toBe("1 ranks ok\n");
  });

  test("multiprocessing.spawn of one process is this one", async () => {
    expect(await outputOf(null, 1, "spawned", ["own", "1"])).toBe("1 ranks ok\nthe end\n");
  });

  test("multiprocessing.spawn without a launcher says what is missing", async () => {
    const { status, errors } = await launch(null, 1, "spawned", ["own", "2"], { TAPEGRAD_MPIRUN: "/no/such/mpirun" });
    expect(status).toBe(1);
    expect(errors).toMatch(/\[spawn\] the launcher \/no\/such\/mpirun cannot be started: .*Install Open MPI or MPICH/);
  });

  test("losses are those of PyTorch", async () => expectGolden(1, JSON.parse(await outputOf(null, 1, "train"))));

  test.each([
    [
      "/no/such/libmpi.so",
      /^DistributedError: \[initProcessGroup\] MPI cannot be used: TAPEGRAD_MPI=\S+: cannot be loaded \(.*\)$/m,
    ],
    [
      "libm.so.6",
      /^DistributedError: \[initProcessGroup\] MPI cannot be used: TAPEGRAD_MPI=libm.so.6: is no MPI \(.*\)$/m,
    ],
  ])("TAPEGRAD_MPI=%s is refused in one line", async (library, words) => {
    const { status, errors } = await launch(null, 1, "train", [], { TAPEGRAD_MPI: library });
    expect(status).toBe(1);
    expect(errors).toMatch(words);
  });

  test("a launcher without MPI is refused in one line", async () => {
    const environment = { PMI_SIZE: "2", PMI_RANK: "0", TAPEGRAD_MPI: "/no/such/libmpi.so" };
    const { status, errors } = await launch(null, 1, "train", [], environment);
    expect(status).toBe(1);
    expect(errors).toMatch(/^DistributedError: \[initProcessGroup\] MPI cannot be used: /m);
  });
});

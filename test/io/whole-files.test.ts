/** @file Writing files: whole or not at all, and without changing what else a file is. */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { io, load, ones, save, saveCheckpoint, zeros } from "../../src/entry/index.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "tapegrad-whole-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const mode = (file: string): string => (statSync(file).mode & 0o7777).toString(8);
const isRoot = process.getuid?.() === 0;
const parts = (place: string): string[] => readdirSync(place).filter((name) => name.endsWith(".part"));

describe("what a file is stays", () => {
  test.each([0o600, 0o640, 0o444, 0o755, 0o666])("its mode %i", async (before) => {
    const file = join(folder(), "x.safetensors");
    writeFileSync(file, "old");
    chmodSync(file, before);
    if (!isRoot && (before & 0o200) === 0) {
      await expect(save({ x: ones(1) }, file)).rejects.toThrow("may not be written to");
      expect(readFileSync(file, "utf8")).toBe("old");
    } else {
      await save({ x: ones(1) }, file);
      expect((await load(file)).x?.toArraySync()).toEqual([1]);
    }
    expect(mode(file)).toBe(before.toString(8));
  });

  test("a new file has the mode that the process gives its files", async () => {
    const place = folder();
    writeFileSync(join(place, "other"), "");
    await save({ x: ones(1) }, join(place, "x.safetensors"));
    expect(mode(join(place, "x.safetensors"))).toBe(mode(join(place, "other")));
  });

  test("its owner, if that is for us to say", async ({ skip }) => {
    if (!isRoot) skip("only root may give files away");
    const file = join(folder(), "x.safetensors");
    writeFileSync(file, "old");
    const { chownSync } = await import("node:fs");
    chownSync(file, 12345, 54321);
    chmodSync(file, 0o4751);
    await save({ x: ones(1) }, file);
    expect([statSync(file).uid, statSync(file).gid, mode(file)]).toEqual([12345, 54321, "4751"]);
  });

  test("a link, also a relative one, one of several, and one that leads nowhere yet", async () => {
    const place = folder();
    mkdirSync(join(place, "models"));
    const target = join(place, "models", "epoch1.safetensors");
    await save({ x: zeros(1) }, target);
    symlinkSync("models/epoch1.safetensors", join(place, "latest"));
    symlinkSync(join(place, "latest"), join(place, "best"));
    symlinkSync("models/../models/epoch2.safetensors", join(place, "next"));
    for (const name of ["latest", "best", "next"]) {
      await save({ x: ones(1) }, join(place, name));
      expect(lstatSync(join(place, name)).isSymbolicLink()).toBe(true);
      expect((await load(join(place, name))).x?.toArraySync()).toEqual([1]);
    }
    expect(readlinkSync(join(place, "latest"))).toBe("models/epoch1.safetensors");
    expect((await load(target)).x?.toArraySync()).toEqual([1]);
    expect(readdirSync(join(place, "models"))).toEqual(["epoch1.safetensors", "epoch2.safetensors"]);
    symlinkSync("circle", join(place, "circle"));
    await expect(save({ x: ones(1) }, join(place, "circle"))).rejects.toThrow(/cannot write .*circle: /);
  });

  test("a hard link becomes a file of its own: an older copy keeps its contents", async () => {
    const place = folder();
    await save({ x: zeros(1) }, join(place, "epoch1"));
    linkSync(join(place, "epoch1"), join(place, "latest"));
    await save({ x: ones(1) }, join(place, "latest"));
    expect((await load(join(place, "epoch1"))).x?.toArraySync()).toEqual([0]);
  });
});

describe("what is no regular file is refused", () => {
  test("folders, devices and pipes", async () => {
    const place = folder();
    const state = { x: ones(1) };
    await expect(save(state, place)).rejects.toThrow(`[save] cannot write ${place}: it is a folder, not a file`);
    symlinkSync(place, join(place, "link"));
    await expect(save(state, join(place, "link"))).rejects.toThrow("it is a folder, not a file");
    if (process.platform === "win32") return;
    await expect(save(state, "/dev/null")).rejects.toThrow("it is a device or a pipe, not a file");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    const pipe = join(place, "pipe");
    spawnSync("mkfifo", [pipe]);
    await expect(saveCheckpoint({}, pipe)).rejects.toThrow("it is a device or a pipe, not a file");
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  test("folders that are not there, or closed, are named", async ({ skip }) => {
    const place = folder();
    await expect(save({}, join(place, "no/x"))).rejects.toThrow(`there is no folder ${join(place, "no")}`);
    writeFileSync(join(place, "file"), "");
    await expect(save({}, join(place, "file/x"))).rejects.toThrow(`cannot write ${join(place, "file/x")}`);
    if (isRoot) skip("root may write everywhere");
    chmodSync(place, 0o555);
    await expect(save({}, join(place, "x"))).rejects.toThrow(`the folder ${place} may not be written to`);
    chmodSync(place, 0o755);
  });

  test("names as long as the system allows", async () => {
    const file = join(folder(), `${"ü".repeat(120)}.safetensors`);
    await save({ x: ones(1) }, file);
    expect(existsSync(file)).toBe(true);
  });
});

describe("unfinished files", () => {
  const host = hostname()
    .replace(/[^\w-]/g, "")
    .slice(0, 40);
  const dead = (): number => spawnSync(process.execPath, ["-e", ""]).pid;

  test("of processes that were killed go with the next save; those of others stay", async () => {
    const place = folder();
    const left = {
      dead: `model.safetensors.tapegrad-${dead()}-${host}-abc123.part`,
      running: `model.safetensors.tapegrad-${process.pid}-${host}-abc124.part`,
      elsewhere: `model.safetensors.tapegrad-${dead()}-other-abc125.part`,
      old: `model.safetensors.tapegrad-${process.pid}-other-abc126.part`,
      theirs: "download.part",
    };
    for (const name of Object.values(left)) writeFileSync(join(place, name), "x");
    utimesSync(join(place, left.old), 0, Date.now() / 1000 - 2 * 3600);
    await save({ x: ones(1) }, join(place, "model.safetensors"));
    expect(parts(place).sort()).toEqual([left.elsewhere, left.running, left.theirs].sort());
  });

  /** Saves one of two states again and again, until it is killed. */
  function startWriter(file: string): Promise<ChildProcess> {
    const source = new URL("save-forever.ts", import.meta.url);
    const child = fork(source, [file], { execArgv: ["--conditions=tapegrad-source"] });
    return new Promise((resolve, reject) => {
      child.once("message", () => resolve(child));
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`the writer ended with ${code}`)));
    });
  }

  const rounds = Number(process.env.TAPEGRAD_KILLS ?? 3);
  test(
    "a process that is killed while it saves leaves the old file or the new one",
    async () => {
      const place = folder();
      const file = join(place, "model.safetensors");
      for (let round = 0; round < rounds; round++) {
        const child = await startWriter(file);
        const gone = new Promise((resolve) => child.once("exit", resolve));
        await sleep(Math.random() * 30);
        child.kill("SIGKILL");
        await gone;
        const { x } = io.decodeSafetensors(readFileSync(file)).tensors;
        const first = x?.dataSync()[0];
        expect([1, 2]).toContain(first);
        expect(x?.dataSync().every((value) => value === first)).toBe(true);
        expect(parts(place).length).toBeLessThanOrEqual(1);
      }
      await save({ x: ones(1) }, file);
      expect(parts(place)).toEqual([]);
    },
    30_000 + rounds * 5_000,
  );
});

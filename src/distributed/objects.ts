/** @file Collectives on values that are no tensors. */
import { optional, required, signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { aSize, kind } from "../core/kinds.ts";
import { reasonOf, v8 } from "../platform/builtin.ts";
import { agree } from "./agreement.ts";
import { checkRank } from "./collectives.ts";
import { stagingBuffer } from "./host-memory.ts";
import { defaultGroup } from "./process-group.ts";

const aList = kind<unknown[]>("a list", (value) => Array.isArray(value));
const anything = kind<unknown>("a value", () => true);

const SIGNATURES = {
  broadcastObjectList: signature("broadcastObjectList", { objectList: required(aList), src: optional(aSize, 0) }),
  allGatherObject: signature("allGatherObject", { objectList: required(aList), obj: required(anything) }),
};

/** The bytes of a value. @throws ValueError for what cannot be cloned, such as functions and tensors. */
function encoded(op: string, value: unknown): Uint8Array {
  if (v8 === undefined) throw new ValueError(`[${op}] values cannot be sent from here: node:v8 is not available`);
  try {
    return v8.serialize(value);
  } catch (error) {
    throw new ValueError(
      `[${op}] expected values that structuredClone takes, but one cannot be sent: ${reasonOf(error)}. Send tensors with broadcast or allGather.`,
      { cause: error },
    );
  }
}

function decoded(bytes: Uint8Array): unknown {
  return v8?.deserialize(bytes);
}

/**
 * Sends the values in the list of rank `src` to all ranks, which get them in place of those in their own lists. Values are
 * what `structuredClone` takes; send tensors with {@link broadcast}.
 *
 * @param objectList - A list of the same length on all ranks.
 * @param src - The rank that sends. Default 0.
 * @throws ValueError for a value that cannot be sent; DistributedError on all ranks if lengths or `src` differ.
 *
 * @example
 * ```ts no-run
 * const list = getRank() === 0 ? ["run 7", { lr: 0.1 }] : [null, null];
 * broadcastObjectList(list); // ['run 7', { lr: 0.1 }] on every rank
 * ```
 */
export function broadcastObjectList(objectList: unknown[], src?: number): void;
export function broadcastObjectList(objectList: unknown[], options: { readonly src?: number | undefined }): void;
export function broadcastObjectList(...given: readonly unknown[]): void {
  const { objectList, src } = SIGNATURES.broadcastObjectList.read(given);
  const group = defaultGroup("broadcastObjectList");
  const root = checkRank("broadcastObjectList", "src", group, src);
  const isRoot = group.rank === root;
  // A value that cannot be sent fails before the others wait for it.
  const bytes = isRoot ? encoded("broadcastObjectList", objectList) : new Uint8Array();
  agree(group, { name: "broadcastObjectList", detail: `${objectList.length} values, from rank ${src}` });
  if (group.size === 1) return;
  const length = stagingBuffer("int32", 1);
  length[0] = bytes.length;
  group.run({ name: "broadcast", data: length, root });
  const data = stagingBuffer("uint8", length[0] ?? 0) as Uint8Array;
  if (isRoot) data.set(bytes);
  group.run({ name: "broadcast", data, root });
  if (!isRoot) objectList.splice(0, objectList.length, ...(decoded(data) as unknown[]));
}

/**
 * Gathers a value of each rank in `objectList`, which has a place for each rank. Values are what `structuredClone` takes;
 * send tensors with {@link allGather}.
 *
 * @throws ValueError for a value that cannot be sent, or a list of another length than the number of ranks.
 *
 * @example
 * ```ts no-run
 * const all = Array(getWorldSize()).fill(null);
 * allGatherObject(all, { rank: getRank() }); // with two ranks: [{ rank: 0 }, { rank: 1 }]
 * ```
 */
export function allGatherObject(objectList: unknown[], obj: unknown): void;
export function allGatherObject(...given: readonly unknown[]): void {
  const { objectList, obj } = SIGNATURES.allGatherObject.read(given);
  const group = defaultGroup("allGatherObject");
  if (objectList.length !== group.size) {
    throw new ValueError(
      `[allGatherObject] objectList must have one place for each of ${group.size} ranks, but has ${objectList.length}`,
    );
  }
  const bytes = encoded("allGatherObject", obj);
  agree(group, { name: "allGatherObject" });
  const own = stagingBuffer("int32", 1);
  own[0] = bytes.length;
  const lengths = stagingBuffer("int32", group.size);
  group.run({ name: "allGather", send: own, receive: lengths });
  const longest = Math.max(...lengths);
  const send = stagingBuffer("uint8", longest) as Uint8Array;
  send.set(bytes);
  const receive = stagingBuffer("uint8", longest * group.size) as Uint8Array;
  group.run({ name: "allGather", send, receive });
  for (let rank = 0; rank < group.size; rank++) {
    objectList[rank] = decoded(receive.subarray(rank * longest, rank * longest + (lengths[rank] ?? 0)));
  }
}

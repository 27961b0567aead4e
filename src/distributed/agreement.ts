/** @file Checks that all ranks call the same collective on tensors of the same shape and dtype, before any data is sent. */
import type { DType } from "../../kernels/backend.ts";
import type { Transport } from "./collective.ts";
import { DistributedError } from "./errors.ts";

/** What a rank is about to do. All ranks must be about to do the same. */
export interface Intention {
  /** As users know it: "allReduce". */
  readonly name: string;
  readonly dtype?: DType | undefined;
  readonly shape?: readonly number[] | undefined;
  /** Anything else that has to agree: "sum", "from rank 0". */
  readonly detail?: string | undefined;
}

/** The end of a rank's program, which the others may not expect. */
export const LEAVE: Intention = { name: "destroyProcessGroup" };

/** Bytes of a description. */
const TEXT_BYTES = 256;

function describe(intention: Intention): string {
  if (intention === LEAVE) return "came to its end";
  const { name, dtype, shape, detail } = intention;
  const parts = [dtype === undefined ? null : `${dtype} [${shape?.join(", ")}]`, detail].filter((part) => part != null);
  return `called ${name}(${parts.join(", ")})`;
}

/** 31 bits that differ for different texts (FNV-1a). */
function hash(text: string, start: number): number {
  let h = start;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h & 0x7fffffff;
}

const buffer = new Int32Array(new ArrayBuffer(16));

/**
 * Waits for all ranks, and compares. One small all-reduce: the largest and, negated, the smallest of two hashes.
 *
 * @throws DistributedError on every rank if they disagree: it says which rank called what.
 */
export function agree(transport: Transport, intention: Intention): void {
  if (transport.size === 1) return;
  const text = describe(intention);
  const [a, b] = [hash(text, 0x811c9dc5 | 0), hash(text, 0x2f0b4c47)];
  buffer.set([a, -a, b, -b]);
  transport.run({ name: "allReduce", data: buffer, op: "max", bool: false });
  // Where largest and smallest differ, no rank is equal to both: all of them see it, and go on to say what they called.
  if (buffer[0] === a && buffer[1] === -a && buffer[2] === b && buffer[3] === -b) return;
  throw disagreement(transport, intention.name, text);
}

function disagreement(transport: Transport, name: string, text: string): DistributedError {
  const send = new Uint8Array(TEXT_BYTES);
  new TextEncoder().encodeInto(text, send);
  const receive = new Uint8Array(TEXT_BYTES * transport.size);
  transport.run({ name: "allGather", send, receive });
  const ranksOf = new Map<string, number[]>();
  for (let rank = 0; rank < transport.size; rank++) {
    const bytes = receive.subarray(rank * TEXT_BYTES, (rank + 1) * TEXT_BYTES);
    const end = bytes.indexOf(0);
    const said = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
    ranksOf.set(said, [...(ranksOf.get(said) ?? []), rank]);
  }
  const parts = Array.from(ranksOf, ([said, ranks]) => `${listed(ranks)} ${said}`);
  return new DistributedError(
    `[${name}] all ranks must call the same collective with the same shape and dtype, but ${parts.join("; ")}.`,
  );
}

/** `rank 0`, or `ranks 1, 2 and 3`. */
export function listed(ranks: readonly number[]): string {
  if (ranks.length === 1) return `rank ${ranks[0]}`;
  return `ranks ${ranks.slice(0, -1).join(", ")} and ${ranks.at(-1)}`;
}

/**
 * @file Detects that a worker of Node has died while the event loop is blocked.
 *
 * A worker that runs out of memory, or is terminated, in the middle of a job tells nobody but the event loop, and the
 * thread that waits for the job does not turn it. But the ports that a thread holds close when it ends, however it
 * ends, and the other end of a channel can be asked about that at any time: by taking its messages, among which the
 * closing is, and then by an action that a closed port refuses before it looks at its arguments.
 */

/** As much of a `MessagePort` as is used. */
export interface Port {
  close(): void;
  unref?(): void;
}

/** As much of `node:worker_threads` as is used. */
export interface LifelineThreads {
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  receiveMessageOnPort?(port: Port): unknown;
  moveMessagePortToContext?(port: Port, context: object): unknown;
}

export interface Lifeline {
  /** For the worker, which has only to hold it. */
  readonly farEnd: Port;
  /** Whether the thread that holds the far end lives. Takes some 15 µs. */
  isOpen(): boolean;
}

/** A lifeline, or null where the host cannot be asked. */
export function makeLifeline(threads: LifelineThreads): Lifeline | null {
  if (!threads.MessageChannel || !isReliable(threads)) return null;
  const { port1, port2 } = new threads.MessageChannel();
  port1.unref?.();
  return {
    farEnd: port2,
    isOpen() {
      threads.receiveMessageOnPort?.(port1);
      return refusal(threads, port1) !== CLOSED;
    },
  };
}

const CLOSED = "ERR_CLOSED_MESSAGE_PORT";

/** Hosts that resemble Node may have these functions without their habits. */
function isReliable(threads: LifelineThreads): boolean {
  if (!threads.MessageChannel || !threads.receiveMessageOnPort || !threads.moveMessagePortToContext) return false;
  const { port1 } = new threads.MessageChannel();
  const open = refusal(threads, port1);
  port1.close();
  return open === "ERR_INVALID_ARG_TYPE" && refusal(threads, port1) === CLOSED;
}

/** Why a port cannot be moved to what is no context. */
function refusal(threads: LifelineThreads, port: Port): string | undefined {
  try {
    threads.moveMessagePortToContext?.(port, {});
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}

/** @file Yielding to the event loop. */

/** Milliseconds for which {@link yieldToEventLoop} may hold the event loop: two thirds of a frame. A turn costs 1 to 15 µs. */
const TURN_BUDGET_MS = 10;

/** Time of the last yield. Shared by all loops, so that many short ones yield as well. */
let lastTurn = performance.now();

/**
 * Yields to the event loop, so that timers, input, painting and finalizers run, if the last yield was more than 10 ms
 * ago; otherwise it resolves at once, so it costs next to nothing in every step of a long loop. `item`, `toArray`, `data`,
 * `cpu` and a `DataLoader` yield by themselves: this is for long loops without them.
 *
 * @example
 * let x = ones(3);
 * for (let i = 0; i < 10; i++) {
 *   x = x.mul(2);
 *   await yieldToEventLoop();
 * }
 * x; // tensor([1024., 1024., 1024.])
 */
export async function yieldToEventLoop(): Promise<void> {
  if (isTurnDue()) await nextTurn();
}

/** Whether the last yield was more than {@link TURN_BUDGET_MS} ago. */
export function isTurnDue(): boolean {
  return performance.now() - lastTurn > TURN_BUDGET_MS;
}

/**
 * Resolves in a later turn of the event loop: timers, input and output and finalizers get to run first.
 * Promises alone never let them.
 */
export async function nextTurn(): Promise<void> {
  await new Promise(schedule);
  lastTurn = performance.now();
}

type Schedule = (resume: (value: unknown) => void) => void;

/** Taken when this is loaded: tests that replace the clock (`useFakeTimers`) would wait for ever. */
const { setImmediate: immediate, setTimeout: timeout } = globalThis;

const schedule: Schedule =
  typeof immediate === "function"
    ? (resume) => void immediate(resume)
    : typeof MessageChannel === "function"
      ? scheduleByMessage()
      : (resume) => void timeout(resume, 0);

/**
 * A message to oneself, for browsers: a timer of 0 ms soon takes 4 there, and after `scheduler.yield()` timers and
 * painting have to wait until the loop is over (Chromium 156). The channel is kept: making one takes 30 µs.
 */
function scheduleByMessage(): Schedule {
  const waiting: ((value: unknown) => void)[] = [];
  let channel: ReturnType<typeof open> | undefined;
  const open = () => {
    const opened = new MessageChannel();
    opened.port1.addEventListener("message", () => {
      waiting.shift()?.(undefined);
      if (waiting.length === 0) keepAlive(opened.port1, false);
    });
    opened.port1.start();
    return opened;
  };
  return (resume) => {
    channel ??= open();
    keepAlive(channel.port1, true);
    waiting.push(resume);
    channel.port2.postMessage(null);
  };
}

/** In Node, whose `setImmediate` some test environments hide, an open port keeps the process alive unless it is told not to. */
function keepAlive(port: { ref?(): void; unref?(): void }, alive: boolean): void {
  if (alive) port.ref?.();
  else port.unref?.();
}

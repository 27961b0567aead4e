/** @file Giving the event loop a turn. */

/**
 * Resolves in a later turn of the event loop: timers, input and output and finalizers get to run first.
 * Promises alone never let them.
 */
export function nextTurn(): Promise<void> {
  return new Promise(schedule);
}

/** Node's setImmediate; a message to oneself in browsers, where a timer of 0 ms soon takes 4. */
const schedule: (resume: () => void) => void =
  typeof setImmediate === "function"
    ? (resume) => {
        setImmediate(resume);
      }
    : (resume) => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => {
          port1.close();
          resume();
        });
        port1.start();
        port2.postMessage(null);
      };

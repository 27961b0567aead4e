/** @file Tapes: how a backend replays the calls of a program as one piece, without going through its methods. */
import type { Call, Slot } from "./call.ts";

/** The calls of one program on one backend, which are one piece of work for it. */
export interface Tape {
  /**
   * Makes all calls. Inputs have been bound, and results are bound afterwards.
   *
   * @param step - Makes one call by the methods of the backend.
   * @param at - Hears which call comes next, for errors.
   * @returns false where that cannot be done this time; then nothing has been done.
   */
  run(step: (index: number) => void, at: (index: number) => void): boolean;
  /** Gives its memory back. It may go on to be used, as if it were new. */
  free(): void;
}

/**
 * Makes a tape of calls that are all on one backend, or on the host.
 *
 * @param prepared - Buffers that the program makes before its first call.
 */
export type TapeMaker = (calls: readonly Call[], prepared: readonly Slot[]) => Tape;

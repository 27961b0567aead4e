/** @file Told of programs as they are made, whoever called `compile`: `npm run graph` draws them. */
import type { CompiledProgram } from "./compiled-program.ts";

type Listener = (name: string, program: CompiledProgram) => void;

let listener: Listener | null = null;

/** Calls `fn` with every program from now on, and with the name of its function. */
export function onProgramMade(fn: Listener | null): void {
  listener = fn;
}

/** Tells that a program was made. */
export function programMade(name: string, program: CompiledProgram): void {
  listener?.(name, program);
}

/** @file Runs programs in a user's project. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program prints. Rejects if it fails, or does not end by itself. */
export function runIn(project: string, node: string, ...args: string[]): Promise<Output> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_|npm_)/.test(name)));
  return promisify(execFile)(node, args, { cwd: project, env: environment, timeout: 100_000 });
}

/** @file Installs the peers, into a folder of their own. */
import { execFileSync } from "node:child_process";

export function installPeers(): void {
  // Their install scripts build graphics for windows and browsers, of which nothing is used here.
  const flags = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...flags], { cwd: import.meta.dirname, stdio: ["ignore", "ignore", "inherit"] });
}

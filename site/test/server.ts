/** @file Serves the built site as a host of plain files does, with or without the headers that isolate a page. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const dist = fileURLToPath(new URL("../.vitepress/dist", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".gz": "application/gzip",
};

export interface Served {
  /** Ends with a slash. */
  readonly address: string;
  close(): void;
}

/** @param hidden - paths that this host does not have, as `/mnist/` */
export async function serve(isolated: boolean, hidden = "\0"): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = normalize(join(dist, decodeURIComponent(pathname)));
    const file = path.endsWith("/") ? join(path, "index.html") : path;
    const isThere =
      file.startsWith(dist) && existsSync(file) && statSync(file).isFile() && !pathname.startsWith(hidden);
    response.statusCode = isThere ? 200 : 404;
    response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
    if (isolated) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    if (isThere) createReadStream(file).pipe(response);
    else response.end();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The servers a page needs when no element brings them: signalling, and plain
 * files.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

import { Hub } from "./hub.mjs";
import { Process, findProgram, freePort, portOpen } from "./processes.mjs";

export const pageDirectory = new URL(
  "../../ext/gstwebrtc-api/",
  import.meta.url
);

/**
 * @typedef {object} SignallingServer
 * @property {string} url
 * @property {number} port
 * @property {() => Promise<unknown>} stop
 */

/**
 * The program that GST_RTC_SIGNALLING_SERVER names, else the one in PATH
 * (scripts/run puts it there), else the stand-in.
 *
 * @param {number} [wantedPort]
 * @returns {Promise<SignallingServer>}
 */
export async function startSignalling(wantedPort) {
  const program =
    process.env.GST_RTC_SIGNALLING_SERVER ??
    findProgram("gst-webrtc-signalling-server");

  if (!program) {
    const hub = await Hub.listen(wantedPort);

    return {
      url: `ws://127.0.0.1:${hub.port}`,
      port: hub.port,
      stop: () => hub.stop(),
    };
  }

  const port = wantedPort ?? (await freePort());
  const server = new Process(program, [
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
  ]);
  await portOpen(port, server);
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    stop: () => server.stop("SIGTERM"),
  };
}

const contentTypes = new Map([
  [".html", "text/html"],
  [".js", "text/javascript"],
  [".css", "text/css"],
]);

/**
 * Serves the page as it is in the source tree.
 *
 * @param {string} [prefix] of every path
 * @returns {Promise<{ url: string, stop: () => Promise<unknown> }>}
 */
export async function servePage(prefix = "/") {
  const server = createServer(async ({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://page");
    const name = pathname.slice(prefix.length) || "index.html";

    try {
      const body = await readFile(new URL(name, pageDirectory));
      const type = contentTypes.get(extname(name)) ?? "text/plain";

      response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });

  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (
    server.address()
  );
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

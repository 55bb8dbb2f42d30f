/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The servers a page needs when no element brings them: signalling, and plain
 * files.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

import { build } from "esbuild";

import { script } from "../../ext/gstwebrtc-api/bundle.mjs";
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
 * @property {() => Promise<unknown>} kill without a word
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
      kill: () => hub.stop(),
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
    kill: () => server.stop("SIGKILL"),
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
 * @param {Record<string, string>} [others] text that is served, too, by name
 * @returns {Promise<{ url: string, stop: () => Promise<unknown> }>}
 */
export async function servePage(prefix = "/", others = {}) {
  const server = createServer(async ({ url = "" }, response) => {
    const { pathname } = new URL(url, "http://page");
    const name = pathname.slice(prefix.length) || "index.html";

    try {
      const body =
        others[name] ?? (await readFile(new URL(name, pageDirectory)));
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

/**
 * Serves api.html, which loads the bundled library by a script tag as an
 * application does, and has the verbs of api-page.js.
 *
 * @param {object} [config] for the original form
 * @returns {ReturnType<typeof servePage>}
 */
export async function serveApiPage(config = {}) {
  const { outputFiles } = await build({ ...script, write: false });
  const bundle = outputFiles.find(({ path }) => path.endsWith(".js"));

  return servePage("/", {
    "library.js": (bundle?.text ?? "").replace(/\n\/\/# sourceMapp.*/, ""),
    "verbs.js": await readFile(new URL("api-page.js", import.meta.url), "utf8"),
    "api.html": `<!DOCTYPE html>
      <title>api</title>
      <link rel="icon" href="data:,">
      <script>
        window.gstWebRTCConfig = ${JSON.stringify(config)};
        window.counts = { connections: 0, sockets: 0, listeners: 0 };
      </script>
      <script src="counts.js"></script>
      <script src="library.js"></script>
      <body></body>
      <script src="verbs.js"></script>`,
    "counts.js": await readFile(new URL("counts.js", import.meta.url), "utf8"),
  });
}

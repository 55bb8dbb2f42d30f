/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A piece of network between a page and its server that can be cut. */

import { connect, createServer } from "node:net";

/**
 * @param {number} target port on this computer
 * @returns {Promise<{ port: number, cut: () => void,
 *   stop: () => Promise<unknown> }>} cut() breaks all connections without a
 *   word; new ones are let through
 */
export async function startProxy(target) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");

    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const cut = () => {
    for (const socket of sockets) {
      socket.resetAndDestroy();
    }
  };

  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (
    server.address()
  );
  return {
    port,
    cut,
    stop() {
      cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

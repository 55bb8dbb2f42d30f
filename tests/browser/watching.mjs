/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a test waits for in a Tab that has the verbs of api-page.js. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { Process } from "./processes.mjs";
import { until } from "./wait.mjs";

/** @typedef {import("./browsers.mjs").Tab} Tab */

const receiver = fileURLToPath(new URL("receive.py", import.meta.url));

/** the state of a session that streams */
export const streaming = 2;

/** @param {Tab} tab @param {number} [times] */
export function connected(tab, times = 1) {
  return until(
    `connection number ${times}`,
    async () =>
      /** @type {string[]} */ (await tab.run("seen")).filter((what) =>
        what.startsWith("connected")
      ).length >= times
  );
}

/**
 * @param {Tab} tab
 * @param {string} name
 * @returns {Promise<string>} its id
 */
export function listed(tab, name) {
  return until(`producer "${name}"`, async () => {
    /** @type {{ id: string, meta: { name: string } }[]} */
    const producers = await tab.run("producers");

    return producers.find(({ meta }) => meta.name === name)?.id;
  });
}

/**
 * Waits for some frames and sound from now on.
 *
 * @param {Tab} tab
 * @param {number} [frames]
 */
export async function flowing(tab, frames = 30) {
  const sum = (/** @type {any} */ { frames: counts }) =>
    counts.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  const first = await tab.run("measure");
  /** @type {any} */
  let last;

  await until(`${frames} more frames and sound`, async () => {
    last = await tab.run("measure");
    return (
      last.sessionId === first.sessionId &&
      sum(last) >= sum(first) + frames &&
      last.energy > first.energy
    );
  }).catch(async (error) => {
    const seen = JSON.stringify(await tab.run("seen"));

    throw new Error(
      `${error.message}\n${JSON.stringify([first, last])}\n${seen}`
    );
  });
  return last;
}

/**
 * @param {Tab} tab
 * @param {string} name
 * @param {object} [wish]
 */
export async function watch(tab, name, wish = {}) {
  const id = await listed(tab, name);

  assert.equal(await tab.run("consume", { id, ...wish }), true);
  await until(
    `stream of "${name}"`,
    async () => (await tab.run("measure")).state === streaming
  );
  return id;
}

/**
 * Has webrtcsrc receive a producer.
 *
 * @param {string} uri of the signalling server
 * @param {string} peerId empty: waits to be called
 * @param {() => Promise<void>} [whileWaiting]
 */
export async function receive(uri, peerId, whileWaiting) {
  const process = new Process("/usr/bin/python3", [
    receiver,
    "webrtcsrc",
    uri,
    peerId,
    "30",
    "30",
  ]);

  await whileWaiting?.();
  await until("end of receive.py", () => !process.alive, 45000).catch(
    async (error) => {
      await process.stop("SIGTERM");
      throw new Error(`${error}\n${process.describe()}`);
    }
  );
  const result = JSON.parse(process.output.trim().split("\n").at(-1) ?? "");

  assert.equal(result.error, undefined, process.describe());
  assert.ok(result.video.changed > 15, `${result.video.changed} changed`);
  assert.ok(result.audio.peak > 500, `audio peak ${result.audio.peak}`);
}

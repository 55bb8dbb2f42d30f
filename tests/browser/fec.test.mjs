/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Forward error correction with a browser, both ways, on a network that loses
 * packets and sends none again.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { launchChromium } from "./browsers.mjs";
import { Process, needElements } from "./processes.mjs";
import { serveApiPage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";
import { connected, watch } from "./watching.mjs";

const script = fileURLToPath(new URL("lossy.py", import.meta.url));

needElements("webrtcsink", "webrtcsrc");

describe("forward error correction", { timeout: 180000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof serveApiPage>>} */
  let files;
  /** @type {import("./browsers.mjs").AnyBrowser} */
  let browser;
  /** @type {Process[]} */
  let processes = [];

  before(async () => {
    signalling = await startSignalling();
    files = await serveApiPage();
    browser = await launchChromium();
  });

  after(async () => {
    await Promise.all(processes.map((process) => process.stop("SIGTERM")));
    await browser?.close();
    await files?.stop();
    await signalling?.stop();
  });

  /** @param {object} [config] */
  async function openTab(config = {}) {
    const tab = await browser.newTab();

    await tab.open(`${files.url}api.html`);
    await tab.run("start", {
      signalingServerUrl: signalling.url,
      webrtcConfig: { iceServers: [] },
      ...config,
    });
    await connected(tab);
    return tab;
  }

  it("repairs what Chromium watches", async () => {
    const kinds = ["true", "false"];

    processes = kinds.map(
      (fec) =>
        new Process("/usr/bin/python3", [script, "send", signalling.url, fec])
    );
    const tabs = [await openTab(), await openTab()];
    const frames = async (/** @type {number} */ i) =>
      (await tabs[i].run("measure")).frames[0] ?? 0;

    for (const [i, fec] of kinds.entries()) {
      await watch(tabs[i], `fec-${fec}`);
    }
    /* until they know of the loss */
    await until("first frames", async () => (await frames(0)) > 60, 30000);

    const first = [await frames(0), await frames(1)];

    await until(
      "frames",
      async () => (await frames(0)) > first[0] + 250,
      60000
    );

    const repaired = (await frames(0)) - first[0];
    const broken = (await frames(1)) - first[1];

    assert.ok(broken < 0.6 * repaired, `${repaired} and ${broken} frames`);
    await Promise.all(tabs.map((tab) => tab.close()));
    await Promise.all(processes.map((process) => process.stop("SIGTERM")));
  });

  it("repairs what Chromium sends", async () => {
    const tab = await openTab({ meta: { name: "camera" } });

    await tab.run("produce");

    const [said] = /** @type {string[]} */ (await tab.run("seen"));
    const peerId = said.slice("connected ".length);
    const receiver = new Process("/usr/bin/python3", [
      script,
      "receive",
      signalling.url,
      peerId,
    ]);

    processes = [receiver];
    await until("statistics", () => !receiver.alive, 60000);

    const last = receiver.output.trim().split("\n").at(-1) ?? "";

    assert.ok(last.startsWith("{"), receiver.describe());

    const stats = JSON.parse(last);

    assert.ok(stats["packets-recovered"] >= 20, JSON.stringify(stats));
    assert.equal(stats["retransmissions-received"], 0);
    await tab.close();
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * 100 sessions in one page: no connection stays open, no listener stays where
 * it outlives a session, and the browser can forget every session.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { launchChromium } from "./browsers.mjs";
import { Process, needElements } from "./processes.mjs";
import { serveApiPage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

const count = 100;
needElements("webrtcsink");

describe("sessions that come and go", { timeout: 240000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof serveApiPage>>} */
  let files;
  /** @type {import("./browsers.mjs").AnyBrowser} */
  let browser;
  /** @type {Process} */
  let sink;

  before(async () => {
    signalling = await startSignalling();
    files = await serveApiPage();
    sink = new Process(
      "gst-launch-1.0",
      (
        "videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! " +
        `webrtcsink stun-server=NULL signaller::uri=${signalling.url}`
      ).split(" ")
    );
    browser = await launchChromium();
  });

  after(async () => {
    await browser?.close();
    await sink?.stop();
    await files?.stop();
    await signalling?.stop();
  });

  it(`leave nothing behind, ${count} times`, async () => {
    const tab = await browser.newTab();
    const page = /** @type {import("playwright-core").Page} */ (
      /** @type {unknown} */ (tab.page)
    );

    await tab.open(`${files.url}api.html`);
    await tab.run("start", {
      signalingServerUrl: signalling.url,
      webrtcConfig: { iceServers: [] },
    });
    const { id } = await until(
      "producer",
      async () => (await tab.run("producers"))[0]
    );

    /* the first one makes what is there for all */
    await tab.run("churn", { id, count: 1 });
    const { before: first, after: last } = await tab.run("churn", { id, count });
    assert.deepEqual(first, { connections: 0, sockets: 1, listeners: 2 });
    assert.deepEqual(last, first);

    const devTools = await page.context().newCDPSession(page);
    await until("end of all sessions", async () => {
      await devTools.send("HeapProfiler.collectGarbage");
      return (await tab.run("left")) === 0;
    });
    assert.deepEqual(tab.complaints(), []);
  });
});

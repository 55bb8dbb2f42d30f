/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * webrtcsink seen by a browser: one gst-launch-1.0 serves the page, the
 * signalling and the stream. Wants the elements where GStreamer finds them
 * (GST_PLUGIN_PATH and its like are passed on).
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, freePort, needElements, portOpen } from "./processes.mjs";
import { pageDirectory } from "./servers.mjs";

/**
 * @param {number} signallingPort
 * @param {number} webPort
 */
function launchSink(signallingPort, webPort) {
  const sink = [
    'webrtcsink name=ws stun-server="" meta=meta,name=ball',
    "run-signalling-server=true signalling-server-host=127.0.0.1",
    `signalling-server-port=${signallingPort} run-web-server=true`,
    `web-server-host-addr=http://127.0.0.1:${webPort}`,
    `web-server-directory=${fileURLToPath(pageDirectory)}`,
  ];
  const video = [
    "videotestsrc is-live=true pattern=ball !",
    "video/x-raw,width=640,height=480,framerate=30/1 !",
  ];
  const audio = [
    "audiotestsrc is-live=true freq=440 !",
    "audio/x-raw,rate=48000,channels=2 ! ws.",
  ];
  const words = [...video, ...sink, ...audio].join(" ").split(" ");

  return new Process("gst-launch-1.0", words);
}

needElements("webrtcsink");

describe("webrtcsink in a browser", { timeout: 180000 }, () => {
  /** @type {Process} */
  let sink;
  /** @type {Browser} */
  let browser;
  /** @type {import("./harness.mjs").DemoPage} */
  let page;
  /** @type {[number, number]} */
  let ports;

  /**
   * A failure of the page is often one of the element: show what it said.
   *
   * @param {() => Promise<void>} check
   */
  async function explain(check) {
    try {
      await check();
    } catch (error) {
      const said = sink?.describe() ?? "nothing was started";

      throw new Error(`gst-launch-1.0 said:\n${said}`, { cause: error });
    }
  }

  before(() =>
    explain(async () => {
      ports = [await freePort(), await freePort()];
      sink = launchSink(...ports);
      await portOpen(ports[1], sink);
      browser = await Browser.launch();
      page = await browser.startPage(`http://127.0.0.1:${ports[1]}/`, {
        signalling: `ws://127.0.0.1:${ports[0]}`,
      });
    })
  );

  after(async () => {
    await browser?.close();
    await sink?.stop();
  });

  it("serves the page, which finds the signalling server", () =>
    explain(async () => {
      await page.connected();
    }));

  it("is listed under its name", () =>
    explain(async () => {
      await page.listed("ball");
    }));

  it("plays at a click, in its size", () =>
    explain(async () => {
      await page.play("ball");
      await page.unmute();

      const { width, height } = await page.videoStats();
      assert.deepEqual([width, height], [640, 480]);
    }));

  it("goes on, moves and is heard", () =>
    explain(async () => {
      await page.flowing(30);
      assert.ok((await page.moved()) > 0);
      await page.flowing(60);
      await page.check();
      if (process.env.SCREENSHOT) {
        await page.screenshot(process.env.SCREENSHOT);
      }
    }));

  it("stops and plays again at a click", () =>
    explain(async () => {
      await page.click("ball");
      await page.stopped();
      await page.play("ball");
      await page.flowing(15);
    }));

  it("vanishes when the pipeline is interrupted", () =>
    explain(async () => {
      const stopped = sink.stop("SIGINT");

      await page.gone("ball");
      await page.stopped();
      assert.ok(await stopped, "gst-launch-1.0 did not stop by itself");
    }));

  it("comes back when the pipeline is started again", () =>
    explain(async () => {
      sink = launchSink(...ports);
      await page.listed("ball", 30000);
      await page.play("ball");
      await page.flowing(30);
    }));
});

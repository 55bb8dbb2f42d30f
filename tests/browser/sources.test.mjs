/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What webrtcsrc makes of a browser's (fake) camera and microphone in each
 * codec, and of four producers at once. GST_RTC_LONG in the environment makes
 * it 30 s each instead of 8.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

const script = fileURLToPath(new URL("sources.py", import.meta.url));
const seconds = process.env.GST_RTC_LONG ? 30 : 8;

needElements("webrtcsrc", "webrtcsink");

/**
 * @typedef {object} Received
 * @property {string} codec
 * @property {number} frames
 * @property {number} sent
 * @property {number} gap
 * @property {number} sent_gap
 * @property {number} width
 * @property {number} height
 * @property {number} rate
 * @property {number} peak
 */

describe("webrtcsrc and its producers", { timeout: 400000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser[]} */
  const browsers = [];
  /** @type {Process[]} */
  const processes = [];
  /** @type {string} */
  let camera;

  /**
   * @param {string} name
   * @returns {Promise<string>} the id of a browser that shares its camera
   */
  async function startCamera(name) {
    const browser = await Browser.launch();

    browsers.push(browser);
    const page = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    const id = await page.connected();

    await page.startProducing(name);
    return id;
  }

  /**
   * @param {string} name
   * @param {string} size
   * @returns {Process} gst-launch-1.0 with a webrtcsink
   */
  function startNative(name, size) {
    const line =
      `videotestsrc is-live=true pattern=ball ! ` +
      `video/x-raw,${size},framerate=30/1 ! webrtcsink name=sink ` +
      `stun-server=NULL meta=meta,name=(string)${name} ` +
      `signaller::uri=${signalling.url} ` +
      `audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! sink.`;
    const started = new Process("gst-launch-1.0", ["-q", ...line.split(" ")]);

    processes.push(started);
    return started;
  }

  /**
   * @param {string[]} peers
   * @returns {Promise<Received[]>} what sources.py says
   */
  async function receive(...peers) {
    const started = new Process("/usr/bin/python3", [
      script,
      signalling.url,
      String(seconds),
      ...peers,
    ]);

    processes.push(started);
    await until(
      "end of sources.py",
      () => !started.alive,
      (seconds + 60) * 1000
    ).catch((error) => {
      throw new Error(started.describe(), { cause: error });
    });

    const last = started.output.trim().split("\n").at(-1) ?? "";
    const result = JSON.parse(last);

    assert.equal(result.error, undefined, started.describe());
    return result;
  }

  /** @param {Received} one */
  function check(one) {
    const shown = JSON.stringify(one);

    assert.ok(one.frames >= 0.99 * one.sent, shown);
    assert.ok(one.peak > 500, shown);
    // a camera on a busy machine pauses by itself
    assert.ok(one.gap <= Math.max(200, one.sent_gap), shown);
  }

  before(async () => {
    signalling = await startSignalling();
    files = await servePage();
    camera = await startCamera("camera");
  });

  after(async () => {
    for (const started of processes) {
      await started.stop("SIGTERM");
    }
    for (const browser of browsers) {
      await browser.close();
    }
    await files?.stop();
    await signalling?.stop();
  });

  for (const codec of ["VP8", "VP9", "H264"]) {
    it(`plays ${codec} and Opus of a browser`, async () => {
      const [one] = await receive(`${camera}=${codec}`);

      check(one);
      assert.equal(one.codec, codec);
      assert.ok(one.width >= 320 && one.height >= 240, JSON.stringify(one));
      assert.ok(one.rate > 5 && one.rate < 35, JSON.stringify(one));
    });
  }

  it("plays two browsers and two sinks at once", async () => {
    const second = await startCamera("second camera");
    const page = await browsers[0].startPage(files.url, {
      signalling: signalling.url,
    });

    startNative("wide", "width=320,height=180");
    startNative("square", "width=240,height=240");
    const wide = await page.listed("wide", 20000);
    const square = await page.listed("square", 20000);
    const all = await receive(wide, camera, square, second);

    all.forEach(check);
    assert.deepEqual([all[0].width, all[0].height], [320, 180]);
    assert.deepEqual([all[2].width, all[2].height], [240, 240]);
    assert.equal(all[1].width, all[3].width);
  });
});

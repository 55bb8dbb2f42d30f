/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What comes into webrtcsink encoded goes to the browser as it is, with the
 * profile that it has.
 */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, freePort, needElements, portOpen } from "./processes.mjs";
import { pageDirectory } from "./servers.mjs";

const encoders = {
  VP8: "vp8enc deadline=1 keyframe-max-dist=30",
  H264:
    "x264enc tune=zerolatency key-int-max=30 ! " +
    "video/x-h264,profile=main ! h264parse",
};

/**
 * @param {string} encoder
 * @param {[number, number]} ports
 */
function launchSink(encoder, ports) {
  const line = [
    "videotestsrc is-live=true pattern=ball !",
    "video/x-raw,width=640,height=480,framerate=30/1 !",
    `${encoder} ! webrtcsink name=ws stun-server="" meta=meta,name=encoded`,
    "run-signalling-server=true signalling-server-host=127.0.0.1",
    `signalling-server-port=${ports[0]} run-web-server=true`,
    `web-server-host-addr=http://127.0.0.1:${ports[1]}`,
    `web-server-directory=${fileURLToPath(pageDirectory)}`,
    "audiotestsrc is-live=true freq=440 !",
    "audio/x-raw,rate=48000,channels=2 ! opusenc ! ws.",
  ].join(" ");

  return new Process("gst-launch-1.0", line.split(" "));
}

needElements("webrtcsink");

describe("encoded input in a browser", { timeout: 180000 }, () => {
  for (const [codec, encoder] of Object.entries(encoders)) {
    it(`plays ${codec} as it came`, async () => {
      /** @type {[number, number]} */
      const ports = [await freePort(), await freePort()];
      const sink = launchSink(encoder, ports);
      const browser = await Browser.launch();

      try {
        await portOpen(ports[1], sink);
        const page = await browser.startPage(`http://127.0.0.1:${ports[1]}/`, {
          signalling: `ws://127.0.0.1:${ports[0]}`,
        });

        await page.connected();
        await page.listed("encoded");
        await page.play("encoded");
        await page.unmute();
        await page.flowing(60);

        const { width, height } = await page.videoStats();
        assert.deepEqual([width, height], [640, 480]);
        assert.ok((await page.moved()) > 0);
      } catch (error) {
        throw new Error(`${error}\ngst-launch-1.0 said:\n${sink.describe()}`, {
          cause: error,
        });
      } finally {
        await browser.close();
        await sink.stop();
      }
    });
  }
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Whether sound and picture of a browser come out of webrtcsrc together: a page
 * flashes a canvas and beeps at once.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

const script = fileURLToPath(new URL("flashes.py", import.meta.url));
const flashes = 12;
const limit = 40; // ms

/**
 * @typedef {object} Offset from a flash to its beep in ms
 * @property {number} out of webrtcsrc
 * @property {number} told by the browser in its sender reports
 */

/** @param {number} a @param {number} b */
const byValue = (a, b) => a - b;

needElements("webrtcsrc");

/** In the page. Each flash and its beep are 100 ms long, one a second. */
function produceFlashes() {
  const canvas = document.createElement("canvas");
  const picture = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d")
  );
  const sound = new AudioContext();
  const tone = new OscillatorNode(sound, { frequency: 1000 });
  const gain = new GainNode(sound, { gain: 0 });
  const out = new MediaStreamAudioDestinationNode(sound);
  let last = -1;

  tone.connect(gain).connect(out);
  tone.start();
  canvas.width = 320;
  canvas.height = 240;
  document.body.prepend(canvas);

  /** @param {number} now */
  const draw = (now) => {
    const second = Math.floor(now / 1000);
    const on = now % 1000 < 100;

    if (on && second !== last) {
      last = second;
      gain.gain.setValueAtTime(1, sound.currentTime);
      gain.gain.setValueAtTime(0, sound.currentTime + 0.1);
    }
    picture.fillStyle = on ? "white" : "black";
    picture.fillRect(0, 0, canvas.width, canvas.height);
    // no two pictures are the same, so that each is sent
    picture.fillStyle = `rgb(${now % 32} 0 0)`;
    picture.fillRect(0, 0, 8, 8);
    requestAnimationFrame(draw);
  };

  requestAnimationFrame(draw);
  const { api } = /** @type {any} */ (window).gstRtcPage;

  return api
    .createProducerSession(
      new MediaStream([
        ...canvas.captureStream().getTracks(),
        ...out.stream.getTracks(),
      ])
    )
    .start();
}

describe("sound and picture of a browser", { timeout: 200000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser} */
  let browser;
  /** @type {Process | undefined} */
  let started;

  before(async () => {
    signalling = await startSignalling();
    files = await servePage();
    browser = await Browser.launch();
  });

  after(async () => {
    await started?.stop("SIGTERM");
    await browser?.close();
    await files?.stop();
    await signalling?.stop();
  });

  it("come out of webrtcsrc together", async () => {
    const demo = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    const id = await demo.connected();

    assert.ok(await demo.page.evaluate(produceFlashes));
    const process = new Process("/usr/bin/python3", [
      script,
      signalling.url,
      id,
      String(flashes),
    ]);

    started = process;
    await until("end of flashes.py", () => !process.alive, 100000);
    /** @type {{ error?: string, offsets: Offset[] }} */
    const { error, offsets } = JSON.parse(
      process.output.trim().split("\n").at(-1) ?? ""
    );

    assert.equal(error, undefined, process.describe());
    /** @type {number[]} */
    const apart = offsets.map(({ out }) => Math.abs(out)).sort(byValue);
    const worst = Math.max(
      ...offsets.map(({ out, told }) => Math.abs(out - told))
    );

    console.log(JSON.stringify(offsets));
    // from the page's one line of code for both to the pads of webrtcsrc
    assert.ok(apart[Math.floor(apart.length / 2)] < limit, `${apart}`);
    // a busy browser may be late with one; then it says so, and we keep to it
    assert.ok(worst < limit, `${worst} ms from what the browser says`);
  });
});

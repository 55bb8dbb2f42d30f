/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A browser that shares its (fake) camera and microphone, received by
 * webrtcsrc and by playbin3. Wants the elements where GStreamer finds them.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

const script = fileURLToPath(new URL("receive.py", import.meta.url));
const frames = 30;
const seconds = 30;

needElements("webrtcsrc");

describe("a browser that produces", { timeout: 180000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser} */
  let browser;
  /** @type {import("./harness.mjs").DemoPage} */
  let page;
  /** @type {string} */
  let peerId;
  /** @type {Process | undefined} */
  let receiver;

  before(async () => {
    signalling = await startSignalling();
    files = await servePage();
    browser = await Browser.launch();
    page = await browser.startPage(files.url, { signalling: signalling.url });
    peerId = await page.connected();
    await page.startProducing("camera");
  });

  after(async () => {
    await receiver?.stop("SIGTERM");
    await browser?.close();
    await files?.stop();
    await signalling?.stop();
  });

  /**
   * @param {string} element
   * @returns {Promise<any>} what receive.py says
   */
  async function receive(element) {
    const started = new Process("/usr/bin/python3", [
      script,
      element,
      signalling.url,
      peerId,
      String(frames),
      String(seconds),
    ]);

    receiver = started;
    await until(
      `end of receive.py`,
      () => !started.alive,
      (seconds + 15) * 1000
    ).catch((error) => {
      throw new Error(started.describe(), { cause: error });
    });

    const last = started.output.trim().split("\n").at(-1) ?? "";
    try {
      return JSON.parse(last);
    } catch {
      throw new Error(`receive.py failed:\n${started.describe()}`);
    }
  }

  for (const element of ["webrtcsrc", "playbin3"]) {
    it(`is received by ${element}`, async () => {
      const { error, video, audio } = await receive(element);

      assert.equal(error, undefined, receiver?.describe());
      assert.ok(video.frames >= frames);
      assert.ok(video.changed > frames / 2, `${video.changed} changed`);
      assert.ok(video.width >= 160 && video.height >= 120, video.caps);
      assert.ok(audio.peak > 500, `audio peak ${audio.peak}`);
    });
  }

  it("goes on when they have left", async () => {
    await until("page that nobody watches", async () => {
      const info = await page.page.textContent("#produce-info");

      return info?.includes("0 watching");
    });
    await page.check();
  });
});

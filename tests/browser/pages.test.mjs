/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two pages and a signalling server, no element: what the browser side does
 * with itself.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Browser } from "./harness.mjs";
import { servePage, startSignalling } from "./servers.mjs";

describe("two pages", { timeout: 120000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser} */
  let browser;
  /** @type {import("./harness.mjs").DemoPage} */
  let producer;
  /** @type {import("./harness.mjs").DemoPage} */
  let viewer;

  before(async () => {
    signalling = await startSignalling();
    files = await servePage("/some/prefix/");
    browser = await Browser.launch();
    producer = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    viewer = await browser.startPage(files.url, { signalling: signalling.url });
  });

  after(async () => {
    await browser?.close();
    await files?.stop();
    await signalling?.stop();
  });

  it("each get an id of their own", async () => {
    assert.notEqual(await producer.connected(), await viewer.connected());
  });

  it("list a producer by its name, and not to itself", async () => {
    await producer.startProducing("front door");
    await viewer.listed("front door");
    assert.deepEqual(await producer.producers(), []);
  });

  it("play camera and microphone of the other", async () => {
    await viewer.play("front door");
    await viewer.unmute();
    await viewer.flowing(30);

    const { width, height } = await viewer.videoStats();
    assert.ok(width >= 320 && height >= 240, `size ${width}x${height}`);
    assert.ok((await viewer.moved()) > 0);
  });

  it("stop and play again at a click", async () => {
    await viewer.click("front door");
    await viewer.stopped();
    await viewer.play("front door");
    await viewer.flowing(10);
    if (process.env.SCREENSHOT) {
      await viewer.screenshot(process.env.SCREENSHOT);
    }
  });

  it("drop the entry and the player when the producer stops", async () => {
    await producer.stopProducing();
    await viewer.gone("front door");
    await viewer.stopped();
  });

  it("take a producer that comes back under another name", async () => {
    await producer.startProducing("back <b>door</b>");
    await viewer.play("back <b>door</b>");
    await viewer.flowing(10);
  });

  it("play by themselves when the address says so", async () => {
    const third = await browser.startPage(files.url, {
      signalling: signalling.url,
      play: "first",
    });

    await third.playing();
    await third.unmute();
    await third.flowing(10);
    await third.check();
    await third.close();
  });

  it("drop the entry when the producer's page is closed", async () => {
    await producer.check();
    await producer.close();
    await viewer.gone("back <b>door</b>");
    await viewer.stopped();
    await viewer.check();
  });

  it("say what is wrong with a signalling address", async () => {
    const lost = await browser.startPage(files.url, { signalling: "x://y" });

    await assert.rejects(() => lost.check(), /Cannot connect to x:/);
    await lost.close();
  });

  it("come back by themselves when the server does", async () => {
    const { port } = signalling;

    await signalling.stop();
    await viewer.disconnected();
    signalling = await startSignalling(port);
    await viewer.connected();
    await viewer.check();
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A producer with more than one picture, and a page without a server. */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Browser } from "./harness.mjs";
import { Process, freePort, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

needElements("webrtcsink");

describe("the page's player", { timeout: 120000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser} */
  let browser;
  /** @type {Process} */
  let sink;

  before(async () => {
    signalling = await startSignalling();
    files = await servePage();
    sink = new Process(
      "gst-launch-1.0",
      (
        "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! " +
        "webrtcsink name=ws stun-server=NULL meta=meta,name=two " +
        `signaller::uri=${signalling.url} ` +
        "videotestsrc is-live=true pattern=ball ! " +
        "video/x-raw,width=640,height=360 ! ws."
      ).split(" ")
    );
    browser = await Browser.launch();
  });

  after(async () => {
    await browser?.close();
    await sink?.stop();
    await files?.stop();
    await signalling?.stop();
  });

  it("shows the picture that is chosen", async () => {
    const demo = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    const width = async () => (await demo.videoStats()).width;
    const options = () =>
      demo.page.$$eval("#track option", (all) =>
        all.map((option) => option.textContent)
      );

    await demo.play("two");
    assert.deepEqual(await options(), ["Picture 1", "Picture 2"]);
    const first = await width();
    await demo.page.selectOption("#track", { label: "Picture 2" });
    await until("the other picture", async () => {
      const now = await width();

      return now > 0 && now !== first;
    });
    await demo.page.selectOption("#track", { label: "Picture 1" });
    await until("the first picture", async () => (await width()) === first);
    await demo.click("two");
    await demo.stopped();
    assert.equal(await demo.page.isVisible("#track"), false);
    await demo.check();
  });

  it("is told when there is no server", async () => {
    const demo = await browser.startPage(files.url, {
      signalling: `ws://127.0.0.1:${await freePort()}`,
    });

    await until("word of it", () => demo.page.isVisible("text=not reachable"));
    await demo.close();
  });
});

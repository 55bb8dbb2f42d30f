/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the library does in a real browser with the real server and the real
 * elements. The same for each browser: see api-*.test.mjs.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { serverAway } from "./harness.mjs";
import {
  Process,
  freePort,
  needElements,
  portOpen,
} from "./processes.mjs";
import { startProxy } from "./proxy.mjs";
import { pageDirectory, serveApiPage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";
import {
  connected,
  flowing,
  listed,
  receive,
  watch,
} from "./watching.mjs";

const changer = fileURLToPath(new URL("change.py", import.meta.url));
const [width, height] = [640, 480];

/** @param {string} uri of the signalling server */
function launchSink(uri) {
  const words = [
    "videotestsrc is-live=true pattern=ball !",
    `video/x-raw,width=${width},height=${height},framerate=30/1 !`,
    `webrtcsink name=ws stun-server=NULL signaller::uri=${uri}`,
    "meta=meta,name=ball",
    "audiotestsrc is-live=true freq=440 !",
    "audio/x-raw,rate=48000,channels=2 ! ws.",
  ];

  return new Process("gst-launch-1.0", words.join(" ").split(" "));
}

/**
 * @param {string} browserName
 * @param {() => Promise<import("./browsers.mjs").AnyBrowser>} launch
 */
export function describeBrowser(browserName, launch) {
  needElements("webrtcsink", "webrtcsrc");

  describe(`the library in ${browserName}`, { timeout: 300000 }, () => {
    /** @type {import("./servers.mjs").SignallingServer} */
    let signalling;
    /** @type {Awaited<ReturnType<typeof serveApiPage>>} */
    let files;
    /** @type {import("./browsers.mjs").AnyBrowser} */
    let browser;
    /** @type {Process} */
    let sink;
    /** @type {import("./browsers.mjs").Tab[]} */
    const tabs = [];
    let expected = /^$/;

    before(async () => {
      signalling = await startSignalling();
      files = await serveApiPage({
        signalingServerUrl: signalling.url,
        meta: { name: "original" },
        webrtcConfig: { iceServers: [] },
      });
      sink = launchSink(signalling.url);
      browser = await launch();
    });

    after(async () => {
      await browser?.close();
      await sink?.stop();
      await files?.stop();
      await signalling?.stop();
    });

    afterEach(async () => {
      const complaints = tabs
        .flatMap((tab) => tab.complaints())
        .filter((complaint) => !expected.test(complaint));

      for (const tab of tabs.splice(0)) {
        await tab.close();
      }
      expected = /^$/;
      assert.deepEqual(complaints, [], sink.describe());
    });

    /**
     * @param {object} [config]
     * @returns {Promise<import("./browsers.mjs").Tab>} connected
     */
    async function openTab(config = {}) {
      const tab = await browser.newTab();

      tabs.push(tab);
      await tab.open(`${files.url}api.html`);
      await tab.run("start", {
        signalingServerUrl: signalling.url,
        reconnectionTimeout: 300,
        webrtcConfig: { iceServers: [] },
        ...config,
      });
      await connected(tab);
      return tab;
    }

    it("consumes what webrtcsink sends, and measures it", async () => {
      const tab = await openTab();

      await watch(tab, "ball");
      await flowing(tab, 60);
      const { width: w, height: h, stats, audio } = await flowing(tab, 15);
      const video = stats.tracks.find((/** @type {any} */ t) => t.kind === "video");

      assert.deepEqual([w, h], [width, height]);
      assert.ok(audio);
      assert.ok(stats.bitrate > 20000, `${stats.bitrate} bit/s`);
      assert.deepEqual([video.width, video.height], [width, height]);
      assert.match(video.codec, /^(VP8|H264|VP9)$/);
      assert.equal(video.direction, "inbound");
      assert.equal(stats.path, "host");
    });

    it("consumes in its original form", async () => {
      const tab = await browser.newTab();

      tabs.push(tab);
      await tab.open(`${files.url}api.html`);
      await tab.run("startOriginal");
      await connected(tab);
      await watch(tab, "ball");
      await flowing(tab);
    });

    it("consumes with an offer of its own", async () => {
      const tab = await openTab();

      await watch(tab, "ball", {
        offer: { offerToReceiveAudio: true, offerToReceiveVideo: true },
      });
      await flowing(tab, 60);
    });

    it("plays in the page", async () => {
      const tab = await browser.newTab();
      const query = new URLSearchParams({ signalling: signalling.url });

      tabs.push(tab);
      await tab.page.goto(`${files.url}?${query}`);
      await until("click on the stream", () =>
        tab.page.evaluate(() => {
          /** @type {HTMLButtonElement | null} */
          const button = document.querySelector("#producers button");

          button?.click();
          return button !== null;
        })
      );
      await until("picture in the player", () =>
        tab.page.evaluate(
          () =>
            document.querySelector("#player")?.getAttribute("data-state") ===
              "playing" &&
            /** @type {HTMLVideoElement} */ (
              document.querySelector("#player video")
            ).videoWidth === 640
        )
      );
    });

    it("produces for webrtcsrc", async () => {
      const tab = await openTab({ meta: { name: "page" } });
      const viewer = await openTab();

      assert.equal(await tab.run("produce"), true);
      await receive(signalling.url, await listed(viewer, "page"));
      await until(
        "end of the client",
        async () => (await tab.run("clients")).length === 0
      );
      await tab.run("stopProducing");
    });

    it("calls a webrtcsrc that waits to be called", async () => {
      const tab = await openTab({ meta: { name: "caller" } });

      await receive(signalling.url, "", async () => {
        const consumer = await until(
          "consumer that waits",
          async () => (await tab.run("consumers"))[0]
        );

        assert.equal(await tab.run("produce", { consumerId: consumer.id }), true);
      });
      await tab.run("stopProducing");
    });

    it("goes from page to page, and takes a track that is added", async () => {
      const producer = await openTab({ meta: { name: "other page" } });
      const viewer = await openTab();

      await producer.run("produce");
      await watch(viewer, "other page");
      await flowing(viewer);
      const first = await viewer.run("measure");
      assert.equal(first.frames.length, 1);

      await producer.run("addTrack");
      const both = await until("frames of both pictures", async () => {
        const { frames, sessionId } = await viewer.run("measure");

        return (
          frames.length === 2 &&
          frames.every((/** @type {number} */ n) => n > 5) && { sessionId }
        );
      });
      assert.equal(both.sessionId, first.sessionId);
      await producer.run("stopProducing");
    });

    it("takes streams that webrtcsink adds and removes", async () => {
      const ports = [await freePort(), await freePort()];
      const producer = new Process("/usr/bin/python3", [
        changer,
        ...ports.map(String),
        fileURLToPath(pageDirectory),
        ...["video", "add larger", "remove 1"],
      ]);

      try {
        await portOpen(ports[0], producer);
        const tab = await openTab({
          signalingServerUrl: `ws://127.0.0.1:${ports[0]}`,
        });
        const id = await until(
          "producer",
          async () => (await tab.run("producers"))[0]?.id
        );
        const decoded = (/** @type {number} */ count) =>
          until(`frames of ${count}`, async () => {
            const now = await tab.run("measure");
            const { frames } = now;

            return (
              frames.filter((/** @type {number} */ n) => n > 10).length ===
                count && now
            );
          });

        await tab.run("consume", { id });
        const { sessionId } = await decoded(1);
        process.kill(Number(producer.pid), "SIGUSR1");
        assert.equal((await decoded(2)).sessionId, sessionId);
        process.kill(Number(producer.pid), "SIGUSR1");
        await until(
          "end of the second picture",
          async () => (await tab.run("measure")).live === 1
        );
        const { frames } = await tab.run("measure");
        const most = Math.max(...frames);
        await until("more of the first", async () => {
          const now = await tab.run("measure");

          return (
            Math.max(...now.frames) > most + 10
          );
        });
        assert.equal((await tab.run("measure")).sessionId, sessionId);
        await tab.run("stopConsuming");
      } catch (error) {
        const last = JSON.stringify(await tabs[0].run("measure"));

        throw new Error(`${error}\n${last}\n${producer.describe()}`);
      } finally {
        await producer.stop();
      }
    });

    it("finds another way when one is lost", async () => {
      const tab = await openTab();

      await watch(tab, "ball");
      const { sessionId } = await flowing(tab);
      await tab.run("losePath");
      await until("another session", async () => {
        const now = await tab.run("measure");

        return now.sessionId && now.sessionId !== sessionId;
      });
      await flowing(tab);
      const seen = await tab.run("seen");
      assert.deepEqual(seen.slice(1), ["recovering", "recovered"]);
    });

    it("keeps id and session when its connection is cut", async () => {
      const proxy = await startProxy(signalling.port);
      const tab = await openTab({
        signalingServerUrl: `ws://127.0.0.1:${proxy.port}`,
      });

      expected = serverAway;
      await watch(tab, "ball");
      const { sessionId: known } = await flowing(tab);
      proxy.cut();
      await connected(tab, 2);
      const { sessionId } = await flowing(tab);
      const [first, ...rest] = await tab.run("seen");
      assert.deepEqual(rest, ["disconnected", first]);
      assert.equal(sessionId, known);

      /* and the server still knows what belongs together */
      await tab.run("losePath");
      await until("another session", async () => {
        const now = await tab.run("measure");

        return now.sessionId && now.sessionId !== sessionId;
      });
      await flowing(tab);
      await proxy.stop();
    });

    it("goes on producing when its connection is cut", async () => {
      const proxy = await startProxy(signalling.port);
      const producer = await openTab({
        signalingServerUrl: `ws://127.0.0.1:${proxy.port}`,
        meta: { name: "cut off" },
      });
      const viewer = await openTab();
      const late = await openTab();

      expected = serverAway;
      await producer.run("produce");
      const id = await watch(viewer, "cut off");
      const { sessionId } = await flowing(viewer);
      proxy.cut();
      await connected(producer, 2);
      assert.equal((await flowing(viewer)).sessionId, sessionId);
      assert.equal(await watch(late, "cut off"), id);
      await flowing(late);
      await producer.run("stopProducing");
      await proxy.stop();
    });

    it("streams on when the server is killed, and finds the next", async () => {
      const tab = await openTab();
      const { port } = signalling;

      expected = serverAway;
      await watch(tab, "ball");
      const { sessionId } = await flowing(tab);
      await signalling.kill();
      await until("loss of the server", async () =>
        (await tab.run("seen")).includes("disconnected")
      );
      await flowing(tab);
      signalling = await startSignalling(port);
      await connected(tab, 2);
      await listed(tab, "ball");
      assert.equal((await flowing(tab)).sessionId, sessionId);
      assert.ok(!(await tab.run("seen")).includes("session closed"));
      await tab.run("stopConsuming");
      await watch(tab, "ball");
      await flowing(tab);
    });
  });
}

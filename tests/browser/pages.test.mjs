/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Two pages and a signalling server, no element: what the browser side does
 * with itself.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser, serverAway } from "./harness.mjs";
import { Process, freePort, portOpen } from "./processes.mjs";
import { pageDirectory, servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

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

  it("share one session between preview and player", async () => {
    const watching = () => producer.page.textContent("#produce-info");

    await until("one who watches", async () =>
      (await watching())?.includes("1 watching")
    );
    await viewer.preview("front door");
    await viewer.click("front door");
    await viewer.stopped();
    assert.match((await watching()) ?? "", / 1 watching/);
    await viewer.play("front door");
    await viewer.page.click("#producers .preview");
    await viewer.flowing(10);
    assert.match((await watching()) ?? "", / 1 watching/);
  });

  it("obey keys", async () => {
    const { page } = viewer;
    const pressed = (/** @type {string} */ selector, /** @type {boolean} */ is) =>
      until(
        `${selector} ${is}`,
        async () =>
          (await page.getAttribute(selector, "aria-pressed")) === String(is)
      );
    const volume = () => page.inputValue("#volume");

    await page.locator("body").press("i");
    await viewer.statsShown(/Resolution\d+ × \d+.*Path/);
    await page.locator("body").press("i");
    await pressed("#stats-toggle", false);
    await pressed("#mute", false);
    await page.locator("body").press("m");
    await pressed("#mute", true);
    await page.locator("body").press("ArrowDown");
    await page.locator("body").press("m");
    await page.locator("body").press("ArrowUp");
    await until("louder", async () => Number(await volume()) > 0);
    await page.locator("body").press("f");
    await until("full screen", () =>
      page.evaluate(() => document.fullscreenElement?.id === "player")
    );
    await page.locator("body").press("f");
    await until("end of full screen", () =>
      page.evaluate(() => document.fullscreenElement === null)
    );

    /* a name may well contain them */
    const third = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    await third.play("front door");
    await third.page.locator("#produce-name").press("s");
    assert.equal(await third.page.inputValue("#produce-name"), "s");
    assert.equal(await third.page.getAttribute("#player", "data-state"), "playing");
    await third.page.locator("#produce-name").blur();
    await third.page.locator("body").press("s");
    await third.stopped();
    await third.close();
  });

  it("control the other from afar", async () => {
    const { page } = viewer;
    /** @returns {Promise<any[]>} what came over the control channel */
    const received = () =>
      producer.page.evaluate(() => /** @type {any} */ (window).requests ?? []);

    await producer.page.evaluate(() => {
      const { api } = /** @type {any} */ (window).gstRtcPage;
      const preview = /** @type {HTMLVideoElement} */ (
        document.querySelector("#produce-preview")
      );
      const { clients } = api.createProducerSession(preview.srcObject);
      const channel = clients[0].rtcPeerConnection.createDataChannel("control");
      /** @type {unknown[]} */
      const requests = [];

      Object.assign(window, { requests });
      channel.onmessage = (/** @type {MessageEvent} */ { data }) =>
        requests.push(JSON.parse(data));
    });
    await page.click("#control");
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const { session } = /** @type {any} */ (window).gstRtcPage.player;
          const channel = session.remoteController.rtcDataChannel;

          channel.addEventListener("open", resolve);
          if (channel.readyState === "open") {
            resolve(undefined);
          }
        })
    );

    /* on the screen the picture has black edges, to its sides or above */
    const box = await page.locator("#player video").boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.up();
    await page.keyboard.press("Escape");
    await page.keyboard.press("s");
    const requests = await until("what was done", async () => {
      const all = await received();

      return all.length >= 7 ? all : null;
    });
    const events = requests.map(({ request }) => request.event);
    const { width, height } = await viewer.videoStats();

    assert.deepEqual(
      requests.map(({ id }) => id),
      requests.map((_request, i) => i)
    );
    assert.deepEqual(
      events.map(({ event, key, button }) => [event, key ?? button].join(" ")),
      [
        "MouseMove ",
        "MouseButtonPress 1",
        "MouseButtonRelease 1",
        "KeyPress Escape",
        "KeyRelease Escape",
        "KeyPress s",
        "KeyRelease s",
      ]
    );
    assert.ok(Math.abs(events[0].x - width / 2) <= 1, JSON.stringify(events[0]));
    assert.ok(Math.abs(events[0].y - height / 2) <= 1);

    await page.click("#control");
    await page.mouse.move(box.x + 10, box.y + 10);
    await page.keyboard.press("m");
    await page.keyboard.press("m");
    assert.equal((await received()).length, 7);
  });

  it("change their colours at a click, and remember", async () => {
    const theme = () =>
      viewer.page.evaluate(() => document.documentElement.dataset.theme);

    assert.equal(await theme(), "system");
    await viewer.page.click("#theme");
    assert.equal(await theme(), "dark");
    assert.equal(
      await viewer.page.evaluate(() => localStorage.getItem("gst-rtc-theme")),
      "dark"
    );
  });

  it("drop the entry and the player when the producer stops", async () => {
    await producer.stopProducing();
    await viewer.gone("front door");
    await viewer.stopped();
  });

  it("share a screen, in words when that is not possible", async () => {
    await producer.page.click(".choice >> text=Screen");
    await producer.startProducing("my screen");
    await viewer.play("my screen");
    await viewer.click("my screen");
    await producer.stopProducing();
    await viewer.gone("my screen");

    await producer.page.evaluate(() => {
      navigator.mediaDevices.getDisplayMedia = async () => {
        throw new DOMException("", "NotAllowedError");
      };
    });
    await producer.page.click("#produce-start");
    await until("message", () =>
      producer.page.isVisible("text=Cannot share: the browser was not allowed")
    );
    await producer.page.click("#messages button");
    await producer.page.click(".choice >> text=Camera");
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
    await viewer.check(serverAway);
  });
});

describe("the page over HTTPS, from the signalling server", {
  timeout: 120000,
}, () => {
  /** @type {string} */
  let folder;
  /** @type {Process} */
  let server;
  /** @type {Browser} */
  let browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gst-rtc-https-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync("openssl", [
      ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1".split(" "),
      ..."-addext subjectAltName=IP:127.0.0.1".split(" "),
      ...["-keyout", key, "-out", cert],
    ], { stdio: "ignore" });
    const port = await freePort();

    server = new Process("gst-webrtc-signalling-server", [
      ...["--host", "127.0.0.1", "--port", String(port)],
      ...["--cert", cert, "--key", key],
      ...["--web-root", fileURLToPath(pageDirectory)],
    ]);
    await portOpen(port, server);
    browser = await Browser.launch({ ignoreHTTPSErrors: true });
    url = `https://127.0.0.1:${port}/`;
  });

  /** @type {string} */
  let url;

  after(async () => {
    await browser?.close();
    await server?.stop("SIGTERM");
    await rm(folder, { recursive: true, force: true });
  });

  it("finds the server by itself and plays", async () => {
    const producer = await browser.startPage(url, {});
    const viewer = await browser.startPage(url, {});

    await producer.startProducing("secure");
    await viewer.play("secure");
    await viewer.unmute();
    await viewer.flowing(15);
    await producer.check();
    await viewer.check();
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A real Chromium and the demo page in it, with verbs for what a person does
 * and sees. Names nothing but 127.0.0.1, unless a test has a network of its
 * own, and keeps its profile in a folder that goes away with it.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { until } from "./wait.mjs";

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
  "--no-first-run",
];

/** what browsers, and the library, write of a server that is away */
export const serverAway =
  /cannot reach|error from signaling server|WebSocket|can.t establish|interrupted/i;

/**
 * @typedef {object} VideoStats
 * @property {number} width
 * @property {number} height
 * @property {number} framesDecoded
 * @property {number} audioEnergy
 */

export class Browser {
  #context;
  #profile;

  /**
   * @param {import("playwright-core").BrowserContext} context
   * @param {string} profile
   */
  constructor(context, profile) {
    this.#context = context;
    this.#profile = profile;
  }

  /**
   * @param {import("playwright-core").BrowserContextOptions & {
   *   hosts?: string[] }} [options] hosts: what it may name besides this one
   */
  static async launch({ hosts = [], ...options } = {}) {
    const known = ["127.0.0.1", "localhost", ...hosts];
    const rules = known.map((host) => `, EXCLUDE ${host}`).join("");
    const profile = await mkdtemp(join(tmpdir(), "gst-rtc-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: [...flags, `--host-resolver-rules=MAP * ~NOTFOUND${rules}`],
      viewport: { width: 1280, height: 800 },
      colorScheme: "dark",
      permissions: ["camera", "microphone"],
      ...options,
    });

    return new Browser(context, profile);
  }

  /** The context of playwright itself. */
  get context() {
    return this.#context;
  }

  /**
   * @param {string} url the page, where it is served
   * @param {Record<string, string>} query its parameters
   */
  async startPage(url, query) {
    const page = await this.#context.newPage();

    return DemoPage.open(page, `${url}?${new URLSearchParams(query)}`);
  }

  async close() {
    await this.#context.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class DemoPage {
  #page;
  /** @type {string[]} what broke in the page by itself, or was complained of */
  #broken = [];

  /** @param {import("playwright-core").Page} page */
  constructor(page) {
    this.#page = page;
    page.on("pageerror", (error) => this.#broken.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") {
        this.#broken.push(message.text());
      }
    });
  }

  /**
   * @param {import("playwright-core").Page} page
   * @param {string} url
   */
  static async open(page, url) {
    const demo = new DemoPage(page);

    await until(`answer from ${url}`, async () =>
      (await page.goto(url))?.ok()
    );
    return demo;
  }

  /** The page of playwright itself. */
  get page() {
    return this.#page;
  }

  /** @returns {Promise<string>} our id, once connected */
  connected() {
    return until("connection to the signalling server", async () => {
      const state = await this.#attribute("#state", "data-state");

      return state === "connected"
        ? this.#page.textContent("#client-id")
        : null;
    });
  }

  disconnected() {
    return until("loss of the signalling server", async () => {
      return (await this.#attribute("#state", "data-state")) !== "connected";
    });
  }

  /** @returns {Promise<{ id: string, name: string }[]>} as listed */
  producers() {
    return this.#page.$$eval("#producers > li", (items) =>
      items.map((item) => ({
        id: item.getAttribute("data-peer-id") ?? "",
        name: item.getAttribute("data-name") ?? "",
      }))
    );
  }

  /**
   * @param {string} name
   * @param {number} [limit] in ms
   * @returns {Promise<string>} its id, once it is listed
   */
  listed(name, limit) {
    const find = async () =>
      (await this.producers()).find((producer) => producer.name === name);

    return until(`entry "${name}"`, async () => (await find())?.id, limit);
  }

  /**
   * @param {string} name
   * @param {number} [limit] in ms
   */
  gone(name, limit) {
    return until(
      `end of the entry "${name}"`,
      async () =>
        !(await this.producers()).some((producer) => producer.name === name),
      limit
    );
  }

  /**
   * Clicks a stream and waits for its first frame.
   *
   * @param {string} name
   */
  async play(name) {
    await this.listed(name);
    await this.click(name);
    await this.playing();
  }

  /** @param {string} name */
  async click(name) {
    const id = await this.listed(name);

    await this.#page.click(`#producers > li[data-peer-id="${id}"] button`);
  }

  /**
   * Turns the preview of a stream on and waits for its picture.
   *
   * @param {string} name
   */
  async preview(name) {
    const id = await this.listed(name);
    const tile = `#producers > li[data-peer-id="${id}"]`;

    await this.#page.click(`${tile} .preview`);
    await until(`preview of "${name}"`, () =>
      this.#page.$eval(
        `${tile} video`,
        (video) => /** @type {HTMLVideoElement} */ (video).videoWidth > 0
      )
    );
  }

  /** @param {RegExp} pattern what the statistics have to say */
  async statsShown(pattern) {
    await until(`statistics like ${pattern}`, async () =>
      pattern.test((await this.#page.textContent("#stats")) ?? "")
    );
  }

  playing() {
    return this.#player("playing");
  }

  stopped() {
    return this.#player("idle");
  }

  /** Turns the sound on; the page begins muted. */
  async unmute() {
    await this.#page.click("#unmute");
  }

  /** @param {string} name */
  async startProducing(name) {
    await this.connected();
    await this.#page.fill("#produce-name", name);
    await this.#page.click("#produce-start");
    await until(
      `"${name}" on air`,
      async () =>
        (await this.#attribute("#produce", "data-state")) === "sharing"
    );
  }

  async stopProducing() {
    await this.#page.click("#produce-stop");
  }

  /** @returns {Promise<VideoStats>} of what is played now */
  videoStats() {
    return this.#page.evaluate(async () => {
      const { player } = /** @type {any} */ (window).gstRtcPage;
      const video = /** @type {HTMLVideoElement} */ (
        document.querySelector("#player video")
      );
      const stats = {
        width: video.videoWidth,
        height: video.videoHeight,
        framesDecoded: 0,
        audioEnergy: 0,
      };
      const reports = await player.session?.rtcPeerConnection?.getStats();

      reports?.forEach((/** @type {any} */ report) => {
        if (report.type === "inbound-rtp") {
          stats.framesDecoded += report.framesDecoded ?? 0;
          stats.audioEnergy += report.totalAudioEnergy ?? 0;
        }
      });
      return stats;
    });
  }

  /**
   * Waits until the picture on the screen has changed.
   *
   * @returns {Promise<number>} the share of pixels that did, 0 to 1
   */
  async moved() {
    const first = await this.#pixels();

    return until("movement in the picture", async () => {
      const second = await this.#pixels();
      const changed = second.filter(
        (value, i) => Math.abs(value - first[i]) > 24
      );

      return changed.length / second.length;
    });
  }

  /**
   * Waits until more frames were decoded and more sound was heard than now.
   * Sound is decoded only while it is on, see unmute().
   *
   * @param {number} frames how many
   */
  async flowing(frames) {
    const before = await this.videoStats();

    await until(`${frames} more frames and sound`, async () => {
      const { framesDecoded, audioEnergy } = await this.videoStats();

      return (
        framesDecoded >= before.framesDecoded + frames &&
        audioEnergy > before.audioEnergy
      );
    });
  }

  /**
   * Fails if the page shows an error, wrote or threw one.
   *
   * @param {RegExp} [expected] what it may have written
   */
  async check(expected = /^$/) {
    const shown = await this.#page.$$eval("#messages > p", (messages) =>
      messages.map((message) => message.textContent ?? "")
    );
    const wrong = [
      ...this.#broken.filter((text) => !expected.test(text)),
      ...shown,
    ];

    if (wrong.length > 0) {
      throw new Error(`the page has errors: ${wrong.join("; ")}`);
    }
  }

  /** @param {string} path of the PNG to write */
  async screenshot(path) {
    await this.#page.bringToFront();
    await this.#page.screenshot({ path });
  }

  async close() {
    await this.#page.close();
  }

  /** @param {string} state */
  async #player(state) {
    await until(
      `player that is ${state}`,
      async () => (await this.#attribute("#player", "data-state")) === state
    );
  }

  /**
   * @param {string} selector
   * @param {string} name
   */
  #attribute(selector, name) {
    return this.#page.getAttribute(selector, name);
  }

  /** @returns {Promise<number[]>} the picture, small, in grey */
  #pixels() {
    return this.#page.evaluate(() => {
      const video = /** @type {HTMLVideoElement} */ (
        document.querySelector("#player video")
      );
      const canvas = document.createElement("canvas");
      canvas.width = 160;
      canvas.height = 120;
      const context = /** @type {CanvasRenderingContext2D} */ (
        canvas.getContext("2d")
      );

      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);

      return Array.from(
        { length: data.length / 4 },
        (_, i) => (data[4 * i] + data[4 * i + 1] + data[4 * i + 2]) / 3
      );
    });
  }
}

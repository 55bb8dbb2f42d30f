/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Chromium and Firefox behind one face, for tests that are the same in both:
 * a Browser has tabs, a Tab runs verbs of api-page.js. Chromium is driven by
 * Playwright, Debian's Firefox by Puppeteer over WebDriver BiDi. Both have
 * fake devices, name nothing but this computer, and keep their profile in a folder
 * that goes away with them.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import puppeteer from "puppeteer-core";

import { Browser } from "./harness.mjs";
import { until } from "./wait.mjs";

/**
 * What Playwright's and Puppeteer's pages have in common.
 *
 * @typedef {object} AnyPage
 * @property {(url: string) => Promise<unknown>} goto
 * @property {(job: any, argument?: any) => Promise<any>} evaluate
 * @property {(event: any, handler: (what: any) => void) => unknown} on
 * @property {() => Promise<void>} close
 */

export class Tab {
  #page;
  /** @type {string[]} */
  #complaints = [];

  /** @param {AnyPage} page */
  constructor(page) {
    this.#page = page;
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") {
        this.#complaints.push(message.text());
      }
    });
  }

  /** The page of the browser's own library. */
  get page() {
    return this.#page;
  }

  /**
   * What the page complained of since the last call.
   *
   * @returns {string[]}
   */
  complaints() {
    return this.#complaints.splice(0);
  }

  /** @param {string} url */
  async open(url) {
    await this.#page.goto(url);
    await until("script of the page", () =>
      this.#page.evaluate("'verbs' in window")
    );
  }

  /**
   * @param {string} verb of api-page.js
   * @param {object} [argument]
   * @returns {Promise<any>}
   */
  run(verb, argument = {}) {
    return this.#page.evaluate(
      (/** @type {[string, object]} */ [name, value]) =>
        /** @type {any} */ (window).verbs[name](value),
      [verb, argument]
    );
  }

  async close() {
    await this.#page.close();
  }
}

/**
 * @typedef {object} AnyBrowser
 * @property {() => Promise<Tab>} newTab
 * @property {() => Promise<void>} close
 */

/** @returns {Promise<AnyBrowser>} */
export async function launchChromium() {
  const browser = await Browser.launch();

  return {
    newTab: async () =>
      new Tab(/** @type {any} */ (await browser.context.newPage())),
    close: () => browser.close(),
  };
}

const firefoxPreferences = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
  "network.dns.localDomains": "localhost",
  "network.proxy.type": 0,
};

/** @returns {Promise<AnyBrowser>} */
export async function launchFirefox() {
  const profile = await mkdtemp(join(tmpdir(), "gst-rtc-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: firefoxPreferences,
  });

  return {
    newTab: async () =>
      new Tab(/** @type {any} */ (await browser.newPage())),
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What the page looks like, on a desk and on a phone, by day and by night,
 * and whether everybody can use it. The pictures are in build/screenshots;
 * SCREENSHOTS=docs/images renews those of the README.
 */

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";

const folder = fileURLToPath(
  new URL("../../build/screenshots", import.meta.url)
);
const shown = process.env.SCREENSHOTS ?? folder;
const axe = await readFile(
  createRequire(import.meta.url).resolve("axe-core"),
  "utf8"
);

/** @param {string} uri of the signalling server */
function launchSinks(uri) {
  const stream = (
    /** @type {string} */ id,
    /** @type {string} */ name,
    /** @type {string} */ source
  ) => [
    ...`videotestsrc is-live=true ${source} !`.split(" "),
    "video/x-raw,width=960,height=540,framerate=30/1",
    ..."! timeoverlay halignment=right valignment=top ! webrtcsink".split(" "),
    ...`name=${id} stun-server=NULL signaller::uri=${uri}`.split(" "),
    `meta="meta,name=\\"${name}\\""`,
    ...`audiotestsrc is-live=true ! ${id}.`.split(" "),
  ];

  return new Process("gst-launch-1.0", [
    ...stream("a", "Test picture", "pattern=smpte"),
    ...stream("b", "Front door", "pattern=circular"),
    ...stream("c", "Garden, with a view of the pond", "pattern=ball"),
  ]);
}

const looks = /** @type {const} */ ([
  ["desktop-light", 1280, 800, "light", false],
  ["desktop-dark", 1280, 800, "dark", false],
  ["phone-light", 390, 844, "light", true],
  ["phone-dark", 390, 844, "dark", true],
]);

needElements("webrtcsink");

describe("the page", { timeout: 240000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Process} */
  let sinks;

  before(async () => {
    await mkdir(shown, { recursive: true });
    await mkdir(folder, { recursive: true });
    signalling = await startSignalling();
    files = await servePage();
    sinks = launchSinks(signalling.url);
  });

  after(async () => {
    await sinks?.stop();
    await files?.stop();
    await signalling?.stop();
  });

  for (const [name, width, height, colorScheme, phone] of looks) {
    it(`is good at ${name}`, async () => {
      const browser = await Browser.launch({
        viewport: { width, height },
        deviceScaleFactor: phone ? 2 : 1,
        hasTouch: phone,
        colorScheme,
      });

      try {
        const demo = await browser.startPage(files.url, {
          signalling: signalling.url,
        });
        const { page } = demo;

        await demo.connected();
        await demo.listed("Front door");
        await accessible(page, "idle");
        if (!phone) {
          await demo.screenshot(join(folder, `page-${name}-idle.png`));
        }
        await demo.preview("Front door");
        await demo.play("Test picture");
        await page.click("#stats-toggle");
        await demo.unmute();
        await demo.flowing(60);
        await demo.statsShown(/Bitrate[1-9]/);
        await accessible(page, "streaming");
        await demo.screenshot(join(shown, `page-${name}.png`));
        if (phone) {
          await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
          await demo.screenshot(join(folder, `page-${name}-below.png`));
        }
        await demo.startProducing("My desk");
        await accessible(page, "sharing");
        await demo.screenshot(join(folder, `page-${name}-sharing.png`));
        await demo.check();
      } catch (error) {
        throw new Error(`${error}\ngst-launch-1.0 said:\n${sinks.describe()}`);
      } finally {
        await browser.close();
      }
    });
  }
});

/**
 * Nobody is kept from using it, and nothing is wider than the screen.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} when
 */
async function accessible(page, when) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    /** @type {any} */ (window).axe.run({ resultTypes: ["violations"] })
  );
  const found = violations.map(
    (/** @type {any} */ { id, impact, nodes }) =>
      `${impact} ${id}: ${nodes.map((/** @type {any} */ node) => node.html).join(" ")}`
  );
  assert.deepEqual(found, [], `while ${when}`);

  const [content, screen] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= screen, `${content} px on ${screen} px while ${when}`);
}

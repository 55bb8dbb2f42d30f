/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * click-to-frame.mjs SIGNALLING COUNT: prints, as a JSON array, for COUNT
 * fresh consumers in one Chromium how many ms pass from the click on a stream
 * of the demo page to its first frame on the screen. For scripts/bench browser.
 */

import { Browser } from "./harness.mjs";
import { servePage } from "./servers.mjs";

const [signalling, count] = process.argv.slice(2);
const warmUp = 2;

/** In the page. @returns {Promise<number>} */
async function clickToFrame() {
  const video = /** @type {HTMLVideoElement} */ (
    document.querySelector("#player video")
  );
  const button = /** @type {HTMLButtonElement} */ (
    document.querySelector("#producers > li button")
  );
  /* the next one shall not wait for what this one leaves to do */
  const pause = () => new Promise((resolve) => setTimeout(resolve, 500));

  const frame = new Promise((resolve) =>
    video.requestVideoFrameCallback((_now, { expectedDisplayTime }) =>
      resolve(expectedDisplayTime)
    )
  );
  const start = performance.now();
  button.click();
  const shown = await frame;

  button.click();
  await pause();
  return shown - start;
}

const files = await servePage();
const browser = await Browser.launch();
try {
  const demo = await browser.startPage(files.url, { signalling });
  /** @type {number[]} */
  const times = [];

  await demo.connected();
  await demo.page.waitForSelector("#producers > li button");
  for (let i = 0; i < Number(count) + warmUp; i++) {
    times.push(await demo.page.evaluate(clickToFrame));
  }
  await demo.check();
  console.log(JSON.stringify(times.slice(warmUp).map(Math.round)));
} finally {
  await browser.close();
  await files.stop();
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What webrtcsrc makes of a browser's (fake) camera and microphone in each
 * codec, frame by frame against what the browser sent, and of four producers
 * at once. GST_RTC_LONG in the environment makes it 30 s each instead of 8, and
 * GST_RTC_SEED has the four start and stop in another order.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, needElements } from "./processes.mjs";
import { servePage, startSignalling } from "./servers.mjs";
import { until } from "./wait.mjs";

const script = fileURLToPath(new URL("sources.py", import.meta.url));
const senderLog = fileURLToPath(new URL("sender-log.js", import.meta.url));
const gapLimit = 200; // ms
const lateLimit = 50; // ms, a quarter of what webrtcsrc buffers
const seconds = process.env.GST_RTC_LONG ? 30 : 8;
const seeds = process.env.GST_RTC_SEED
  ? [process.env.GST_RTC_SEED]
  : [20261123, 7, 42];
const moves = process.env.GST_RTC_LONG ? 24 : 10;

needElements("webrtcsrc", "webrtcsink");

/** @typedef {[timestamp: number, day: number]} Sent */
/** @typedef {[timestamp: number | null, time: number, day: number]} Arrival */

/**
 * @typedef {object} Received
 * @property {string} codec
 * @property {number} width
 * @property {number} height
 * @property {number} rate
 * @property {Arrival[]} video
 * @property {Arrival[]} audio
 * @property {number} sound
 * @property {number} peak
 * @property {number} starts
 * @property {[from: number, to: number][]} naps
 */

/**
 * How late each left the sender, by its own timestamps and the earliest one.
 *
 * @param {Sent[]} sent
 * @param {number} clock ticks of RTP in a ms
 * @returns {number[]} in ms
 */
function lateness(sent, clock) {
  const [[timestamp0, day0]] = sent;
  let earliest = 0;

  return sent.map(([timestamp, day]) => {
    const lag = day - day0 - ((timestamp - timestamp0) | 0) / clock;

    earliest = Math.min(earliest, lag);
    return lag - earliest;
  });
}

/**
 * What came of what was sent, between the first and the last that came. A gap in
 * it is a stall, unless the sender itself paused or was late by its own
 * timestamps, or the receiver got no time to run: on a busy machine that happens,
 * and is counted apart.
 *
 * @param {Sent[]} sent
 * @param {Arrival[]} came
 * @param {number} clock ticks of RTP in a ms
 * @param {[from: number, to: number][]} naps
 */
function compare(sent, came, clock, naps) {
  const place = new Map(sent.map(([timestamp], i) => [timestamp, i]));
  const places = came.map(([timestamp]) => place.get(timestamp ?? -1) ?? NaN);
  const first = places[0];
  const last = places.at(-1) ?? NaN;
  const late = lateness(sent, clock);
  let stalls = 0;
  let excused = 0;

  /** @param {number} i */
  const paused = (i) => {
    const [[timestamp, day], [lastTimestamp, lastDay]] = [sent[i], sent[i - 1]];

    return (
      ((timestamp - lastTimestamp) >>> 0) / clock > gapLimit ||
      day - lastDay > gapLimit ||
      late[i] > lateLimit
    );
  };
  /** @param {number} i */
  const hasReason = (i) => {
    for (let j = places[i - 1] + 1; j <= places[i]; j++) {
      if (paused(j)) {
        return true;
      }
    }
    return naps.some(
      ([from, to]) => from < came[i][2] && to > sent[places[i - 1]][1]
    );
  };

  for (let i = 1; i < came.length; i++) {
    if (came[i][1] - came[i - 1][1] > gapLimit) {
      if (hasReason(i)) {
        excused++;
      } else {
        stalls++;
      }
    }
  }

  return {
    strangers: places.filter(Number.isNaN).length,
    skipped: first,
    sent: last - first + 1,
    came: new Set(places).size,
    stalls,
    excused,
  };
}

/** @typedef {import("./harness.mjs").DemoPage} DemoPage */

/**
 * @typedef {object} Outbound
 * @property {number} width
 * @property {number} height
 * @property {number} frames that were sent, by its statistics
 * @property {number} logged by sender-log.js
 */

/**
 * @param {DemoPage} demo
 * @returns {Promise<Outbound | null>} of its last session, while it has one
 */
function readOutbound(demo) {
  return demo.page.evaluate(async () => {
    const last = /** @type {any} */ (window).sent.at(-1);
    const reports = await last?.connection.getStats();
    let found = null;

    reports?.forEach((/** @type {any} */ report) => {
      if (report.type === "outbound-rtp" && report.framesSent > 0) {
        found = {
          width: report.frameWidth,
          height: report.frameHeight,
          frames: report.framesSent,
          logged: last.video.length,
        };
      }
    });
    return found;
  });
}

describe("webrtcsrc and its producers", { timeout: 900000 }, () => {
  /** @type {import("./servers.mjs").SignallingServer} */
  let signalling;
  /** @type {Awaited<ReturnType<typeof servePage>>} */
  let files;
  /** @type {Browser[]} */
  const browsers = [];
  /** @type {Process[]} */
  const processes = [];
  /** @type {Camera} */
  let camera;

  /**
   * @typedef {object} Camera a browser that shares its devices
   * @property {string} id
   * @property {DemoPage} page
   */

  /**
   * @param {string} name
   * @returns {Promise<Camera>}
   */
  async function startCamera(name) {
    const browser = await Browser.launch();

    browsers.push(browser);
    await browser.context.addInitScript({ path: senderLog });
    const page = await browser.startPage(files.url, {
      signalling: signalling.url,
    });
    const id = await page.connected();

    await page.startProducing(name);
    return { id, page };
  }

  /**
   * @param {string} name
   * @param {string} size
   * @returns {Process} gst-launch-1.0 with a webrtcsink
   */
  function startNative(name, size) {
    const line =
      `videotestsrc is-live=true pattern=ball ! ` +
      `video/x-raw,${size},framerate=30/1 ! webrtcsink name=sink ` +
      `stun-server=NULL negotiation-timeout=20000 ` +
      `meta=meta,name=(string)${name} ` +
      `signaller::uri=${signalling.url} ` +
      `audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! sink.`;
    const started = new Process("gst-launch-1.0", ["-q", ...line.split(" ")]);

    processes.push(started);
    return started;
  }

  /**
   * @param {string[]} words more of its command line
   * @param {() => Promise<unknown>} [look] is called while it runs
   * @returns {Promise<Received[]>} what sources.py says
   */
  async function receive(words, look = async () => {}) {
    const started = new Process("/usr/bin/python3", [
      script,
      signalling.url,
      String(seconds),
      ...words,
    ]);

    processes.push(started);
    await until(
      "end of sources.py",
      async () => {
        await look();
        return !started.alive;
      },
      (seconds + 300) * 1000
    ).catch((error) => {
      throw new Error(started.describe(), { cause: error });
    });

    const last = started.output.trim().split("\n").at(-1) ?? "";
    const result = JSON.parse(last);

    assert.equal(result.error, undefined, `sources.py: ${result.error}`);
    return result;
  }

  /** @param {Received} one */
  function checkSound({ sound, audio, peak }) {
    assert.ok(peak > 500, `the loudest sample is ${peak}`);
    // each packet of Opus is 20 ms of sound, and some wait for the decoder at the end
    const packets = audio.length;

    assert.ok(sound >= 20 * packets - 300, `${sound} ms in ${packets} packets`);
  }

  /**
   * Holds what came against what the browser says it sent in its last session.
   *
   * @param {Camera} from
   * @param {Received} one
   */
  async function checkAgainstSender(from, one) {
    const sent = await from.page.page.evaluate(() => {
      const { video, audio } = /** @type {any} */ (window).sent.at(-1);

      return { video, audio };
    });
    const video = compare(sent.video, one.video, 90, one.naps);
    const audio = compare(sent.audio, one.audio, 48, one.naps);

    console.log(`${one.codec}: ${JSON.stringify({ video, audio })}`);
    for (const { strangers, skipped, sent: n, came, stalls } of [video, audio]) {
      assert.equal(strangers, 0, "something came that was not sent");
      assert.ok(skipped < 60, `the first to come was number ${skipped}`);
      assert.ok(came >= 0.99 * n, `${came} of ${n} came`);
      assert.equal(stalls, 0, "it stalled while the browser sent");
    }
    checkSound(one);
  }

  before(async () => {
    signalling = await startSignalling();
    files = await servePage();
    camera = await startCamera("camera");
  });

  after(async () => {
    for (const started of processes) {
      await started.stop("SIGTERM");
    }
    for (const browser of browsers) {
      await browser.close();
    }
    await files?.stop();
    await signalling?.stop();
  });

  for (const codec of ["VP8", "VP9", "H264"]) {
    it(`plays ${codec} and Opus of a browser`, async () => {
      /** @type {Outbound | null} */
      let last = null;
      const [one] = await receive([`${camera.id}=${codec}`], async () => {
        last = (await readOutbound(camera.page)) ?? last;
      });

      await checkAgainstSender(camera, one);
      assert.ok(last);
      const { width, height, frames, logged } = /** @type {Outbound} */ (last);
      assert.ok(Math.abs(frames - logged) <= 3, `${frames} sent, ${logged}`);
      assert.equal(one.codec, codec);
      assert.deepEqual([one.width, one.height], [width, height]);
      assert.ok(one.rate > 5 && one.rate < 35, `${one.rate} pictures/s`);
    });
  }

  describe("with two browsers and two sinks", () => {
    /** @type {Camera} */
    let second;
    /** @type {string[]} */
    let peers;

    before(async () => {
      second = await startCamera("second camera");
      startNative("wide", "width=320,height=180");
      startNative("square", "width=240,height=240");
      peers = [
        await camera.page.listed("wide", 20000),
        camera.id,
        await camera.page.listed("square", 20000),
        second.id,
      ];
    });

    it("plays all at once", async () => {
      const all = await receive(peers);

      assert.deepEqual([all[0].width, all[0].height], [320, 180]);
      assert.deepEqual([all[2].width, all[2].height], [240, 240]);
      await checkAgainstSender(camera, all[1]);
      await checkAgainstSender(second, all[3]);
      all.forEach(checkSound);
    });

    for (const seed of seeds) {
      it(`starts and stops them in the order of ${seed}`, async () => {
        const all = await receive([
          `--seed=${seed}`,
          `--moves=${moves}`,
          ...peers,
        ]);

        for (const { starts, width, peak } of all) {
          assert.ok(starts > 0 && width > 0 && peak > 500);
        }
      });
    }
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StatsReader } from "../src/stats.js";

/** @param {object[]} readings */
function readerOf(...readings) {
  const connection = /** @type {any} */ ({
    getStats: async () => {
      const reports = /** @type {any[]} */ (readings.shift());

      return new Map(reports.map((report) => [report.id, report]));
    },
  });

  return new StatsReader(connection);
}

const codec = { type: "codec", id: "c", timestamp: 0, mimeType: "video/VP8" };

describe("stats", () => {
  it("are rates of what was received", async () => {
    const video = {
      type: "inbound-rtp",
      id: "v",
      kind: "video",
      codecId: "c",
      frameWidth: 640,
      frameHeight: 480,
      framesPerSecond: 30,
    };
    const reader = readerOf(
      [codec, { ...video, timestamp: 1000, bytesReceived: 0 }],
      [
        codec,
        {
          ...video,
          timestamp: 3000,
          bytesReceived: 250000,
          framesDecoded: 60,
          packetsReceived: 90,
          packetsLost: 10,
          jitter: 0.002,
          jitterBufferDelay: 6,
          jitterBufferEmittedCount: 60,
        },
        {
          type: "candidate-pair",
          id: "p",
          timestamp: 3000,
          nominated: true,
          state: "succeeded",
          currentRoundTripTime: 0.02,
          localCandidateId: "l",
          remoteCandidateId: "r",
        },
        { type: "local-candidate", id: "l", timestamp: 0, candidateType: "host" },
        { type: "remote-candidate", id: "r", timestamp: 0, candidateType: "relay" },
      ]
    );

    const first = await reader.read();
    assert.equal(first.bitrate, 0);
    assert.equal(first.roundTripTime, null);

    const second = await reader.read();
    assert.deepEqual(second, {
      timestamp: 3000,
      bitrate: 1e6,
      roundTripTime: 0.02,
      path: "relay",
      tracks: [
        {
          kind: "video",
          direction: "inbound",
          codec: "VP8",
          bitrate: 1e6,
          width: 640,
          height: 480,
          frameRate: 30,
          frames: 60,
          framesDropped: 0,
          packetsLost: 10,
          lossRate: 0.1,
          jitter: 0.002,
          jitterBufferDelay: 0.1,
        },
      ],
    });
  });

  it("of what was sent have the other side's losses", async () => {
    const sent = { type: "outbound-rtp", id: "v", kind: "video", remoteId: "o" };
    const reader = readerOf(
      [{ ...sent, timestamp: 0, bytesSent: 0, framesEncoded: 0 }],
      [
        { ...sent, timestamp: 1000, bytesSent: 1000, framesEncoded: 25 },
        {
          type: "remote-inbound-rtp",
          id: "o",
          timestamp: 1000,
          packetsLost: 3,
          fractionLost: 0.25,
          jitter: 0.01,
        },
      ]
    );

    await reader.read();
    const [track] = (await reader.read()).tracks;
    assert.equal(track.direction, "outbound");
    assert.equal(track.bitrate, 8000);
    assert.equal(track.frameRate, 25);
    assert.equal(track.lossRate, 0.25);
    assert.equal(track.packetsLost, 3);
    assert.equal(track.codec, "");
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a browser makes of the offers and answers of webrtcsink: with nothing
 * but its RTCPeerConnection, streams that come, change and go, and a consumer
 * that makes the offer.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { Browser } from "./harness.mjs";
import { Process, freePort, needElements, portOpen } from "./processes.mjs";
import { pageDirectory } from "./servers.mjs";
import { until } from "./wait.mjs";

const program = fileURLToPath(new URL("change.py", import.meta.url));
needElements("webrtcsink");

/**
 * In the page: consumes the first producer.
 *
 * @param {{ port: number, wishes: (string | null)[] }} options what to offer:
 *   kinds of media, null for data channels; nothing to be offered
 */
async function consume({ port, wishes }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const pc = new RTCPeerConnection();
  let sessionId = "";

  /** @type {(message: object) => void} */
  const send = (message) => socket.send(JSON.stringify(message));
  /** @type {(description: RTCSessionDescription | null) => void} */
  const sendDescription = (description) =>
    send({ type: "peer", sessionId, sdp: description?.toJSON() });

  const offer = async () => {
    for (const wish of wishes) {
      if (wish) {
        pc.addTransceiver(wish, { direction: "recvonly" });
      } else {
        pc.createDataChannel("wish");
        await pc.setLocalDescription();
      }
    }
    await pc.setLocalDescription();
    return pc.localDescription?.sdp;
  };

  /** @type {RTCIceCandidate[]} */
  const waiting = [];
  /** @type {(candidate: RTCIceCandidate) => void} */
  const sendCandidate = ({ candidate, sdpMLineIndex }) =>
    send({ type: "peer", sessionId, ice: { candidate, sdpMLineIndex } });

  pc.onicecandidate = ({ candidate }) => {
    if (!candidate) {
      return;
    }
    if (sessionId) {
      sendCandidate(candidate);
    } else {
      waiting.push(candidate);
    }
  };
  pc.ontrack = ({ track }) => {
    const player = document.createElement("video");

    player.muted = true;
    player.srcObject = new MediaStream([track]);
    document.body.append(player);
    void player.play();
  };

  /** @type {(sdp: RTCSessionDescriptionInit) => Promise<void>} */
  const onDescription = async (sdp) => {
    page.descriptions.push(sdp.sdp ?? "");
    await pc.setRemoteDescription(sdp);
    if (sdp.type === "offer") {
      await pc.setLocalDescription();
      sendDescription(pc.localDescription);
    }
  };

  const page = {
    pc,
    /** @type {string[]} */
    descriptions: [],
    /** @type {string[]} */
    errors: [],
    close: () => {
      pc.close();
      socket.close();
    },
  };
  Object.assign(window, { consumer: page });

  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);

    try {
      if (message.type === "welcome") {
        send({ type: "setPeerStatus", roles: ["listener"] });
        send({ type: "list" });
      } else if (message.type === "list" || message.type === "peerStatusChanged") {
        const peerId = message.producers?.[0]?.id ?? message.peerId;
        const isOne = message.producers?.length || message.roles?.includes("producer");

        if (isOne && !pc.localDescription) {
          send({
            type: "startSession",
            peerId,
            ...(wishes.length && { offer: await offer() }),
          });
        }
      } else if (message.type === "sessionStarted") {
        sessionId = message.sessionId;
        waiting.splice(0).forEach(sendCandidate);
      } else if (message.sdp) {
        await onDescription(message.sdp);
      } else if (message.ice) {
        await pc.addIceCandidate(message.ice);
      } else if (message.type === "endSession" || message.type === "error") {
        page.errors.push(data);
      }
    } catch (error) {
      page.errors.push(String(error));
    }
  };
}

/**
 * In the page: for each m-line its direction, and what was decoded of it.
 */
async function look() {
  const { pc, descriptions, errors } = /** @type {any} */ (window).consumer;
  /** @type {Record<string, object>} */
  const received = {};

  for (const report of (await pc.getStats()).values()) {
    if (report.type === "inbound-rtp") {
      const { framesDecoded, frameWidth, frameHeight, codecId } = report;
      const codec = (await pc.getStats())
        .get(codecId)
        ?.mimeType.toLowerCase();

      received[report.mid] = {
        frames: framesDecoded ?? report.totalSamplesReceived,
        size: `${frameWidth}x${frameHeight}`,
        codec,
      };
    }
  }
  return {
    errors,
    descriptions: descriptions.length,
    state: pc.connectionState,
    lines: pc.getTransceivers().map(
      /** @param {RTCRtpTransceiver} transceiver */
      ({ mid, currentDirection }) => ({
        direction: currentDirection,
        ...received[mid ?? ""],
      })
    ),
  };
}

describe("negotiation with a browser", { timeout: 180000 }, () => {
  /** @type {Browser} */
  let browser;
  /** @type {Process | undefined} */
  let producer;
  /** @type {import("playwright-core").Page} */
  let page;

  before(async () => {
    browser = await Browser.launch();
  });

  after(async () => {
    await producer?.stop();
    await browser?.close();
  });

  /**
   * @param {string[]} streams what to begin with, and steps
   * @param {(string | null)[]} wishes
   */
  async function start(streams, wishes = []) {
    const port = await freePort();
    const webPort = await freePort();

    await producer?.stop();
    producer = new Process(program, [
      `${port}`,
      `${webPort}`,
      fileURLToPath(pageDirectory),
      ...streams,
    ]);
    await portOpen(webPort, producer);
    await portOpen(port, producer);
    page = (await browser.startPage(`http://127.0.0.1:${webPort}/`, {})).page;
    await page.evaluate(consume, { port, wishes });
  }

  /** @param {number} line @param {Record<string, unknown>} [wanted] */
  async function flows(line, wanted = {}) {
    let seen = "";

    try {
      const first = await until(`line ${line}`, async () => {
        const now = await page.evaluate(look);

        seen = JSON.stringify(now);
        assert.deepEqual(now.errors, []);
        const entry = /** @type {any} */ (now.lines[line]);
        return entry?.frames > 0 &&
          Object.entries(wanted).every(([k, v]) => entry[k] === v)
          ? entry.frames
          : 0;
      });

      await until(`more of line ${line}`, async () => {
        const now = await page.evaluate(look);

        seen = JSON.stringify(now);
        return /** @type {any} */ (now.lines[line]).frames > first + 10;
      });
    } catch (error) {
      throw new Error(`seen: ${seen}\n${producer?.describe()}`, {
        cause: error,
      });
    }
  }

  /** @param {number} line @param {string} direction */
  const turns = (line, direction) =>
    until(`${direction} of line ${line}`, async () => {
      const { lines } = await page.evaluate(look);

      return lines[line]?.direction === direction;
    });

  const step = () => process.kill(producer?.pid ?? 0, "SIGUSR1");

  it("sees streams that are added and removed", async () => {
    await start(["video", "add audio", "add h264", "remove 0", "add vp8"]);
    await flows(0, { codec: "video/vp8" });
    step();
    await flows(1, { codec: "audio/opus" });
    step();
    await flows(2, { codec: "video/h264", size: "400x300" });
    step();
    await turns(0, "inactive");
    await flows(1);
    step();
    await flows(3, { codec: "video/vp8" });
    await flows(2);
  });

  it("sees a stream that changes", async () => {
    await start(["video", "replace 0 larger", "replace 0 h264"]);
    await flows(0, { size: "320x240" });
    step();
    await flows(0, { size: "400x300" });
    assert.equal((await page.evaluate(look)).descriptions, 1);
    step();
    await turns(0, "inactive");
    await flows(1, { codec: "video/h264" });
  });

  it("may make the offer", async () => {
    await start(
      ["video", "add audio", "add video"],
      [null, "audio", "video", "video"]
    );
    /* transceivers are without the data channels' line */
    await flows(1, { codec: "video/vp8" });
    await turns(0, "inactive");
    await turns(2, "inactive");
    step();
    await flows(3, { codec: "audio/opus" });
    step();
    await flows(4, { codec: "video/vp8" });
    await flows(1);
  });
});

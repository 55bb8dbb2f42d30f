/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * watch.mjs PAGE SIGNALLING: a Chromium that consumes the first producer and
 * prints a line for each frame it presents, with the page's time in ms and the
 * picture's size, what getStats says of the video each second, and a line when
 * the session ends. For tests that put it into a network of its own. PAGE is
 * where the browser library is served.
 */

import { Browser } from "./harness.mjs";

const source = "/src/index.js";
const [pageUrl, signallingUrl] = process.argv.slice(2);

/**
 * In the page.
 *
 * @param {string} signalingServerUrl
 */
async function consumeFirst(signalingServerUrl) {
  const { default: GstWebRTCAPI } = await import(location.pathname);
  const api = new GstWebRTCAPI({
    signalingServerUrl,
    webrtcConfig: { iceServers: [] },
  });
  const video = document.createElement("video");
  /** @type {VideoFrameRequestCallback} */
  const onFrame = (now, { width, height }) => {
    console.log(`frame ${now.toFixed(1)} ${width}x${height}`);
    video.requestVideoFrameCallback(onFrame);
  };
  /** @param {RTCPeerConnection} connection */
  const tellStats = async (connection) => {
    for (const report of (await connection.getStats()).values()) {
      if (report.type === "inbound-rtp" && report.kind === "video") {
        console.log(`stats ${JSON.stringify(report)}`);
      }
    }
  };

  video.muted = true;
  document.body.append(video);
  video.requestVideoFrameCallback(onFrame);

  /** @param {{ id: string }} producer */
  const producerAdded = ({ id }) => {
    const session = api.createConsumerSession(id);

    session.addEventListener("streamsChanged", () => {
      video.srcObject = session.streams[0];
      void video.play();
      setInterval(() => void tellStats(session.rtcPeerConnection), 1000);
    });
    session.addEventListener("closed", () => console.log("closed"));
    session.connect();
  };
  api.registerPeerListener({ producerAdded, producerRemoved() {} });
  api.getAvailableProducers().forEach(producerAdded);
}

const browser = await Browser.launch({ hosts: [new URL(pageUrl).hostname] });
const { page } = await browser.startPage(new URL(source, pageUrl).href, {});

page.on("console", (message) => console.log(`page: ${message.text()}`));
process.once("SIGTERM", () => void browser.close());
await page.evaluate(consumeFirst, signallingUrl);

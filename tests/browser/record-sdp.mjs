/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Records tests/files/sdp/: what a browser offers, what webrtcsink offers it,
 * and what it answers; in wishes/, what it offers as a consumer. Run by hand when there is a new browser:
 *
 *   scripts/run node tests/browser/record-sdp.mjs chromium
 *   scripts/run node tests/browser/record-sdp.mjs firefox
 *
 * Descriptions are taken before candidates are gathered: no address gets in.
 */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Process, freePort, portOpen } from "./processes.mjs";
import { until } from "./wait.mjs";

const folder = fileURLToPath(new URL("../files/sdp/", import.meta.url));

/** Numbers of video and audio streams. */
const shapes = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 1],
];

/** @type {Record<string, (profile: string, url: string) => string[]>} */
const browsers = {
  chromium: (profile, url) => [
    "/usr/bin/chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    `--user-data-dir=${profile}`,
    url,
  ],
  firefox: (profile, url) => [
    "/usr/bin/firefox-esr",
    "--headless",
    "--no-remote",
    "--profile",
    profile,
    url,
  ],
};

/**
 * Runs in the page: offers by itself, then answers what each sink offers.
 *
 * @param {string} browser
 * @param {{ shape: number[], port: number }[]} sinks
 */
async function record(browser, sinks) {
  /** @type {[number, number, boolean, RTCRtpTransceiverDirection][]} */
  const wishes = [
    [1, 0, false, "recvonly"],
    [0, 1, false, "recvonly"],
    [1, 1, false, "recvonly"],
    [2, 2, false, "recvonly"],
    [1, 1, true, "recvonly"],
    [1, 1, false, "sendrecv"],
  ];

  /** @type {(name: string, sdp?: string) => Promise<unknown>} */
  const save = (name, sdp) => fetch(`/${name}`, { method: "POST", body: sdp });

  /** @type {(offer: string) => Promise<string | undefined>} */
  const answer = async (offer) => {
    const pc = new RTCPeerConnection();

    await pc.setRemoteDescription({ type: "offer", sdp: offer });
    return (await pc.createAnswer()).sdp;
  };

  /** @type {(port: number) => Promise<string>} */
  const offerOfSink = (port) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`);
      /** @type {(message: object) => void} */
      const send = (message) => socket.send(JSON.stringify(message));

      socket.onopen = () =>
        send({ type: "setPeerStatus", roles: ["listener"] });
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        const producer = message.producers?.[0]?.id ?? message.peerId;

        if (message.type === "welcome") {
          send({ type: "list" });
        } else if (message.sdp) {
          resolve(message.sdp.sdp);
          socket.close();
        } else if (
          message.producers?.length ||
          message.roles?.includes("producer")
        ) {
          send({ type: "startSession", peerId: producer });
        }
      };
    });

  for (const { shape, port } of sinks) {
    const name = `${shape[0]}v${shape[1]}a`;
    const pc = new RTCPeerConnection();

    for (let i = 0; i < shape[0]; i++) {
      pc.addTransceiver("video", { direction: "sendonly" });
    }
    for (let i = 0; i < shape[1]; i++) {
      pc.addTransceiver("audio", { direction: "sendonly" });
    }
    await save(`${name}-${browser}-offer`, (await pc.createOffer()).sdp);

    const offer = await offerOfSink(port);
    await save(`${name}-webrtcsink-offer`, offer);
    await save(`${name}-${browser}-answer`, await answer(offer));
  }

  /* what a consumer offers that wants to receive */
  for (const [videos, audios, channel, direction] of wishes) {
    const name = `${videos}v${audios}a-${channel ? "channel" : "media"}`;
    const pc = new RTCPeerConnection();

    if (channel) {
      /* has its m-line before the others */
      pc.createDataChannel("control");
      await pc.setLocalDescription(await pc.createOffer());
    }
    for (let i = 0; i < videos; i++) {
      pc.addTransceiver("video", { direction });
    }
    for (let i = 0; i < audios; i++) {
      pc.addTransceiver("audio", { direction });
    }
    const { sdp } = await pc.createOffer();
    await save(`wishes/${name}-${direction}-${browser}`, sdp);
    pc.close();
  }
  await save("done");
}

/** @param {number[]} shape */
async function launchSink([videos, audios]) {
  const port = await freePort();
  const video = "videotestsrc is-live=true ! video/x-raw,width=320,height=240";
  const audio = "audiotestsrc is-live=true ! audio/x-raw,channels=2";
  const words = [
    'webrtcsink name=ws stun-server="" run-signalling-server=true',
    `signalling-server-host=127.0.0.1 signalling-server-port=${port}`,
    ...Array(videos).fill(`${video} ! ws.`),
    ...Array(audios).fill(`${audio} ! ws.`),
  ];
  const sink = new Process("gst-launch-1.0", words.join(" ").split(" "));

  await portOpen(port, sink);
  return { sink, port };
}

/**
 * @param {string} browser
 * @param {{ shape: number[], port: number }[]} sinks
 */
async function serve(browser, sinks) {
  const names = new Set();
  const call = `(${record})(${JSON.stringify(browser)},${JSON.stringify(sinks)})`;
  const page =
    `<!doctype html><meta charset=utf-8><script>${call}` +
    `.catch((e) => fetch("/failed", { method: "POST", body: String(e) }))` +
    "</script>";

  const server = createServer(async (request, response) => {
    const name = (request.url ?? "/").slice(1);
    let body = "";

    if (request.method !== "POST") {
      response.setHeader("content-type", "text/html");
      response.end(name === "" ? page : "");
      return;
    }
    for await (const chunk of request) {
      body += chunk;
    }
    if (/^(wishes\/)?\dv\da-[a-z-]+$/.test(name)) {
      await writeFile(join(folder, `${name}.sdp`), body);
    } else if (name === "failed") {
      console.error(body);
    }
    names.add(name);
    response.end();
  });

  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(undefined));
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (
    server.address()
  );
  return { server, names, url: `http://127.0.0.1:${port}/` };
}

const browser = process.argv[2] ?? "chromium";
const profile = await mkdtemp(join(tmpdir(), "gst-rtc-record-"));
const sinks = [];

for (const shape of shapes) {
  sinks.push({ shape, ...(await launchSink(shape)) });
}

const { server, names, url } = await serve(
  browser,
  sinks.map(({ shape, port }) => ({ shape, port }))
);
const [command, ...args] = browsers[browser](profile, url);
const running = new Process(command, args);

try {
  await until(
    "last description",
    () => names.has("done") || names.has("failed"),
    60000
  );
} finally {
  await running.stop("SIGTERM");
  await Promise.all(sinks.map(({ sink }) => sink.stop()));
  server.closeAllConnections();
  server.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
console.log([...names].join("\n"));

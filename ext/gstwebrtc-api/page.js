/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The page: lists the producers that the signalling server knows, plays one,
 * and shares this device's camera and microphone.
 *
 * Query parameters
 *   signalling=URL  the signalling server; else ws(s)://<this host>:8443
 *   stun=SERVER     a STUN server (stun:host:port), may be repeated; else none,
 *                   so that the page works where there is no internet
 *   play=first      plays the first stream there is, and the next one when
 *                   that ends
 *
 * For tests and scripts
 *   #state[data-state]       connecting | connected
 *   #client-id               our id, empty while not connected
 *   #producers > li          data-peer-id, data-name, data-state (idle |
 *                            connecting | playing); holds one button
 *   #player[data-state]      idle | connecting | playing; #player video
 *   #unmute, #player-stop, #player-name, #stats
 *   #produce[data-state]     idle | sharing; #produce-name, #produce-start,
 *                            #produce-stop, #produce-preview
 *   #messages > p            an error each
 *   window.gstRtcPage        { api, player, capture }
 */

import { Capture } from "./page-capture.js";
import { Player } from "./page-player.js";
import { StreamList, nameOf } from "./page-streams.js";
import GstWebRTCAPI from "./src/index.js";

/** @typedef {import("./src/peer-directory.js").Peer} Peer */

const query = new URLSearchParams(location.search);

/** @param {string} id */
function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

function signallingUrl() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const host = location.hostname || "127.0.0.1";

  return query.get("signalling") ?? `${scheme}://${host}:8443`;
}

/** @returns {RTCConfiguration} */
function webrtcConfig() {
  const urls = query
    .getAll("stun")
    .filter(Boolean)
    .map((url) => (url.startsWith("stun") ? url : `stun:${url}`));

  return {
    iceServers: urls.length > 0 ? [{ urls }] : [],
    bundlePolicy: "max-bundle",
  };
}

/** @param {string} text */
function report(text) {
  const message = document.createElement("p");
  const dismiss = document.createElement("button");

  message.append(text);
  dismiss.type = "button";
  dismiss.textContent = "✕";
  dismiss.setAttribute("aria-label", "Dismiss");
  dismiss.addEventListener("click", () => message.remove());
  message.append(dismiss);
  byId("messages").replaceChildren(
    ...[...byId("messages").children].slice(-2),
    message
  );
}

function connect() {
  try {
    return new GstWebRTCAPI({
      meta,
      signalingServerUrl: signallingUrl(),
      webrtcConfig: webrtcConfig(),
    });
  } catch (error) {
    report(`Cannot connect to ${signallingUrl()}: ${error}`);
    throw error;
  }
}

/** @param {boolean} connected @param {string} [clientId] */
function showConnection(connected, clientId = "") {
  const state = byId("state");

  state.dataset.state = connected ? "connected" : "connecting";
  state.textContent = connected ? "Connected" : "Connecting…";
  state.title = signallingUrl();
  byId("client-id").textContent = clientId;
  capture.enable(connected);
}

/* the client sends this very object whenever it tells what it is */
const meta = { name: `WebClient-${Date.now()}` };

const streams = new StreamList(byId("producers"), byId("count"));
const player = new Player(byId("player"));
const capture = new Capture(byId("produce"), (stream, name) => {
  meta.name = name || meta.name;
  return api.createProducerSession(stream);
});
const api = connect();

/** @param {string} id */
function play(id) {
  const peer = api.getAvailableProducers().find((known) => known.id === id);
  const session = api.createConsumerSession(id);

  if (!peer || !session) {
    return;
  }
  session.addEventListener("error", (event) => {
    const { message, error } = /** @type {ErrorEvent} */ (event);

    report(`${nameOf(peer)}: ${message} (${error.message})`);
  });
  player.play(session, nameOf(peer));
}

function playFirst() {
  const [first] = api.getAvailableProducers();

  if (query.get("play") === "first" && first && !player.session) {
    play(first.id);
  }
}

streams.addEventListener("chosen", (event) => {
  const id = /** @type {CustomEvent} */ (event).detail;

  if (player.session?.peerId === id) {
    player.stop();
  } else {
    play(id);
  }
});

player.addEventListener("changed", () => {
  const state = byId("player").dataset.state ?? "idle";

  streams.show(player.session?.peerId ?? "", state);
});

capture.addEventListener("error", (event) => {
  report(/** @type {ErrorEvent} */ (event).message);
});

api.registerConnectionListener({
  /** @param {string} clientId */
  connected: (clientId) => showConnection(true, clientId),
  disconnected: () => showConnection(false),
});

api.registerPeerListener({
  /** @param {Peer} peer */
  producerAdded(peer) {
    streams.add(peer);
    playFirst();
  },
  /** @param {Peer} peer */
  producerChanged(peer) {
    streams.rename(peer);
    if (player.session?.peerId === peer.id) {
      player.rename(nameOf(peer));
    }
  },
  /** @param {Peer} peer */
  producerRemoved(peer) {
    streams.remove(peer.id);
    if (player.session?.peerId === peer.id) {
      player.stop();
    }
    playFirst();
  },
});

showConnection(false);
Object.assign(window, { gstRtcPage: { api, player, capture } });

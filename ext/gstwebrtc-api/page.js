/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The page: shows the producers that the signalling server knows, plays one,
 * and shares this device's camera and microphone, or its screen.
 *
 * Query parameters
 *   signalling=URL  the signalling server; else where the page came from, when
 *                   that is one, or ws(s)://<this host>:8443
 *   token=TOKEN     for a server that wants one
 *   stun=SERVER     a STUN server (stun:host:port), may be repeated; else what
 *                   the signalling server names, or none, so that the page
 *                   works where there is no internet
 *   play=first      plays the first stream there is, and the next one when
 *                   that ends
 *   offer=1         makes the offer instead of waiting for one
 *
 * For tests and scripts
 *   #state[data-state]       connecting | connected | lost | unreachable
 *   #client-id               our id, empty while not connected
 *   #producers > li          data-peer-id, data-name, data-state (idle |
 *                            connecting | playing), data-preview; holds a
 *                            button that plays and one for the preview
 *   #player[data-state]      idle | connecting | playing; #player video
 *   #unmute, #mute, #volume, #track, #stats-toggle, #stats, #control, #pip,
 *   #fullscreen, #player-stop, #player-name
 *   #produce[data-state]     idle | sharing; #produce-name, #produce-start,
 *                            #produce-stop, #produce-preview, #produce-info
 *   #messages > p            an error each
 *   window.gstRtcPage        { api, player, capture }
 */

import { Capture } from "./page-capture.js";
import { element, find, showCommand } from "./page-dom.js";
import { listenToKeys } from "./page-keys.js";
import { Player } from "./page-player.js";
import { SessionPool } from "./page-sessions.js";
import { StreamList, nameOf } from "./page-streams.js";
import { offerThemes } from "./page-theme.js";
import GstWebRTCAPI from "./src/index.js";

/** @typedef {import("./src/peer-directory.js").Peer} Peer */

/** how long connecting may take before it is worth a word, in ms */
const patience = 4000;

const query = new URLSearchParams(location.search);

/** @returns {Promise<boolean>} whether the page came from a signalling server */
async function isServedBySignalling() {
  try {
    const { headers } = await fetch(location.pathname, { method: "HEAD" });

    return headers.get("server") === "gst-webrtc-signalling-server";
  } catch {
    return false;
  }
}

/** @returns {Promise<string>} */
async function findSignalling() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const { host, hostname } = location;
  const named = query.get("signalling");

  if (named !== null) {
    return named;
  }
  return (await isServedBySignalling())
    ? `${scheme}://${host}`
    : `${scheme}://${hostname || "127.0.0.1"}:8443`;
}

const signallingUrl = await findSignalling();

/** @returns {RTCConfiguration} */
function webrtcConfig() {
  const urls = query
    .getAll("stun")
    .filter(Boolean)
    .map((url) => (url.startsWith("stun") ? url : `stun:${url}`));

  return {
    ...(urls.length > 0 ? { iceServers: [{ urls }] } : {}),
    bundlePolicy: "max-bundle",
  };
}

/**
 * @param {string} peerId
 * @returns {string} what receives that peer with GStreamer
 */
function receiveCommand(peerId) {
  const uri = signallingUrl.replace(/^ws/, "gstwebrtc").replace(/\/$/, "");
  const separator = uri.includes("?") ? "&" : "?";

  return `gst-launch-1.0 playbin3 uri="${uri}${separator}peer-id=${peerId}"`;
}

/** @param {string} text the same twice is shown once */
function report(text) {
  const message = element("p", "", text);
  const dismiss = element("button", "icon-button", "✕");
  const shown = [...find("#messages").children].filter(
    (other) => other.firstChild?.textContent !== text
  );

  dismiss.setAttribute("type", "button");
  dismiss.setAttribute("aria-label", "Dismiss");
  dismiss.addEventListener("click", () => message.remove());
  message.append(dismiss);
  find("#messages").replaceChildren(...shown.slice(-2), message);
}

function connect() {
  try {
    return new GstWebRTCAPI({
      meta,
      signalingServerUrl: signallingUrl,
      token: query.get("token") ?? "",
      webrtcConfig: webrtcConfig(),
    });
  } catch (error) {
    report(`Cannot connect to ${signallingUrl}: ${error}`);
    throw error;
  }
}

const states = new Map([
  ["connecting", "Connecting…"],
  ["connected", "Connected"],
  ["lost", "Connection lost, trying again…"],
  ["unreachable", "Server not reachable, trying again…"],
]);

/** @param {string} name one of the states @param {string} [clientId] */
function showConnection(name, clientId = "") {
  const state = find("#state");

  state.dataset.state = name;
  state.textContent = states.get(name) ?? "";
  state.title = signallingUrl;
  find("#client-id").textContent = clientId;
  capture.enable(name === "connected");
}

/* the client sends this very object whenever it tells what it is */
const meta = { name: `WebClient-${Date.now()}` };

/** @param {string} id */
function createSession(id) {
  const session = query.get("offer")
    ? api.createConsumerSessionWithOfferOptions(id, {
        offerToReceiveAudio: true,
        offerToReceiveVideo: true,
      })
    : api.createConsumerSession(id);

  session?.addEventListener("error", (event) => {
    const { message, error } = /** @type {ErrorEvent} */ (event);
    const peer = api.getAvailableProducers().find((known) => known.id === id);

    report(`${peer ? nameOf(peer) : "Stream"}: ${message} (${error.message}).`);
  });
  return session;
}

const pool = new SessionPool(createSession);
const player = new Player(find("#player"));
const streams = new StreamList(find("#producers"), find("#count"), (id) =>
  pool.view(id)
);
const capture = new Capture(
  find("#produce"),
  (stream, name) => {
    meta.name = name || meta.name;
    return api.createProducerSession(stream);
  },
  () => receiveCommand(find("#client-id").textContent ?? "")
);
const api = connect();

/** @param {string} id */
function play(id) {
  const peer = api.getAvailableProducers().find((known) => known.id === id);
  const viewing = peer && pool.view(id);

  if (viewing) {
    player.play(viewing, nameOf(peer));
  }
}

function playFirst() {
  const [first] = api.getAvailableProducers();

  if (query.get("play") === "first" && first && !player.session) {
    play(first.id);
  }
}

/** @param {string} id of a producer that the server lists no more */
function stopUnlessAlive(id) {
  const { session } = player;

  /* media does not pass through the server, which may have been restarted */
  if (
    session?.peerId === id &&
    session.rtcPeerConnection?.connectionState !== "connected"
  ) {
    player.stop();
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
  const state = find("#player").dataset.state ?? "idle";

  streams.show(player.session?.peerId ?? "", state);
});

capture.addEventListener("error", (event) => {
  report(/** @type {ErrorEvent} */ (event).message);
});

api.registerConnectionListener({
  /** @param {string} clientId */
  connected: (clientId) => showConnection("connected", clientId),
  disconnected: () => showConnection("lost"),
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
    stopUnlessAlive(peer.id);
    playFirst();
  },
});

showCommand(
  find("#example"),
  `gst-launch-1.0 videotestsrc is-live=true ! webrtcsink signaller::uri=${signallingUrl}`
);
offerThemes(find("#theme"));
listenToKeys(player);
showConnection("connecting");
setTimeout(() => {
  if (find("#state").dataset.state === "connecting") {
    showConnection("unreachable");
  }
}, patience);
Object.assign(window, { gstRtcPage: { api, player, capture } });

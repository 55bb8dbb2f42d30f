/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What an application does with the library, as verbs for tests: run() in
 * browsers.mjs calls them in a page that has loaded the bundled script by a
 * tag. Only values that JSON knows go in and out.
 */

/** @typedef {import("../../ext/gstwebrtc-api/types/index.js").ConsumerSession} ConsumerSession */
/** @typedef {import("../../ext/gstwebrtc-api/types/index.js").ProducerSession} ProducerSession */
/** @typedef {import("../../ext/gstwebrtc-api/types/index.js").Peer} Peer */

/** @type {any} in either form */
let api = null;
/** @type {any} */
let session = null;
/** @type {ProducerSession | null} */
let producer = null;
/** @type {WeakRef<object>[]} */
const kept = [];
/** @type {string[]} */
const seen = [];

/** @param {boolean} muted */
function makeVideo(muted) {
  const video = document.createElement("video");

  video.autoplay = video.playsInline = true;
  video.muted = muted;
  document.body.append(video);
  return video;
}

const video = makeVideo(false);

const connectionListener = {
  connected: (/** @type {string} */ id) => seen.push(`connected ${id}`),
  disconnected: () => seen.push("disconnected"),
};

/** Of the browser's fake devices: a picture that changes and a tone. */
function makeStream() {
  return navigator.mediaDevices.getUserMedia({ video: true, audio: true });
}

/** @param {RTCPeerConnection} connection */
function connectedPath(connection) {
  return new Promise((resolve) => {
    const look = () => {
      if (connection.connectionState === "connected") {
        connection.removeEventListener("connectionstatechange", look);
        resolve(undefined);
      }
    };

    connection.addEventListener("connectionstatechange", look);
    look();
  });
}

/** @param {any} event */
function noteError({ message, error }) {
  seen.push(`error: ${message} (${error?.message})`);
}

const verbs = {
  /** The class form. @param {object} config */
  async start(config) {
    api = new window.GstWebRTCAPI(config);
    api.registerConnectionListener(connectionListener);
  },

  /** The original form; its configuration is in the page. */
  async startOriginal() {
    api = window.gstWebRTCAPI;
    api.registerConnectionListener(connectionListener);
  },

  async seen() {
    return seen;
  },

  async producers() {
    return api.getAvailableProducers();
  },

  async consumers() {
    return api.getAvailableConsumers();
  },

  /** @param {{ id: string, offer?: RTCOfferOptions }} wish */
  async consume({ id, offer }) {
    session = offer
      ? api.createConsumerSessionWithOfferOptions(id, offer)
      : api.createConsumerSession(id);
    session.addEventListener("error", noteError);
    session.addEventListener("streamsChanged", () => {
      video.srcObject = session.streams[0];
      video.play().catch(() => {
        video.muted = true;
        return video.play();
      });
    });
    session.addEventListener("closed", () => seen.push("session closed"));
    session.addEventListener("recoveringChanged", () =>
      seen.push(session.recovering ? "recovering" : "recovered")
    );
    return session.connect();
  },

  async stopConsuming() {
    session.close();
  },

  /** @param {{ consumerId?: string }} wish */
  async produce({ consumerId }) {
    const stream = await makeStream();

    producer = consumerId
      ? api.createProducerSessionForConsumer(stream, consumerId)
      : api.createProducerSession(stream);
    producer?.addEventListener("error", noteError);
    return producer?.start();
  },

  async stopProducing() {
    producer?.close();
  },

  async clients() {
    return producer?.clients.map(({ peerId }) => peerId);
  },

  /** Sends one more picture to everybody. */
  async addTrack() {
    const [track] = (await makeStream()).getVideoTracks();

    for (const client of producer?.clients ?? []) {
      client.rtcPeerConnection?.addTrack(track, new MediaStream([track]));
    }
  },

  /** What is received now. */
  async measure() {
    const stats = await session?.stats();
    const reports = await session?.rtcPeerConnection?.getStats();
    let energy = 0;

    reports?.forEach((/** @type {any} */ report) => {
      if (report.type === "inbound-rtp" && report.kind === "audio") {
        energy += report.totalAudioEnergy ?? 0;
      }
    });
    return {
      state: session?.state,
      sessionId: session?.sessionId,
      width: video.videoWidth,
      height: video.videoHeight,
      frames: (stats?.tracks ?? [])
        .filter((/** @type {any} */ { kind }) => kind === "video")
        .map((/** @type {any} */ track) => track.frames),
      energy,
      audio: session?.streams.some(
        (/** @type {MediaStream} */ stream) => stream.getAudioTracks().length > 0
      ),
      /* pictures that are sent now */
      live: session?.rtcPeerConnection
        ?.getTransceivers()
        .filter(
          (/** @type {RTCRtpTransceiver} */ { currentDirection, receiver }) =>
            currentDirection === "recvonly" && receiver.track.kind === "video"
        ).length,
      stats,
    };
  },

  /** As if there were no way to the producer any more. */
  async losePath() {
    const connection = session.rtcPeerConnection;

    connection.close();
    Object.defineProperty(connection, "connectionState", { value: "failed" });
    connection.onconnectionstatechange(new Event("connectionstatechange"));
  },

  /**
   * Sessions that come and go: what is left of them.
   *
   * @param {{ id: string, count: number }} wish
   */
  async churn({ id, count }) {
    const { counts } = /** @type {any} */ (window);
    const before = { ...counts };

    for (let i = 0; i < count; i++) {
      const one = api.createConsumerSession(id);
      const streaming = new Promise((resolve, reject) => {
        one.addEventListener("streamsChanged", resolve);
        one.addEventListener("error", reject);
      });

      one.connect();
      await streaming;
      await connectedPath(one.rtcPeerConnection);
      kept.push(new WeakRef(one), new WeakRef(one.rtcPeerConnection));
      one.close();
    }
    return { before, after: { ...counts } };
  },

  /** How many of what churn() has made are still there. */
  async left() {
    return kept.filter((ref) => ref.deref() !== undefined).length;
  },
};

Object.assign(window, { verbs });

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Receives what a producer sends.
 *
 * Answer mode (usual): we ask for a session and answer the offers that come,
 * the first and later ones. Offer mode: our own offer goes with the request;
 * its data channel is there so that the offer has an application section,
 * the control channel in use is always the one the producer announces.
 *
 * When the path to the producer fails the session begins anew with it: the
 * object stays, connection, id and streams are others. It does so some times in a row,
 * each with a limit in time, before it ends with an error.
 */

import { RemoteController } from "./remote-controller.js";
import { SessionState } from "./session-state.js";
import { mungeStereo } from "./stereo.js";
import { WebRTCSession } from "./webrtc-session.js";

/** how long one attempt to begin anew may take, in ms */
const patience = 15000;

/**
 * Events beside those of WebRTCSession: `streamsChanged`,
 * `remoteControllerChanged`, `recoveringChanged`.
 */
export class ConsumerSession extends WebRTCSession {
  /** @type {RTCOfferOptions | null} */
  #offerOptions;
  #offering = false;
  #stereo = false;
  /** @type {MediaStream[]} */
  #streams = [];
  /** @type {MediaStream | null} */
  #looseTracks = null;
  /** @type {RemoteController | null} */
  #controller = null;
  #hadPath = false;
  #retries = 0;
  #recovering = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #limit;

  /**
   * @param {string} peerId
   * @param {import("./server-link.js").ServerLink} server
   * @param {RTCOfferOptions | null} offerOptions null: answer mode
   */
  constructor(peerId, server, offerOptions) {
    super(peerId, server);
    this.#offerOptions = offerOptions;
  }

  /** What was received, in the order it came. */
  get streams() {
    return this.#streams;
  }

  /** Null as long as the producer announced no control channel. */
  get remoteController() {
    return this.#controller;
  }

  /** Whether the path to the producer failed and another one is sought. */
  get recovering() {
    return this.#recovering;
  }

  /**
   * Whether to ask for stereo where the producer offers it.
   *
   * @param {boolean} enable
   */
  set mungeStereoHack(enable) {
    this.#stereo = Boolean(enable);
  }

  /**
   * Asks the producer for a session; a second call changes nothing.
   *
   * @returns {boolean} false if that is not possible
   */
  connect() {
    if (this.state === SessionState.closed) {
      return false;
    }
    if (this.state !== SessionState.idle || this.#offering) {
      return true;
    }
    return this.#request();
  }

  close() {
    this.#setRecovering(false);
    this.#forgetMedia();
    super.close();
  }

  /**
   * The request for a session got lost with the connection.
   *
   * @internal
   */
  askAgain() {
    const isUnnamed = this.state !== SessionState.closed && !this.sessionId;

    if (isUnnamed) {
      this.forgetPeer();
      this.#request();
    }
  }

  /** @internal */
  forgotten() {
    /* waits for the server anyway, and knows the producer by its id only */
    if (!this.#recovering) {
      super.forgotten();
    }
  }

  /** @protected */
  pathLost() {
    const retries = this.server.sessionRetries;

    if (!this.#hadPath || this.#retries >= retries) {
      super.pathLost();
      return;
    }
    this.#retries++;
    this.#setRecovering(true);
    this.#forgetMedia();
    this.forgetPeer();
    if (this.server.ready) {
      this.#beginAnew();
    } else {
      this.server.addEventListener("ready", this.#beginAnew);
    }
  }

  /** @protected */
  pathFound() {
    this.#hadPath = true;
    this.#retries = 0;
    this.#setRecovering(false);
  }

  /**
   * @protected
   * @param {RTCPeerConnection} connection
   */
  prepareConnection(connection) {
    connection.ontrack = (event) => this.#onTrack(event);
    connection.ondatachannel = (event) => this.#onDataChannel(event.channel);
  }

  /**
   * @protected
   * @param {import("./peer-link.js").PeerLink} link
   */
  async writeAnswer(link) {
    if (!this.#stereo) {
      return null;
    }

    const { connection } = link;
    const answer = await connection.createAnswer();
    const offer = connection.remoteDescription;
    if (!offer || !answer.sdp) {
      return answer;
    }
    return { type: answer.type, sdp: mungeStereo(offer.sdp, answer.sdp) };
  }

  /** @returns {boolean} false without a server */
  #request() {
    if (this.#offerOptions) {
      this.#offer(this.#offerOptions);
      return true;
    }
    if (!this.server.send({ type: "startSession", peerId: this.peerId })) {
      return false;
    }
    this.enterState(SessionState.connecting);
    return true;
  }

  /** @param {RTCOfferOptions} options */
  #offer(options) {
    const link = this.ensureLink();

    this.#offering = true;
    link.enqueue("cannot offer a session", async () => {
      const { connection } = link;

      connection.createDataChannel("control");
      await connection.setLocalDescription(
        await connection.createOffer(options)
      );
      if (!link.closed) {
        this.#requestWithOffer(connection.localDescription?.sdp);
      }
    });
  }

  /** @param {string} [offer] */
  #requestWithOffer(offer) {
    const { peerId } = this;

    if (!this.server.send({ type: "startSession", peerId, offer })) {
      throw new Error("no connection to the signaling server");
    }
    this.enterState(SessionState.connecting);
  }

  #beginAnew = () => {
    this.server.removeEventListener("ready", this.#beginAnew);
    this.#limit = setTimeout(() => this.pathLost(), patience);
    this.#request();
  };

  /** @param {boolean} recovering */
  #setRecovering(recovering) {
    clearTimeout(this.#limit);
    this.server.removeEventListener("ready", this.#beginAnew);
    if (this.#recovering !== recovering) {
      this.#recovering = recovering;
      this.dispatchEvent(new Event("recoveringChanged"));
    }
  }

  #forgetMedia() {
    this.#streams = [];
    this.#looseTracks = null;
    this.#controller?.close();
  }

  /** @param {RTCDataChannel} channel */
  #onDataChannel(channel) {
    if (channel.label !== "control") {
      return;
    }

    const controller = new RemoteController(channel, this);
    const previous = this.#controller;
    this.#controller = controller;
    controller.addEventListener("closed", () => {
      if (this.#controller === controller) {
        this.#controller = null;
        this.dispatchEvent(new Event("remoteControllerChanged"));
      }
    });
    previous?.close();
    this.dispatchEvent(new Event("remoteControllerChanged"));
  }

  /** @param {RTCTrackEvent} event */
  #onTrack(event) {
    const before = this.#streams.length;

    for (const stream of this.#streamsOf(event)) {
      if (!this.#streams.includes(stream)) {
        this.#streams.push(stream);
        stream.addEventListener("removetrack", () => this.#dropEmpty(stream));
      }
    }
    this.enterState(SessionState.streaming);
    if (this.#streams.length > before) {
      this.dispatchEvent(new Event("streamsChanged"));
    }
  }

  /** @param {MediaStream} stream that lost a track to a later offer */
  #dropEmpty(stream) {
    if (stream.getTracks().length === 0 && this.#streams.includes(stream)) {
      this.#streams = this.#streams.filter((other) => other !== stream);
      this.dispatchEvent(new Event("streamsChanged"));
    }
  }

  /**
   * A producer need not name streams; tracks without one share one of ours.
   *
   * @param {RTCTrackEvent} event
   * @returns {readonly MediaStream[]}
   */
  #streamsOf(event) {
    if (event.streams.length > 0) {
      return event.streams;
    }
    this.#looseTracks ??= new MediaStream();
    this.#looseTracks.addTrack(event.track);
    return [this.#looseTracks];
  }
}

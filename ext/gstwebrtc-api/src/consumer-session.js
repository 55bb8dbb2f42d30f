/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Receives what a producer sends.
 *
 * Answer mode (usual): we ask for a session and answer the offers that come,
 * the first and later ones. Offer mode: our own offer goes with the request;
 * its data channel is there so that the offer has an application section,
 * the control channel in use is always the one the producer announces.
 */

import { SessionState } from "./session-state.js";
import { mungeStereo } from "./stereo.js";
import { WebRTCSession } from "./webrtc-session.js";

/**
 * Events beside those of WebRTCSession: `streamsChanged`,
 * `remoteControllerChanged`.
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

  /**
   * @param {string} peerId
   * @param {import("./com-channel.js").ComChannel} channel
   * @param {RTCOfferOptions | null} offerOptions null: answer mode
   */
  constructor(peerId, channel, offerOptions) {
    super(peerId, channel);
    this.#offerOptions = offerOptions;
  }

  /** What was received, in the order it came. */
  get streams() {
    return this.#streams;
  }

  /** Null as long as the producer announced no control channel. */
  get remoteController() {
    return null;
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
    if (this.#offerOptions) {
      this.#offer(this.#offerOptions);
      return true;
    }
    if (!this.channel.send({ type: "startSession", peerId: this.peerId })) {
      return false;
    }
    this.enterState(SessionState.connecting);
    return true;
  }

  close() {
    this.#streams = [];
    this.#looseTracks = null;
    super.close();
  }

  /**
   * @protected
   * @param {RTCPeerConnection} connection
   */
  prepareConnection(connection) {
    connection.ontrack = (event) => this.#onTrack(event);
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

    if (!this.channel.send({ type: "startSession", peerId, offer })) {
      throw new Error("no connection to the signaling server");
    }
    this.enterState(SessionState.connecting);
  }

  /** @param {RTCTrackEvent} event */
  #onTrack(event) {
    const before = this.#streams.length;

    for (const stream of this.#streamsOf(event)) {
      if (!this.#streams.includes(stream)) {
        this.#streams.push(stream);
      }
    }
    this.enterState(SessionState.streaming);
    if (this.#streams.length > before) {
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

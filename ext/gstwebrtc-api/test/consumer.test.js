/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";

import {
  FakeConnection,
  FakeStream,
  becomeReady,
  connect,
  record,
  settle,
} from "./fakes.js";
import { mungeStereo } from "../src/stereo.js";

const { default: GstWebRTCAPI } = await import("../src/index.js");
const { SessionState } = GstWebRTCAPI;

const events = [
  "error",
  "stateChanged",
  "rtcPeerConnectionChanged",
  "streamsChanged",
  "closed",
];

/** @type {InstanceType<typeof GstWebRTCAPI>} */
let api;
/** @type {ReturnType<typeof becomeReady>} */
let socket;

/** @param {object} content of a message from the producer */
function fromPeer(content) {
  socket.receive({ type: "peer", sessionId: "s", ...content });
}

/** @param {any[]} streams */
function receiveTrack(...streams) {
  FakeConnection.last.ontrack({ track: {}, streams });
}

beforeEach(() => {
  begin();
});

/** @param {object} [config] */
function begin(config) {
  api = connect({
    reconnectionTimeout: 0,
    webrtcConfig: { iceServers: [] },
    ...config,
  });
  socket = becomeReady();
}

function startSession() {
  const session = api.createConsumerSession("p");

  assert.ok(session);
  assert.ok(session.connect());
  socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
  socket.take();
  return session;
}

async function startStreaming() {
  const session = startSession();

  fromPeer({ sdp: { type: "offer", sdp: "their offer" } });
  await settle();
  receiveTrack(new FakeStream());
  socket.take();
  return session;
}

describe("consumer session that answers", () => {
  it("is one per producer, until it is closed", () => {
    const session = api.createConsumerSession("p");

    assert.equal(api.createConsumerSession("p"), session);
    assert.notEqual(api.createConsumerSession("q"), session);
    session?.close();
    assert.notEqual(api.createConsumerSession("p"), session);
    assert.equal(session?.connect(), false);
    assert.equal(api.createConsumerSession(""), null);
    assert.equal(api.createConsumerSession(/** @type {any} */ (3)), null);
  });

  it("asks once and takes the id", () => {
    const session = api.createConsumerSession("p");
    assert.ok(session);
    assert.equal(session.state, SessionState.idle);
    assert.equal(session.sessionId, "");
    assert.equal(session.rtcPeerConnection, null);

    assert.ok(session.connect());
    assert.ok(session.connect());
    assert.deepEqual(socket.take(), [{ type: "startSession", peerId: "p" }]);
    assert.equal(session.state, SessionState.connecting);

    socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
    assert.equal(session.sessionId, "s");
  });

  it("answers each offer", async () => {
    const session = startSession();

    for (const sdp of ["first", "second"]) {
      fromPeer({ sdp: { type: "offer", sdp } });
      await settle();
      assert.equal(FakeConnection.last.remoteDescription.sdp, sdp);
      assert.deepEqual(socket.take(), [
        {
          type: "peer",
          sessionId: "s",
          sdp: { type: "answer", sdp: "our answer" },
        },
      ]);
    }
    assert.equal(FakeConnection.all.length, 1);
    assert.deepEqual(FakeConnection.last.configuration, { iceServers: [] });
    assert.equal(session.rtcPeerConnection, FakeConnection.last);
  });

  it("keeps candidates until there is a description", async () => {
    startSession();
    fromPeer({ ice: { candidate: "one", sdpMLineIndex: 0 } });
    fromPeer({ ice: { candidate: "", sdpMLineIndex: 0 } });
    await settle();
    assert.equal(FakeConnection.last.candidates.length, 0);

    fromPeer({ sdp: { type: "offer", sdp: "their offer" } });
    fromPeer({ ice: { candidate: "two", sdpMLineIndex: 0 } });
    await settle();
    assert.deepEqual(
      FakeConnection.last.candidates.map((added) => added?.candidate),
      ["one", undefined, "two"]
    );
  });

  it("goes on after a candidate that the browser refuses", async (t) => {
    const warn = t.mock.method(console, "warn", () => {});
    const session = await startStreaming();

    FakeConnection.last.addIceCandidate = async () => {
      throw new Error("what is this");
    };
    fromPeer({ ice: { candidate: "odd", sdpMLineIndex: 0 } });
    await settle();
    assert.equal(session.state, SessionState.streaming);
    assert.equal(warn.mock.callCount(), 1);
  });

  it("sends its candidates", async () => {
    await startStreaming();
    FakeConnection.last.gather("ours");
    FakeConnection.last.onicecandidate({ candidate: null });
    assert.deepEqual(socket.take(), [
      {
        type: "peer",
        sessionId: "s",
        ice: { candidate: "ours", sdpMLineIndex: 0 },
      },
    ]);
  });

  it("streams with the first track and lists each stream once", async () => {
    const session = startSession();
    const seen = record(session, events);
    const stream = new FakeStream();

    fromPeer({ sdp: { type: "offer", sdp: "their offer" } });
    await settle();
    receiveTrack(stream);
    receiveTrack(stream);
    assert.equal(session.state, SessionState.streaming);
    assert.deepEqual(session.streams, [stream]);
    receiveTrack();
    receiveTrack();
    assert.equal(session.streams.length, 2);
    assert.deepEqual(seen, [
      "rtcPeerConnectionChanged",
      "stateChanged",
      "streamsChanged",
      "streamsChanged",
    ]);
  });

  it("forgets a stream that lost its last track to a later offer", async () => {
    const session = await startStreaming();
    const [stream] = session.streams;
    const seen = record(session, ["streamsChanged"]);
    const tracks = /** @type {any} */ (stream).tracks;

    stream.dispatchEvent(new Event("removetrack"));
    assert.deepEqual(session.streams, [stream]);
    tracks.length = 0;
    stream.dispatchEvent(new Event("removetrack"));
    stream.dispatchEvent(new Event("removetrack"));
    assert.deepEqual(session.streams, []);
    assert.deepEqual(seen, ["streamsChanged"]);
  });

  it("tells the server when it is closed", async () => {
    const session = await startStreaming();
    const seen = record(session, events);
    const connection = FakeConnection.last;

    session.close();
    session.close();
    assert.deepEqual(socket.take(), [{ type: "endSession", sessionId: "s" }]);
    assert.deepEqual(seen, [
      "stateChanged",
      "rtcPeerConnectionChanged",
      "closed",
    ]);
    assert.ok(connection.closed);
    assert.equal(session.rtcPeerConnection, null);
    assert.deepEqual(session.streams, []);
  });

  it("is closed by the producer without a word back", async () => {
    const session = await startStreaming();

    socket.receive({ type: "endSession", sessionId: "s" });
    assert.equal(session.state, SessionState.closed);
    assert.deepEqual(socket.take(), []);
  });

  it("that was closed before it had an id is ended when it gets one", () => {
    const session = api.createConsumerSession("p");

    session?.connect();
    session?.close();
    socket.take();
    socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
    assert.deepEqual(socket.take(), [{ type: "endSession", sessionId: "s" }]);
  });

  it("ends with an error when the connection fails", async () => {
    begin({ sessionRetries: 0 });
    const session = await startStreaming();
    const seen = record(session, events);

    FakeConnection.last.become("disconnected");
    assert.equal(session.state, SessionState.streaming);
    FakeConnection.last.become("failed");
    assert.equal(session.state, SessionState.closed);
    assert.deepEqual(seen, [
      "error: connection failed",
      "stateChanged",
      "rtcPeerConnectionChanged",
      "closed",
    ]);
    assert.deepEqual(socket.take(), [{ type: "endSession", sessionId: "s" }]);
  });

  it("ends with an error when the offer is no SDP", async () => {
    const session = startSession();
    const seen = record(session, ["error", "closed"]);

    FakeConnection.broken = true;
    fromPeer({ sdp: { type: "offer", sdp: "nonsense" } });
    await settle();
    assert.deepEqual(seen, ["error: cannot use what the peer sent", "closed"]);
  });

  it("says nothing when it is closed in the middle of an offer", async () => {
    const session = startSession();
    const seen = record(session, ["error"]);

    fromPeer({ sdp: { type: "offer", sdp: "their offer" } });
    session.close();
    await settle();
    assert.deepEqual(seen, []);
    assert.deepEqual(socket.take(), [{ type: "endSession", sessionId: "s" }]);
  });

  it("does no more of what waits when it is closed", async () => {
    const session = startSession();

    fromPeer({ sdp: { type: "offer", sdp: "first" } });
    fromPeer({ sdp: { type: "offer", sdp: "second" } });
    session.close();
    FakeConnection.last.gather("too late");
    fromPeer({ sdp: { type: "offer", sdp: "third" } });
    await settle();
    assert.equal(FakeConnection.all.length, 1);
    assert.equal(FakeConnection.last.remoteDescription, null);
    assert.deepEqual(socket.take(), [{ type: "endSession", sessionId: "s" }]);
  });

  it("asks for stereo when told to", async () => {
    const session = startSession();

    session.mungeStereoHack = true;
    fromPeer({
      sdp: { type: "offer", sdp: "a=fmtp:96 sprop-stereo=1;x=2\r\n" },
    });
    await settle();
    assert.equal(
      socket.take()[0].sdp.sdp,
      "a=fmtp:96 stereo=1;minptime=10"
    );
  });
});

describe("consumer session that offers", () => {
  it("sends its offer first and its candidates once it is named", async () => {
    const session = api.createConsumerSessionWithOfferOptions("p", {});
    assert.ok(session);
    assert.ok(session.connect());
    assert.ok(session.connect());
    assert.equal(session.state, SessionState.idle);
    await settle();
    assert.equal(FakeConnection.all.length, 1);
    assert.deepEqual(FakeConnection.last.channels, ["control"]);
    assert.equal(session.state, SessionState.connecting);
    assert.deepEqual(socket.take(), [
      { type: "startSession", peerId: "p", offer: "our offer" },
    ]);

    FakeConnection.last.gather("early");
    assert.deepEqual(socket.take(), []);
    socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
    assert.equal(socket.take()[0].ice.candidate, "early");

    fromPeer({ sdp: { type: "answer", sdp: "their answer" } });
    await settle();
    assert.equal(FakeConnection.last.remoteDescription.type, "answer");
    assert.deepEqual(socket.take(), []);
  });

  it("answers when its options are no object", () => {
    const session = api.createConsumerSessionWithOfferOptions(
      "p",
      /** @type {any} */ ("x")
    );

    assert.ok(session?.connect());
    assert.deepEqual(socket.take(), [{ type: "startSession", peerId: "p" }]);
  });

  it("ends with an error when there can be no offer", async (t) => {
    const session = api.createConsumerSessionWithOfferOptions("p", {});
    assert.ok(session);
    const seen = record(session, ["error", "closed"]);

    t.mock.method(FakeConnection.prototype, "createOffer", async () => {
      throw new Error("no codec");
    });
    session.connect();
    await settle();
    assert.deepEqual(seen, ["error: cannot offer a session", "closed"]);
  });
});

describe("stereo", () => {
  it("is added for payloads offered as stereo that do not say it", () => {
    const offer = "a=fmtp:96 sprop-stereo=1\r\na=fmtp:97 x=1\r\n";
    const answer =
      "a=fmtp:96 minptime=10\r\na=fmtp:97 y=1\r\na=fmtp:98 stereo=0\r\n";

    assert.equal(
      mungeStereo(offer, answer),
      "a=fmtp:96 stereo=1;minptime=10\r\n" +
        "a=fmtp:97 y=1\r\na=fmtp:98 stereo=0\r\n"
    );
    assert.equal(mungeStereo(offer, "a=fmtp:96 stereo=0"), "a=fmtp:96 stereo=0");
  });
});

mock.method(console, "error", () => {});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import {
  FakeConnection,
  FakeStream,
  becomeReady,
  connect,
  record,
  settle,
} from "./fakes.js";

const { default: GstWebRTCAPI } = await import("../src/index.js");
const { SessionState } = GstWebRTCAPI;

const meta = { name: "camera" };

/** @type {InstanceType<typeof GstWebRTCAPI>} */
let api;
/** @type {ReturnType<typeof becomeReady>} */
let socket;
/** @type {any} */
let stream;

beforeEach(() => {
  api = connect({ reconnectionTimeout: 0, meta });
  socket = becomeReady();
  stream = new FakeStream();
});

/** @param {string[]} roles what the server says we are */
function confirm(roles) {
  socket.receive({ type: "peerStatusChanged", peerId: "me", roles, meta });
}

/** @param {string} [consumerId] */
function startProducing(consumerId) {
  const session = consumerId
    ? api.createProducerSessionForConsumer(stream, consumerId)
    : api.createProducerSession(stream);

  assert.ok(session);
  assert.ok(session.start());
  socket.take();
  confirm(["listener", "producer"]);
  return session;
}

/** @param {string} consumer */
async function join(consumer) {
  socket.receive({
    type: "startSession",
    peerId: consumer,
    sessionId: `session of ${consumer}`,
    offer: null,
  });
  await settle();
}

describe("producer session", () => {
  it("is one at a time", () => {
    const session = api.createProducerSession(stream);
    const other = /** @type {any} */ (new FakeStream());

    assert.equal(api.createProducerSession(stream), session);
    assert.equal(api.createProducerSession(other), null);
    session?.close();
    assert.ok(api.createProducerSession(other));
    assert.equal(api.createProducerSession(/** @type {any} */ ({})), null);
  });

  it("registers, and streams when the server confirms", () => {
    const session = api.createProducerSession(stream);
    assert.ok(session);
    const seen = record(session, ["stateChanged"]);

    assert.equal(session.state, SessionState.idle);
    assert.ok(session.start());
    assert.ok(session.start());
    assert.deepEqual(socket.take(), [
      { type: "setPeerStatus", roles: ["listener", "producer"], meta },
    ]);
    assert.equal(session.state, SessionState.connecting);
    confirm(["listener"]);
    assert.equal(session.state, SessionState.connecting);
    confirm(["listener", "producer"]);
    assert.equal(session.state, SessionState.streaming);
    assert.equal(seen.length, 2);
    assert.deepEqual(socket.take(), []);
  });

  it("calls the passive consumer it was made for", () => {
    startProducing("c");
    assert.deepEqual(socket.take(), [{ type: "startSession", peerId: "c" }]);
  });

  it("offers its stream to each of two clients", async () => {
    const session = startProducing();
    const seen = record(session, [
      "clientConsumerAdded",
      "clientConsumerRemoved",
    ]);

    await join("a");
    await join("b");
    assert.deepEqual(
      socket.take().map(({ sessionId, sdp }) => [sessionId, sdp.type]),
      [
        ["session of a", "offer"],
        ["session of b", "offer"],
      ]
    );
    const [a, b] = FakeConnection.all;
    assert.deepEqual(a.tracks, stream.getTracks());
    assert.deepEqual(b.tracks, stream.getTracks());

    socket.receive({
      type: "peer",
      sessionId: "session of b",
      sdp: { type: "answer", sdp: "theirs" },
    });
    await settle();
    assert.equal(a.remoteDescription, null);
    assert.equal(b.remoteDescription.sdp, "theirs");

    socket.receive({ type: "endSession", sessionId: "session of a" });
    assert.ok(a.closed);
    assert.equal(b.closed, false);
    assert.equal(session.state, SessionState.streaming);
    assert.deepEqual(seen, [
      "clientConsumerAdded",
      "clientConsumerAdded",
      "clientConsumerRemoved",
    ]);
    assert.deepEqual(socket.take(), []);
  });

  it("offers again what is sent otherwise, one offer at a time", async () => {
    startProducing();
    await join("a");
    socket.take();

    const connection = FakeConnection.last;
    connection.onnegotiationneeded();
    await settle();
    assert.deepEqual(socket.take(), []);

    socket.receive({
      type: "peer",
      sessionId: "session of a",
      sdp: { type: "answer", sdp: "theirs" },
    });
    await settle();
    connection.onnegotiationneeded();
    await settle();
    assert.equal(socket.take()[0].sdp.type, "offer");
  });

  it("reports a client that fails and goes on", async () => {
    const session = startProducing();
    const seen = record(session, ["error", "clientConsumerRemoved"]);

    await join("a");
    FakeConnection.last.become("failed");
    assert.deepEqual(seen, [
      "error: error from client consumer a: connection failed",
      "clientConsumerRemoved",
    ]);
    assert.equal(session.state, SessionState.streaming);
  });

  it("stops its tracks and its clients when it is closed", async () => {
    const session = startProducing();
    const seen = record(session, [
      "stateChanged",
      "clientConsumerRemoved",
      "closed",
    ]);

    await join("a");
    socket.take();
    session.close();
    session.close();
    assert.ok(stream.tracks[0].stopped);
    assert.equal(session.stream, null);
    assert.ok(FakeConnection.last.closed);
    assert.deepEqual(seen, ["clientConsumerRemoved", "stateChanged", "closed"]);
    assert.deepEqual(socket.take(), [
      { type: "endSession", sessionId: "session of a" },
      { type: "setPeerStatus", roles: ["listener"], meta },
    ]);
    assert.equal(session.start(), false);
  });

  it("that is over ends what a consumer still starts", async () => {
    startProducing().close();
    socket.take();
    await join("late");
    assert.deepEqual(socket.take(), [
      { type: "endSession", sessionId: "session of late" },
    ]);
  });
});

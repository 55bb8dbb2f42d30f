/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a client makes of a server that keeps lost peers: the connection goes
 * and comes, sessions stay.
 */

import assert from "node:assert/strict";
import { beforeEach, describe, it, mock } from "node:test";

import {
  FakeConnection,
  FakeSocket,
  FakeStream,
  becomeReady,
  connect,
  settle,
} from "./fakes.js";

const delay = 100;
const grace = 30;

/** @type {string[]} */
let seen;
/** @type {ReturnType<typeof connect>} */
let api;
/** @type {FakeSocket} */
let socket;

mock.method(console, "error", () => {});

beforeEach((t) => {
  const { mock: mocked } = /** @type {import("node:test").TestContext} */ (t);

  mocked.timers.enable({ apis: ["setTimeout"] });
  mocked.method(Math, "random", () => 0.5);
  seen = [];
  api = connect({ reconnectionTimeout: delay });
  api.registerConnectionListener({
    connected: (/** @type {string} */ id) => seen.push(`connected ${id}`),
    disconnected: () => seen.push("disconnected"),
  });
  api.registerPeerListener({
    producerAdded: (/** @type {any} */ { id }) => seen.push(`+${id}`),
    producerRemoved: (/** @type {any} */ { id }) => seen.push(`-${id}`),
  });
  socket = becomeReady("me", { resumeToken: "one", resumeTimeout: grace });
  socket.receive({ type: "list", producers: [{ id: "p" }] });
});

async function watch() {
  const session = api.createConsumerSession("p");

  assert.ok(session);
  assert.ok(session.connect());
  socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
  socket.receive({
    type: "peer",
    sessionId: "s",
    sdp: { type: "offer", sdp: "theirs" },
  });
  await settle();
  FakeConnection.last.become("connected");
  FakeConnection.last.ontrack({ track: {}, streams: [new FakeStream()] });
  socket.take();
  return session;
}

/** @returns {FakeStream} */
function produce() {
  const stream = new FakeStream();
  const session = api.createProducerSession(/** @type {any} */ (stream));

  assert.ok(session?.start());
  socket.receive({
    type: "peerStatusChanged",
    peerId: "me",
    roles: ["listener", "producer"],
  });
  return stream;
}

/**
 * A new connection, up to the answer to our token.
 *
 * @param {import("node:test").TestContext} t
 * @returns {any[]} what was sent for it
 */
function reconnect(t) {
  t.mock.timers.tick(delay);
  socket = FakeSocket.last;
  socket.readyState = FakeSocket.OPEN;
  socket.receive({
    type: "welcome",
    peerId: "other",
    resumeToken: "two",
    resumeTimeout: grace,
  });
  return socket.take();
}

/** @param {string[]} sessions */
function resume(...sessions) {
  socket.receive({
    type: "welcome",
    peerId: "me",
    resumeToken: "three",
    resumeTimeout: grace,
    resumed: true,
    sessions,
  });
}

function startOver() {
  socket.receive({
    type: "welcome",
    peerId: "other",
    resumeToken: "two",
    resumeTimeout: grace,
    resumed: false,
  });
  socket.receive({
    type: "peerStatusChanged",
    peerId: "other",
    roles: ["listener"],
  });
}

describe("a lost connection to a server that keeps peers", () => {
  it("is announced as resumable", () => {
    const last = connect({ meta: { name: "x" } });

    socket = FakeSocket.last;
    socket.readyState = FakeSocket.OPEN;
    socket.receive({ type: "welcome", peerId: "me", resumeToken: "t" });
    assert.deepEqual(socket.take(), [
      {
        type: "setPeerStatus",
        roles: ["listener"],
        meta: { name: "x" },
        resumable: true,
      },
    ]);
    last.close();
  });

  it("leaves sessions and peers alone", async () => {
    const session = await watch();

    socket.lose();
    assert.deepEqual(seen, ["connected me", "+p", "disconnected"]);
    assert.equal(session.state, 2);
    assert.equal(FakeConnection.last.closed, false);
    assert.equal(api.createConsumerSession("p"), null);
  });

  it("is taken up with the token, once", async (t) => {
    const session = await watch();

    socket.lose();
    assert.deepEqual(reconnect(t), [
      {
        type: "setPeerStatus",
        roles: ["listener"],
        meta: null,
        resumable: true,
        resumeToken: "one",
        received: 5,
      },
    ]);
    resume("s");
    assert.deepEqual(socket.take(), [
      { type: "list" },
      { type: "listConsumers" },
    ]);
    assert.equal(session.state, 2);
    assert.deepEqual(seen.slice(2), ["disconnected", "connected me"]);

    socket.receive({ type: "list", producers: [{ id: "p" }, { id: "q" }] });
    assert.deepEqual(seen.slice(4), ["+q"]);

    socket.lose();
    const [{ resumeToken }] = reconnect(t);
    assert.equal(resumeToken, "three");
  });

  it("brings what sessions said meanwhile, in order", async (t) => {
    await watch();
    socket.lose();
    FakeConnection.last.gather("while away");
    reconnect(t);
    FakeConnection.last.gather("a moment later");
    assert.deepEqual(socket.take(), []);
    resume("s");
    assert.deepEqual(
      socket.take().map(({ type, ice }) => ice?.candidate ?? type),
      ["while away", "a moment later", "list", "listConsumers"]
    );
  });

  it("handles what waited at the server", async (t) => {
    await watch();
    socket.lose();
    reconnect(t);
    resume("s");
    socket.take();
    socket.receive({
      type: "peer",
      sessionId: "s",
      sdp: { type: "offer", sdp: "another" },
    });
    await settle();
    assert.equal(socket.take()[0].sdp.type, "answer");
  });

  it("ends sessions that ended meanwhile", async (t) => {
    const session = await watch();

    socket.lose();
    reconnect(t);
    resume();
    assert.equal(session.state, 3);
    assert.ok(!socket.take().some(({ type }) => type === "endSession"));
  });

  it("asks again for a session that got no answer", (t) => {
    const session = api.createConsumerSession("p");

    assert.ok(session);
    assert.ok(session.connect());
    socket.lose();
    reconnect(t);
    resume();
    socket.take();
    assert.equal(session.state, 1);
    socket.receive({ type: "list", producers: [{ id: "p" }] });
    assert.deepEqual(socket.take(), [{ type: "startSession", peerId: "p" }]);
    socket.receive({ type: "list", producers: [{ id: "p" }] });
    assert.deepEqual(socket.take(), []);
  });

  it("does not ask again for one whose answer waited", (t) => {
    const session = api.createConsumerSession("p");

    session?.connect();
    socket.lose();
    reconnect(t);
    resume("s");
    socket.take();
    socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
    socket.receive({ type: "list", producers: [{ id: "p" }] });
    assert.deepEqual(socket.take(), []);
    assert.equal(session?.sessionId, "s");
  });

  it("goes on producing", async (t) => {
    socket.take();
    const stream = produce();

    assert.deepEqual(socket.take(), [
      {
        type: "setPeerStatus",
        roles: ["listener", "producer"],
        meta: null,
        resumable: true,
      },
    ]);

    socket.receive({ type: "startSession", peerId: "c", sessionId: "s" });
    await settle();
    socket.lose();
    const [status] = reconnect(t);
    assert.deepEqual(status.roles, ["listener", "producer"]);
    resume("s");
    assert.equal(stream.tracks[0].stopped, false);
    assert.equal(FakeConnection.last.closed, false);

    const session = api.createProducerSession(/** @type {any} */ (stream));
    assert.equal(session?.state, 2);
    assert.equal(session?.clients.length, 1);
  });

  it("does not come back as a producer that stopped meanwhile", (t) => {
    const stream = /** @type {any} */ (produce());

    api.createProducerSession(stream)?.close();
    socket.lose();
    assert.deepEqual(reconnect(t)[0].roles, ["listener"]);
  });

  it("keeps what has a path when the server knows nothing any more", async (t) => {
    const streaming = await watch();
    const waiting = api.createConsumerSession("q");
    const stream = produce();

    waiting?.connect();
    socket.lose();
    reconnect(t);
    startOver();
    assert.equal(streaming.state, 2);
    assert.equal(waiting?.state, 3);
    assert.equal(stream.tracks[0].stopped, false);
    assert.deepEqual(seen.slice(2), ["disconnected", "-p", "connected other"]);

    /* the server would not know what is meant */
    socket.take();
    streaming.close();
    assert.deepEqual(socket.take(), []);
  });

  it("forgets the peers when the time is over", async (t) => {
    const session = await watch();

    socket.lose();
    t.mock.timers.tick(delay);
    FakeSocket.last.onerror({});
    t.mock.timers.tick(1000 * grace);
    assert.deepEqual(seen.slice(2), ["disconnected", "-p"]);
    assert.equal(session.state, 2);
    FakeConnection.last.gather("nobody waits for it");

    FakeSocket.last.readyState = FakeSocket.OPEN;
    FakeSocket.last.receive({ type: "welcome", peerId: "n", resumeToken: "x" });
    assert.deepEqual(
      FakeSocket.last.take().map(({ resumeToken }) => resumeToken),
      [undefined]
    );
    assert.equal(session.state, 2);
  });

  it("holds nothing when it never comes back or was thrown out", async () => {
    const session = await watch();

    socket.lose(1008);
    assert.equal(session.state, 3);
    assert.deepEqual(seen.slice(2), ["-p", "disconnected"]);
  });

  it("holds nothing when the client is closed", async () => {
    const session = await watch();

    socket.lose();
    api.close();
    assert.equal(session.state, 3);
    assert.ok(FakeConnection.last.closed);
    assert.deepEqual(seen.slice(2), ["disconnected", "-p"]);
  });
});

describe("ICE servers from the server", () => {
  const theirs = [{ urls: ["turn:t"], username: "u", credential: "c" }];

  /** @param {object} config */
  async function configurationWith(config) {
    api = connect(config);
    socket = becomeReady("me", { iceServers: theirs });
    await watch();
    return FakeConnection.last.configuration;
  }

  it("are used when the user named none", async () => {
    assert.deepEqual(await configurationWith({}), {
      iceServers: theirs,
      bundlePolicy: "max-bundle",
    });
    assert.deepEqual(
      await configurationWith({ webrtcConfig: { bundlePolicy: "balanced" } }),
      { iceServers: theirs, bundlePolicy: "balanced" }
    );
  });

  it("are not used otherwise", async () => {
    const webrtcConfig = { iceServers: [{ urls: "stun:mine" }] };

    assert.deepEqual(await configurationWith({ webrtcConfig }), webrtcConfig);
  });

  it("are replaced by newer ones", async () => {
    api = connect();
    socket = becomeReady("me", { iceServers: theirs });
    api.createConsumerSession("p")?.connect();
    socket.receive({
      type: "sessionStarted",
      peerId: "p",
      sessionId: "s",
      iceServers: [{ urls: ["stun:new"] }],
    });
    socket.receive({ type: "peer", sessionId: "s", sdp: { type: "offer" } });
    await settle();
    assert.deepEqual(FakeConnection.last.configuration.iceServers, [
      { urls: ["stun:new"] },
    ]);
  });
});

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A client lives as long as its page, so what a session hangs on it has to go
 * with the session.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import {
  FakeConnection,
  FakeDataChannel,
  FakeStream,
  becomeReady,
  connect,
  settle,
} from "./fakes.js";

const { addEventListener, removeEventListener } = EventTarget.prototype;
const count = 100;

/** @type {Map<EventTarget, Set<string | object>>} by what they are on */
const listeners = new Map();

/** @param {EventTarget} target @returns {Set<string | object>} */
function listenersOf(target) {
  const known = listeners.get(target) ?? new Set();

  listeners.set(target, known);
  return known;
}

/**
 * @param {string} name of a class
 * @returns {number} listeners on all that are of it
 */
function countOn(name) {
  return [...listeners]
    .filter(([target]) => target.constructor.name === name)
    .reduce((sum, [, known]) => sum + known.size, 0);
}

describe(`${count} sessions`, () => {
  before(() => {
    EventTarget.prototype.addEventListener = function (
      /** @type {[any, any]} */ ...args
    ) {
      listenersOf(this).add(args[1]);
      addEventListener.apply(this, args);
    };
    EventTarget.prototype.removeEventListener = function (
      /** @type {[any, any]} */ ...args
    ) {
      listenersOf(this).delete(args[1]);
      removeEventListener.apply(this, args);
    };
  });

  after(() => {
    Object.assign(EventTarget.prototype, {
      addEventListener,
      removeEventListener,
    });
  });

  it("leave no listener on the client, however they end", async () => {
    const api = connect({ sessionRetries: 1 });
    const socket = becomeReady("me", { resumeToken: "t", resumeTimeout: 30 });
    const onClient = ["ServerLink", "PeerDirectory", "ComChannel"];
    const counts = () => onClient.map(countOn);
    const first = counts();

    for (let i = 0; i < count; i++) {
      const session = api.createConsumerSession("p");
      const sessionId = `s${i}`;

      session?.connect();
      socket.receive({ type: "sessionStarted", peerId: "p", sessionId });
      socket.receive({ type: "peer", sessionId, sdp: { type: "offer" } });
      await settle();
      FakeConnection.last.ontrack({ track: {}, streams: [new FakeStream()] });
      FakeConnection.last.become("connected");
      FakeConnection.last.ondatachannel({
        channel: new FakeDataChannel("control"),
      });
      if (i % 3 === 0) {
        socket.receive({ type: "endSession", sessionId });
      } else if (i % 3 === 1) {
        FakeConnection.last.become("failed");
      }
      session?.close();
    }
    assert.ok(FakeConnection.all.length >= count);
    assert.ok(FakeConnection.all.every(({ closed }) => closed));
    assert.deepEqual(counts(), first);
    assert.ok(first.every((number) => number > 0), String(first));
  });

  it("wait for the server with one listener, and not when closed", async () => {
    const api = connect({ reconnectionTimeout: 1e6 });
    const socket = becomeReady("me", { resumeToken: "t", resumeTimeout: 30 });
    const session = api.createConsumerSession("p");

    session?.connect();
    socket.receive({ type: "sessionStarted", peerId: "p", sessionId: "s" });
    socket.receive({ type: "peer", sessionId: "s", sdp: { type: "offer" } });
    await settle();
    FakeConnection.last.ontrack({ track: {}, streams: [new FakeStream()] });
    FakeConnection.last.become("connected");
    socket.lose();
    const first = countOn("ServerLink");

    FakeConnection.last.become("failed");
    assert.equal(countOn("ServerLink"), first + 1);
    session?.close();
    assert.equal(countOn("ServerLink"), first);
  });
});

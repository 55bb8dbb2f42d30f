#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every sequence and every error of the protocol, by a client that is none of ours"""

from harness import Server, connect, listener, producer, run, session

SDP = {"type": "offer", "sdp": "v=0\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}
ICE = {"candidate": "candidate:1 1 UDP 1 127.0.0.1 9 typ host", "sdpMLineIndex": 0}


async def consumer_asks():
    async with Server() as server:
        p, c = await producer(server, version="v1_1"), await connect(server)
        sid = await session(c, p)
        for sender, receiver, part in ((p, c, {"sdp": SDP}), (c, p, {"sdp": ANSWER}), (p, c, {"ice": ICE}),
                                       (c, p, {"ice": ICE}), (p, c, {"sdp": SDP}), (c, p, {"sdp": ANSWER})):
            message = {"type": "peer", "sessionId": sid, **part}
            await sender.send(message)
            await receiver.expect_only(message)
        await c.send({"type": "endSession", "sessionId": sid})
        await p.expect_only({"type": "endSessionV1_1", "sessionId": sid, "error": None})


async def consumer_offers():
    async with Server() as server:
        p, c = await producer(server), await connect(server)
        sid = await session(c, p, offer="v=0\r\n")
        await p.send({"type": "peer", "sessionId": sid, "sdp": ANSWER})
        await c.expect_only({"type": "peer", "sessionId": sid, "sdp": ANSWER})
        await p.send({"type": "endSession", "sessionId": sid})
        await c.expect_only({"type": "endSession", "sessionId": sid})


async def producer_asks():
    async with Server() as server:
        p, c = await producer(server), await connect(server)
        await c.send({"type": "setPeerStatus", "roles": ["consumer"]})
        await c.send({"type": "listConsumers"})
        await c.expect_only({"type": "listConsumers", "consumers": [{"id": c.id, "meta": None}]})
        await p.send({"type": "startSession", "peerId": c.id})
        started = await c.expect(type="sessionStarted", peerId=p.id)
        await p.expect(type="startSession", peerId=c.id, sessionId=started["sessionId"], offer=None)
        await p.close()
        await c.expect_only({"type": "endSession", "sessionId": started["sessionId"]})


async def listeners_are_told():
    async with Server() as server:
        watcher = await listener(server)
        p = await producer(server, meta={"name": "é", "n": [1, 2.5, None]})
        await watcher.expect_only({"type": "peerStatusChanged", "roles": ["producer"], "peerId": p.id,
                                   "meta": {"name": "é", "n": [1, 2.5, None]}})
        listed = await watcher.silence()
        assert listed["producers"] == [{"id": p.id, "meta": {"name": "é", "n": [1, 2.5, None]}}], listed
        await p.close()
        await watcher.expect(type="peerStatusChanged", roles=[], peerId=p.id)


async def errors():
    async with Server() as server:
        p, c, x = await producer(server), await connect(server), await connect(server)
        await c.send({"type": "startSession", "peerId": "nobody"})
        await c.expect_only({"type": "error", "details": "Peer with ID 'nobody' not found"})
        await c.send({"type": "startSession", "peerId": x.id})
        await c.expect_only({"type": "error", "details": f"Missing a producer or a consumer: id {c.id} roles [], "
                             f"id {x.id} roles []"})
        sid = await session(c, p)
        await c.send({"type": "peer", "sessionId": sid, "sdp": SDP})
        await c.expect_only({"type": "error", "details": f'cannot forward offer from "{c.id}" to "{p.id}" as '
                             f'"{c.id}" is not the producer'})
        for message in ({"type": "peer", "sessionId": sid, "ice": ICE}, {"type": "endSession", "sessionId": sid}):
            await x.send(message)
            await x.expect_only({"type": "error", "details": f"Peer {x.id} is not part of {sid}"})
        await c.send({"type": "endSessionV1_1", "sessionId": sid, "error": "bad"})
        await c.expect_only({"type": "error", "details": "Invalid end session message with error from peer "
                             f"'{c.id}', minimum protocol version is 1.1"})
        await c.send({"type": "setProtocolVersion", "version": "v1_1"})
        await c.expect_only({"type": "error", "details": f"Protocol version selection for peer '{c.id}' must be "
                             "first message"})
        await x.send({"type": "setPeerStatus", "roles": ["producer", "consumer"]})
        await x.expect_only({"type": "error", "details": f"Cannot register peer {x.id} as both producer and passive "
                             "consumer"})
        # all that was refused changed nothing
        await p.send({"type": "peer", "sessionId": sid, "sdp": SDP})
        await c.expect(type="peer", sessionId=sid)


async def unanswered():
    """What cannot be read, and what is about no session"""
    async with Server() as server:
        c = await connect(server)
        for text in ("", "[]", "null", "{", "{}", '{"type":"nonsense"}', '{"type":"newPeer"}', '{"type":"peer"}',
                     '{"type":"setPeerStatus"}', '{"type":"setPeerStatus","roles":["king"]}',
                     '{"type":"startSession"}', '{"type":"peer","sessionId":"x","sdp":{"type":"offer","sdp":""}}',
                     '{"type":"endSession","sessionId":"x"}', '{"type":"endSessionV1_1","sessionId":"x"}',
                     "[" * 80000, '{"type":' * 80000, '"' + "x" * 100000):
            await c.send(text)
        await c.send(b"binary")
        await c.silence()


async def error_between_versions():
    async with Server() as server:
        for versions in ("v1_1", "v1_0"), ("v1_1", "v1_1"):
            p, c = await producer(server, version=versions[0]), await connect(server, version=versions[1])
            sid = await session(c, p)
            await p.send({"type": "endSessionV1_1", "sessionId": sid, "error": "no more"})
            if versions[1] == "v1_0":
                await c.expect_only({"type": "endSession", "sessionId": sid})
            else:
                await c.expect_only({"type": "endSessionV1_1", "sessionId": sid, "error": "no more"})


async def any_path_and_ping():
    async with Server() as server:
        c = await connect(server, "/any/path?x=y")
        await (await c.socket.ping(b"123"))
        await c.close()


async def ends_with_a_goodbye():
    async with Server() as server:
        c = await connect(server)
        assert await server.stop() == 0
        assert await c.closed() == 1001


run([consumer_asks, consumer_offers, producer_asks, listeners_are_told, errors, unanswered, error_between_versions,
     any_path_and_ping, ends_with_a_goodbye])

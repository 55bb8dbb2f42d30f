#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that lose their connection and come back (docs/protocol-extensions.md)"""

import asyncio

from harness import Server, connect, listener, producer, run, session, until

ICE = {"candidate": "candidate:1 1 UDP 1 127.0.0.1 9 typ host", "sdpMLineIndex": 0}


async def resumable(server, roles, **options):
    peer = await connect(server, **options)
    assert peer.welcome["resumeTimeout"] > 0
    await peer.send({"type": "setPeerStatus", "roles": roles, "peerId": peer.id, "resumable": True})
    if "listener" in roles:
        await peer.expect(type="peerStatusChanged", peerId=peer.id)
    await peer.silence()
    return peer


async def come_back(server, old, roles, token=None, members=None, **options):
    peer = await connect(server, **options)
    await peer.send({"type": "setPeerStatus", "roles": roles, "peerId": peer.id, "resumable": True,
                     "resumeToken": token or old.welcome["resumeToken"]} | (members or {}))
    peer.welcome = await peer.expect(type="welcome")
    return peer


async def keeps_id_and_sessions():
    async with Server() as server:
        watcher = await listener(server)
        p, c = await resumable(server, ["producer"]), await connect(server)
        await watcher.expect(type="peerStatusChanged", roles=["producer"], peerId=p.id)
        sid = await session(c, p)
        p.cut()
        await server.logged("was lost")
        # said while it is away
        await c.send({"type": "peer", "sessionId": sid, "ice": ICE})
        other = await connect(server)
        await other.send({"type": "startSession", "peerId": p.id})
        second = (await other.expect(type="sessionStarted", peerId=p.id))["sessionId"]

        again = await come_back(server, p, ["producer"])
        assert again.welcome["peerId"] == p.id and again.welcome["resumed"] is True
        assert sorted(again.welcome["sessions"]) == sorted([sid, second])
        assert again.welcome["resumeToken"] != p.welcome["resumeToken"]
        await again.expect_only({"type": "peer", "sessionId": sid, "ice": ICE})
        await again.expect(type="startSession", peerId=other.id, sessionId=second)
        await again.send({"type": "peer", "sessionId": sid, "ice": ICE})
        await c.expect(type="peer", sessionId=sid)
        # nobody was told anything
        listed = await watcher.silence()
        assert [peer["id"] for peer in listed["producers"]] == [p.id]


async def takes_over_before_the_loss_is_noticed():
    async with Server() as server:
        p, c = await resumable(server, ["producer"]), await connect(server)
        sid = await session(c, p)
        again = await come_back(server, p, ["producer"])
        assert again.welcome["peerId"] == p.id and again.welcome["sessions"] == [sid]
        assert await p.closed() == 1000
        await c.send({"type": "peer", "sessionId": sid, "ice": ICE})
        await again.expect(type="peer", sessionId=sid)


def numbered(sid, number):
    return {"type": "peer", "sessionId": sid, "ice": dict(ICE, candidate=f"candidate:{number}")}


async def what_did_not_arrive_comes_again():
    """Whether the loss was noticed or not: as many as it says that it has not got"""
    for is_noticed in (False, True):
        async with Server() as server:
            p, c = await resumable(server, ["producer"]), await connect(server)
            sid = await session(c, p)
            for number in range(6):
                await c.send(numbered(sid, number))
            for number in range(2):
                await p.expect_only(numbered(sid, number))
            await c.silence()
            if is_noticed:
                p.cut()
                await server.logged("was lost")
                await c.send(numbered(sid, 6))
                await c.silence()
            again = await come_back(server, p, ["producer"], members={"received": p.n_received})
            assert again.welcome["resumed"] is True
            for number in range(2, 7 if is_noticed else 6):
                await again.expect_only(numbered(sid, number))
            await again.silence()

            # the same on that connection, which has counted anew
            await c.send(numbered(sid, 10))
            await c.silence()
            third = await come_back(server, again, ["producer"], members={"received": again.n_received})
            await third.expect_only(numbered(sid, 10))
            await third.silence()


async def how_much_arrived_is_said():
    async with Server() as server:
        p, c = await resumable(server, ["producer"]), await connect(server)
        sid = await session(c, p)
        # its status and a list; what cannot be read counts as well
        for message in (numbered(sid, 0), "nonsense", numbered(sid, 1)):
            await p.send(message)
        await c.expect_only(numbered(sid, 0))
        await c.expect_only(numbered(sid, 1))
        again = await come_back(server, p, ["producer"])
        assert again.welcome["received"] == 5, again.welcome
        again.cut()
        await server.logged("was lost")
        third = await come_back(server, again, ["producer"])
        assert third.welcome["received"] == 1, third.welcome
        stranger = await come_back(server, third, ["producer"], token="unknown")
        assert "received" not in stranger.welcome


async def counts_that_cannot_be():
    async with Server() as server:
        for received in (-1, 1000, 2 ** 63 - 1, -2 ** 63, 2 ** 80, 1.5, "3", None, [], True):
            p, c = await resumable(server, ["producer"]), await connect(server)
            sid = await session(c, p)
            await c.send(numbered(sid, 0))
            await c.silence()
            again = await come_back(server, p, ["producer"], members={"received": received})
            assert again.welcome["resumed"] is True
            await again.silence()


async def no_pong(*data):
    """Of a client whose network is gone, but not noticed to be"""


async def what_is_kept_has_a_bound():
    async with Server() as server:
        p, c = await resumable(server, ["producer"]), await connect(server)
        sid = await session(c, p)
        p.socket.pong = no_pong
        for number in range(300):
            await c.send(numbered(sid, number))
        await c.silence()
        again = await come_back(server, p, ["producer"], members={"received": p.n_received})
        for number in range(300 - 128, 300):
            await again.expect_only(numbered(sid, number))
        await again.silence()


async def what_arrived_is_not_kept():
    """Also for one that is never silent for so long that it is pinged for that"""
    async with Server() as server:
        p, c = await resumable(server, ["producer"]), await connect(server)
        sid = await session(c, p)
        for number in range(100):
            await c.send(numbered(sid, number))
            await p.expect_only(numbered(sid, number))
        # only with what it says is missing: were all there, it would get the last hundred
        again = await come_back(server, p, ["producer"], members={"received": p.n_received - 100})
        await again.send({"type": "list"})
        n = 0
        while (await again.receive())["type"] != "list":
            n += 1
        assert 0 < n < 64, n


async def a_token_is_good_for_one_time():
    async with Server() as server:
        p = await resumable(server, ["producer"])
        again = await come_back(server, p, ["producer"])
        thief = await come_back(server, p, ["producer"])
        assert thief.welcome["resumed"] is False and thief.welcome["peerId"] != p.id
        third = await come_back(server, again, ["producer"])
        assert third.welcome["resumed"] is True and third.welcome["peerId"] == p.id


async def guessed_token():
    async with Server() as server:
        p = await resumable(server, ["producer"])
        for token in ("", "x", "A" * 24, p.id):
            stranger = await connect(server)
            await stranger.send({"type": "setPeerStatus", "roles": [], "resumeToken": token or None})
            if token:
                answer = await stranger.expect(type="welcome", resumed=False, peerId=stranger.id)
                assert "sessions" not in answer
            await stranger.silence()


async def only_as_the_first_thing():
    async with Server() as server:
        p = await resumable(server, ["producer"])
        late = await producer(server)
        await late.send({"type": "setPeerStatus", "roles": [], "resumeToken": p.welcome["resumeToken"]})
        await late.silence()
        early = await connect(server, version="v1_1")
        await early.silence()
        await early.send({"type": "setPeerStatus", "roles": [], "resumeToken": p.welcome["resumeToken"]})
        await early.expect(type="welcome", resumed=False)


async def who_leaves_is_gone():
    async with Server() as server:
        watcher = await listener(server)
        p = await resumable(server, ["producer"])
        await watcher.expect(type="peerStatusChanged", roles=["producer"])
        await p.close()
        await watcher.expect(type="peerStatusChanged", roles=[], peerId=p.id)
        again = await come_back(server, p, ["producer"])
        assert again.welcome["resumed"] is False


async def who_cannot_come_back_is_gone():
    """A client of others, that never said it would"""
    async with Server() as server:
        watcher = await listener(server)
        p = await producer(server)
        await watcher.expect(type="peerStatusChanged", roles=["producer"])
        p.cut()
        await watcher.expect(type="peerStatusChanged", roles=[], peerId=p.id)


async def who_does_not_come_back_is_gone():
    async with Server("--resume-timeout", "1") as server:
        watcher = await listener(server)
        p, c = await resumable(server, ["producer"]), await connect(server)
        await watcher.expect(type="peerStatusChanged", roles=["producer"])
        sid = await session(c, p)
        p.cut()
        await c.expect_only({"type": "endSession", "sessionId": sid})
        await watcher.expect(type="peerStatusChanged", roles=[], peerId=p.id)
        again = await come_back(server, p, ["producer"])
        assert again.welcome["resumed"] is False


async def not_for_too_much():
    """What waits for one who is away has a bound"""
    async with Server() as server:
        p, c = await resumable(server, ["producer"]), await connect(server)
        sid = await session(c, p)
        p.cut()
        await server.logged("was lost")
        for _ in range(300):
            await c.send({"type": "peer", "sessionId": sid, "ice": ICE})
        await c.expect_only({"type": "endSession", "sessionId": sid})
        again = await come_back(server, p, ["producer"])
        assert again.welcome["resumed"] is False


async def as_a_browser_does():
    """Without its id in the status: it waits for what that brings about"""
    async with Server() as server:
        c = await connect(server)
        await c.send({"type": "setPeerStatus", "roles": ["listener"], "resumable": True})
        await c.expect(type="peerStatusChanged", peerId=c.id, roles=["listener"])
        c.cut()
        await server.logged("was lost")
        again = await connect(server)
        await again.send({"type": "setPeerStatus", "roles": ["listener"], "resumable": True,
                          "resumeToken": c.welcome["resumeToken"]})
        await again.expect(type="welcome", peerId=c.id, resumed=True, sessions=[])
        await again.expect(type="peerStatusChanged", peerId=c.id, roles=["listener"])


async def without_resumption():
    async with Server("--resume-timeout", "0") as server:
        p = await connect(server)
        assert p.welcome == {"type": "welcome", "peerId": p.id}, p.welcome


async def silent_ones_are_lost():
    """A client that answers no ping: it cannot be told from one whose network is gone"""
    async with Server("--ping-interval", "1", "--pong-timeout", "1") as server:
        watcher = await listener(server)
        # a socket that nobody reads
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        await watcher.expect(type="peerStatusChanged", roles=[])
        await until(lambda: any("does not answer" in line for line in server.log), "log")
        # those who answer stay
        await watcher.silence()
        writer.close()


run([keeps_id_and_sessions, takes_over_before_the_loss_is_noticed, what_did_not_arrive_comes_again,
     how_much_arrived_is_said, counts_that_cannot_be, what_is_kept_has_a_bound,
     what_arrived_is_not_kept, a_token_is_good_for_one_time, guessed_token,
     only_as_the_first_thing, who_leaves_is_gone, who_cannot_come_back_is_gone, who_does_not_come_back_is_gone,
     not_for_too_much, as_a_browser_does, without_resumption, silent_ones_are_lost])

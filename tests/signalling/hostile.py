#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients that mean harm, each while two others talk: those are not delayed, and the server does not grow.

The attackers run in a process of their own (hostile.py --attack NAME PORT) until their input ends.
"""

import asyncio
import json
import os
import select
import socket
import statistics
import struct
import subprocess
import sys
import time

ADMIN = ("--admin", "127.0.0.1:0")
UPGRADE = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
MEASURED_ROUNDS = 200
MAX_GROWTH_MB = 64


def frame(payload, first=0x81):
    """Masked with zeros, RFC 6455 5.2"""
    length = len(payload)
    size = (struct.pack("!B", 0x80 | length) if length < 126 else struct.pack("!BH", 0x80 | 126, length)
            if length < 65536 else struct.pack("!BQ", 0x80 | 127, length))
    return bytes([first]) + size + bytes(4) + payload


def dial(port, more=b"", upgrade=True):
    client = socket.create_connection(("127.0.0.1", port))
    if upgrade:
        client.sendall(UPGRADE + more + b"\r\n")
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            byte = client.recv(1)
            if not byte:
                raise ConnectionError("hung up")
            answer += byte
    return client


def is_over():
    return select.select([sys.stdin], [], [], 0)[0]


def until_over(attack):
    """Again and again; that the server hangs up is what is to happen"""
    while not is_over():
        try:
            attack()
        except OSError:
            pass


def does_not_read(port):
    """A listener that is told much"""
    status = json.dumps({"type": "setPeerStatus", "roles": ["listener"]}).encode()
    deaf = [dial(port) for _ in range(5)]
    for client in deaf:
        client.sendall(frame(status))
    talker = dial(port)
    numbers = iter(range(10 ** 9))

    def attack():
        talker.sendall(frame(json.dumps({"type": "setPeerStatus", "roles": [],
                                         "meta": {"n": next(numbers), "x": "x" * 10000}}).encode()))
        talker.setblocking(False)
        try:
            while talker.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        talker.setblocking(True)
    until_over(attack)


def many_messages(port):
    data = 1000 * frame(b'{"type":"list"}')

    def attack():
        client = dial(port)
        client.setblocking(False)
        sent = 0
        while sent < 100 and not is_over():
            readable, writable, _ = select.select([client], [client], [], 0.1)
            if readable:
                client.recv(1 << 20)
            if writable:
                client.setblocking(True)
                client.settimeout(0.2)
                try:
                    client.sendall(data)
                    sent += 1
                except socket.timeout:
                    return
                client.setblocking(False)
    until_over(attack)


def endless_message(port):
    """1 GB in fragments"""
    part = bytes(512 * 1024)

    def attack():
        client = dial(port)
        client.sendall(frame(part, first=0x01))
        for _ in range(2048):
            client.sendall(frame(part, first=0x00))
    until_over(attack)


def deflate_bomb(port):
    import zlib
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(100 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)

    def attack():
        client = dial(port, b"Sec-WebSocket-Extensions: permessage-deflate\r\n")
        client.sendall(frame(bomb, first=0xc1))
        while client.recv(65536):
            pass
    until_over(attack)


def brackets(port):
    client = dial(port)
    until_over(lambda: client.sendall(frame(b"[" * 80000)))


def slow_handshakes(port):
    clients = [dial(port, upgrade=False) for _ in range(300)]
    position = iter(range(10 ** 9))

    def attack():
        i = next(position) % len(UPGRADE)
        for client in clients:
            try:
                client.sendall(UPGRADE[i:i + 1])
            except OSError:
                clients[clients.index(client)] = dial(port, upgrade=False)
        time.sleep(0.1)
    until_over(attack)


def bad_utf8(port):
    def attack():
        client = dial(port)
        client.sendall(frame(b'{"type":"\xff\xfe"}'))
        while client.recv(65536):
            pass
    until_over(attack)


def half_closed(port):
    kept = []

    def attack():
        client = dial(port)
        client.shutdown(socket.SHUT_WR)
        kept.append(client)
        del kept[:-200]
        time.sleep(0.005)
    until_over(attack)


def foreign_origin(port):
    until_over(lambda: dial(port, b"Origin: https://evil.example\r\n").close())


def no_websocket(port):
    """Bytes that are neither HTTP nor frames"""
    def attack():
        noise = dial(port, upgrade=False)
        noise.sendall(os.urandom(2000))
        client = dial(port)
        client.sendall(os.urandom(2000))
        while client.recv(65536):
            pass
    until_over(attack)


ATTACKS = {attack.__name__: attack for attack in (
    does_not_read, many_messages, endless_message, deflate_bomb, brackets, slow_handshakes, bad_utf8, half_closed,
    foreign_origin, no_websocket)}


class Pair:
    """Two who talk, on bare sockets: an event loop of Python would be what is measured"""

    def __init__(self, port):
        self.producer, self.consumer = dial(port), dial(port)
        self.left = {self.producer: b"", self.consumer: b""}
        producer_id = self.receive(self.producer)["peerId"]
        self.receive(self.consumer)
        self.send(self.producer, {"type": "setPeerStatus", "roles": ["producer"]})
        self.send(self.producer, {"type": "list"})
        self.receive(self.producer)
        self.send(self.consumer, {"type": "startSession", "peerId": producer_id})
        self.session = self.receive(self.consumer)["sessionId"]
        self.receive(self.producer)

    def send(self, client, message):
        client.sendall(frame(json.dumps(message).encode()))

    def receive(self, client):
        data = self.left[client]
        while True:
            if len(data) >= 2:
                length, start = data[1], 2
                if length == 126:
                    length, start = struct.unpack("!H", data[2:4].ljust(2, b"\xff"))[0], 4
                if len(data) >= start + length:
                    self.left[client] = data[start + length:]
                    if data[0] == 0x81:
                        return json.loads(data[start:start + length])
                    data = self.left[client]
                    continue
            more = client.recv(65536)
            if not more:
                raise AssertionError("one of those who talk was disconnected")
            data += more

    def median_ms(self):
        times = []
        message = {"type": "peer", "sessionId": self.session, "ice": {"candidate": "x" * 80, "sdpMLineIndex": 0}}
        for i in range(MEASURED_ROUNDS):
            start = time.monotonic()
            ends = (self.consumer, self.producer) if i % 2 else (self.producer, self.consumer)
            self.send(ends[0], message)
            self.receive(ends[1])
            times.append((time.monotonic() - start) * 1000)
            time.sleep(0.005)
        return statistics.median(times)


def under(name):
    """A test for the attack of this name"""
    async def test():
        async with Server("--handshake-timeout", "2", *ADMIN, level="error") as server:
            pair = await asyncio.to_thread(Pair, server.port)
            idle = await asyncio.to_thread(pair.median_ms)
            before = server.rss_mb()
            attacker = subprocess.Popen([sys.executable, __file__, "--attack", name, str(server.port)],
                                        stdin=subprocess.PIPE)
            try:
                await asyncio.sleep(0.5)
                # a machine that does other things as well may need several attempts
                attacked = idle + 1000
                for _ in range(4):
                    attacked = min(attacked, await asyncio.to_thread(pair.median_ms))
                    if attacked <= max(2 * idle, 5):
                        break
                growth = server.rss_mb() - before
                assert attacker.poll() is None, "the attacker gave up"
            finally:
                attacker.stdin.close()
                attacker.wait(30)
            print(f"# {name}: {idle:.2f} ms idle, {attacked:.2f} ms attacked, {growth:.0f} MB more", flush=True)
            assert attacked <= max(2 * idle, 5), (idle, attacked)
            assert growth < MAX_GROWTH_MB, growth
            # and it goes on
            await (await connect(server)).silence()
            assert (await server.get("/healthz"))[0] == 200
    test.__name__ = name
    return test


async def what_was_counted():
    """Each attack is in the metrics"""
    async with Server("--handshake-timeout", "1", *ADMIN, level="info") as server:
        for name, metric in (("bad_utf8", 'errors_total{kind="frame"}'), ("many_messages", "throttled_total"),
                             ("foreign_origin", 'errors_total{kind="origin"}'),
                             ("does_not_read", 'evictions_total{reason="slow"}')):
            attacker = subprocess.Popen([sys.executable, __file__, "--attack", name, str(server.port)],
                                        stdin=subprocess.PIPE)
            try:
                for _ in range(1500):
                    if await server.metric(metric) > 0:
                        break
                    await asyncio.sleep(0.02)
                assert await server.metric(metric) > 0, name
            finally:
                attacker.stdin.close()
                attacker.wait(30)


async def codes():
    """With what the server hangs up"""
    async with Server("--max-message-bytes", "2000") as server:
        for data, code in ((frame(b"\xff"), 1007), (frame(b"x" * 2001), 1009), (frame(b"x", first=0xc1), 1002),
                           (b"\x81\x01x", 1002), (frame(b"x", first=0x80), 1002), (frame(b"x", first=0x83), 1002),
                           (frame(b"x" * 126, first=0x89), 1002), (frame(b"x", first=0x09), 1002),
                           (frame(b"x" * 1500, first=0x01) + frame(b"x" * 600, first=0x80), 1009),
                           (frame(b"x", first=0x01) + frame(b"x"), 1002), (frame(b"\x03", first=0x88), 1002),
                           (frame(b"\x03\xed", first=0x88), 1002), (frame(b"\x03\xe8\xff", first=0x88), 1007),
                           (b"\x81\xff" + b"\xff" * 8 + bytes(4), 1009),
                           (frame(b"\x03\xe8bye", first=0x88), 1000)):
            client = dial(server.port)
            client.sendall(data)
            received = b""
            client.settimeout(30)
            while b"\x88" not in received and (part := await asyncio.to_thread(client.recv, 65536)):
                received += part
            close = received[received.rindex(b"\x88"):] if b"\x88" in received else b""
            assert close[2:4] == struct.pack("!H", code), (data[:20], received)
            client.close()


if sys.argv[1:2] == ["--attack"]:
    ATTACKS[sys.argv[2]](int(sys.argv[3]))
else:
    from harness import Server, connect, run
    run([under(name) for name in ATTACKS] + [what_was_counted, codes])

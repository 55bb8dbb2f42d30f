# SPDX-License-Identifier: LGPL-2.1-or-later
"""The server program and clients that are none of ours: Python's websockets."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import sys
import traceback
import urllib.request

import websockets

SERVER = os.environ.get("SIGNALLING_SERVER") or os.path.join(
    os.path.dirname(__file__), "../../build/ext/signalling/gst-webrtc-signalling-server")
SECONDS = 40


class Server:
    """The program, with its log; `async with Server (...)`"""

    def __init__(self, *options, host="127.0.0.1", level="debug", prefix=()):
        self.prefix = prefix
        self.options = options
        self.host = host
        self.level = level

    async def __aenter__(self):
        self.log = []
        # libsoup 3.2 keeps a GSocket of each HTTP connection that it accepts
        leaks = int(not {"--admin", "--web-root"} & set(self.options))
        # what a sanitizer keeps of freed memory would count as the server's
        sanitizer = f"detect_leaks={leaks}:quarantine_size_mb=8:thread_local_quarantine_size_kb=64"
        self.process = await asyncio.create_subprocess_exec(
            *self.prefix, SERVER, "--host", self.host, "-p", "0", "--log-level", self.level, *self.options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=dict(os.environ, GST_DEBUG_NO_COLOR="1", ASAN_OPTIONS=sanitizer))
        self.reader = asyncio.create_task(self.read_log())
        line = (await asyncio.wait_for(self.process.stdout.readline(), SECONDS)).decode()
        if not line:
            await self.reader
            raise RuntimeError("the server did not start: " + "".join(self.log))
        self.url = line.split()[-1]
        self.port = int(self.url.rsplit(":", 1)[1]) if "://" in self.url else 0
        if "--admin" in self.options:
            self.admin = (await self.process.stdout.readline()).decode().split()[-1].rsplit("/", 1)[0]
        return self

    async def read_log(self):
        async for line in self.process.stderr:
            self.log.append(line.decode(errors="replace"))

    async def stop(self, number=signal.SIGTERM):
        if self.process.returncode is None:
            self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), SECONDS)
        await self.reader
        return self.process.returncode

    async def __aexit__(self, kind, *rest):
        status = await self.stop()
        if kind:
            sys.stderr.write("".join(self.log[-60:]))
        elif status not in (0, -signal.SIGKILL):
            raise AssertionError(f"the server ended with {status}:\n" + "".join(self.log[-60:]))

    def rss_mb(self):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    async def logged(self, text):
        await until(lambda: any(text in line for line in self.log), f"log: {text}")

    async def get(self, path, headers=None):
        """(status, body) of a request to the admin address"""
        def get():
            request = urllib.request.Request(self.admin + path, headers=headers or {})
            try:
                with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
        return await asyncio.to_thread(get)

    async def metric(self, name):
        _, text = await self.get("/metrics")
        for line in text.splitlines():
            if line.startswith("gst_webrtc_signalling_" + name + " "):
                return float(line.split()[-1])
        raise KeyError(name)


async def until(condition, what):
    for _ in range(SECONDS * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("waited in vain for " + what)


class Peer:
    """One WebSocket"""

    def __init__(self, socket):
        self.socket = socket
        self.n_received = 0

    async def send(self, message):
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def receive(self):
        text = await asyncio.wait_for(self.socket.recv(), SECONDS)
        self.n_received += 1
        return json.loads(text)

    async def expect(self, **members):
        """The next message, which has these members"""
        message = await self.receive()
        for name, value in members.items():
            name = name.rstrip("_")
            assert message.get(name) == value, f"{name}={value!r} wanted, got {message}"
        return message

    async def expect_only(self, message):
        received = await self.receive()
        assert received == message, f"{message} wanted, got {received}"

    async def silence(self):
        """Nothing waits: a list is answered by itself, and nothing else comes before"""
        await self.send({"type": "list"})
        return await self.expect(type="list")

    async def closed(self):
        """The code with which it is closed"""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.wait_for(self.socket.recv(), SECONDS)
        return self.socket.close_code

    async def close(self):
        await self.socket.close()

    def cut(self):
        """As a network does it: no close frame"""
        raw = self.socket.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.transport.abort()


async def connect(server, path="/", version=None, **options):
    options.setdefault("compression", None)
    options.setdefault("max_size", None)
    peer = Peer(await websockets.connect(server.url + path, **options))
    peer.welcome = await peer.expect(type="welcome")
    peer.id = peer.welcome["peerId"]
    if version:
        await peer.send({"type": "setProtocolVersion", "version": version})
    return peer


async def refused(server, path="/", **options):
    """The status of a refusal"""
    try:
        await connect(server, path, **options)
    except websockets.InvalidStatusCode as error:
        return error.status_code
    raise AssertionError("it was let in")


async def producer(server, meta=None, **options):
    peer = await connect(server, **options)
    await peer.send({"type": "setPeerStatus", "roles": ["producer"], "meta": meta, "peerId": peer.id})
    await peer.silence()
    return peer


async def listener(server, **options):
    peer = await connect(server, **options)
    await peer.send({"type": "setPeerStatus", "roles": ["listener"], "peerId": peer.id})
    await peer.expect(type="peerStatusChanged", peerId=peer.id, roles=["listener"])
    return peer


async def session(consumer, producer, offer=None):
    """A consumer asks a producer; its id"""
    await consumer.send({"type": "startSession", "peerId": producer.id, "offer": offer})
    started = await consumer.expect(type="sessionStarted", peerId=producer.id)
    await producer.expect(type="startSession", peerId=consumer.id, sessionId=started["sessionId"], offer=offer)
    return started["sessionId"]


def run(tests):
    """All of them, or those that are named; a line of TAP for each"""
    wanted = sys.argv[1:]
    tests = [test for test in tests if not wanted or test.__name__ in wanted]
    failed = 0
    print(f"1..{len(tests)}", flush=True)
    for number, test in enumerate(tests, 1):
        try:
            asyncio.run(asyncio.wait_for(test(), 4 * SECONDS))
            print(f"ok {number} - {test.__name__}", flush=True)
        except Exception:
            traceback.print_exc()
            print(f"not ok {number} - {test.__name__}", flush=True)
            failed += 1
    sys.exit(failed > 0)

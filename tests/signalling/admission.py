#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who is let in, and what for"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import ssl
import subprocess
import tempfile
import time
import warnings

import websockets
from harness import SERVER, Peer, Server, connect, listener, producer, refused, run

KEY = "0123456789abcdef0123456789abcdef"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(claims, key=KEY, algorithm="HS256", header=None):
    head = base64url(json.dumps(header or {"alg": algorithm, "typ": "JWT"}).encode())
    body = base64url(claims if isinstance(claims, bytes) else json.dumps(claims).encode())
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}.get(algorithm)
    signature = hmac.new(key.encode(), f"{head}.{body}".encode(), digest).digest() if digest else b""
    return f"{head}.{body}.{base64url(signature)}"


class File:
    def __init__(self, text):
        self.file = tempfile.NamedTemporaryFile("w", delete=False)
        self.write(text)

    def write(self, text):
        with open(self.file.name, "w") as file:
            file.write(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.unlink(self.file.name)

    @property
    def name(self):
        return self.file.name


def bearer(token):
    return {"extra_headers": {"Authorization": "Bearer " + token}}


async def tokens():
    digest = hashlib.sha256(b"hashed").hexdigest()
    with File(f"# those of today\nplain\nold expires=2001-01-01T00:00:00Z\n\nnew expires={int(time.time()) + 3600}\n"
              f"sha256:{digest} roles=list\n") as file:
        async with Server("--auth-tokens", file.name) as server:
            assert await refused(server) == 401
            for token in ("wrong", "old", "plai", "plainx", digest, "sha256:" + digest, ""):
                assert await refused(server, **bearer(token)) == 401, token
                assert await refused(server, "/?access_token=" + token) == 401, token
            for token in ("plain", "new", "hashed"):
                await (await connect(server, **bearer(token))).silence()
                await (await connect(server, "/x?a=b&access_token=" + token)).silence()
            await (await connect(server, extra_headers={"authorization": "bearer plain"})).silence()
            # nothing secret in the log
            await server.stop()
            for secret in ("plain", "wrong", "hashed"):
                assert not any(secret in line for line in server.log), secret


async def roles_and_rooms():
    with File("p roles=produce room=a\nc roles=consume,list room=a\nother room=b\n") as file:
        async with Server("--auth-tokens", file.name) as server:
            p = await connect(server, **bearer("p"))
            await p.send({"type": "setPeerStatus", "roles": ["producer"]})
            await p.send({"type": "list"})
            await p.expect(type="error", details=f"Peer {p.id} is not allowed to list")
            c = await connect(server, **bearer("c"))
            assert [peer["id"] for peer in (await c.silence())["producers"]] == [p.id]
            await c.send({"type": "setPeerStatus", "roles": ["producer"]})
            await c.expect(type="error", details=f"Peer {c.id} is not allowed to produce")
            await c.send({"type": "startSession", "peerId": p.id})
            await c.expect(type="sessionStarted")
            stranger = await connect(server, **bearer("other"))
            assert (await stranger.silence())["producers"] == []
            await stranger.send({"type": "startSession", "peerId": p.id})
            await stranger.expect(type="error", details=f"Peer with ID '{p.id}' not found")


async def bad_token_files():
    for text in ("token nonsense=1\n", "token roles=king\n", "token expires=soon\n", "sha256:12\n"):
        with File(text) as file:
            done = subprocess.run([SERVER, "--host", "127.0.0.1", "-p", "0", "--auth-tokens",
                                   file.name], capture_output=True, text=True, timeout=30)
            assert done.returncode == 1 and "line 1" in done.stderr, done


async def tokens_are_read_again():
    with File("one\n") as file:
        async with Server("--auth-tokens", file.name) as server:
            c = await connect(server, **bearer("one"))
            file.write("two\n")
            server.process.send_signal(signal.SIGHUP)
            await server.logged("read certificate")
            assert await refused(server, **bearer("one")) == 401
            await connect(server, **bearer("two"))
            await c.silence()
            # what cannot be read changes nothing
            file.write("two bad line\n")
            server.process.send_signal(signal.SIGHUP)
            await server.logged("all stays as it was")
            await connect(server, **bearer("two"))


async def json_web_tokens():
    now = int(time.time())
    good = {"exp": now + 600, "roles": ["consume", "list"], "room": "a"}
    with File(KEY + "\n") as file:
        async with Server("--auth-jwt-key", file.name) as server:
            c = await connect(server, **bearer(jwt(good)))
            await c.send({"type": "setPeerStatus", "roles": ["producer"]})
            await c.expect(type="error")
            p = await connect(server, **bearer(jwt({"exp": now + 600, "roles": "produce", "room": "a"})))
            await p.send({"type": "setPeerStatus", "roles": ["producer"]})
            # what it may not do, answered after it was registered
            await p.send({"type": "list"})
            await p.expect(type="error")
            await c.send({"type": "startSession", "peerId": p.id})
            await c.expect(type="sessionStarted")
            for claims in ({}, {"exp": now - 1}, {"exp": "soon"}, {"exp": now + 600, "nbf": now + 300},
                           {"exp": now + 600, "roles": ["king"]}, {"exp": now + 600, "roles": 7},
                           {"exp": now + 600, "room": 7}, b"[" * 5000, b"no json"):
                assert await refused(server, **bearer(jwt(claims))) == 401, claims
            for token in (jwt(good, key="x" * 32), jwt(good, algorithm="HS512"), jwt(good, algorithm="none"),
                          jwt(good)[:-2], jwt(good) + "x", "a.b.c", "..", ".", "x" * 9000):
                assert await refused(server, **bearer(token)) == 401, token


async def json_web_tokens_of_a_key_pair():
    """The public key must not do as the secret of another algorithm"""
    with tempfile.TemporaryDirectory() as folder:
        key, public = f"{folder}/key", f"{folder}/public"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
        claims = base64url(json.dumps({"exp": int(time.time()) + 600}).encode())
        signed = base64url(b'{"alg":"RS256"}') + "." + claims
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed.encode(), check=True,
                                   capture_output=True).stdout
        async with Server("--auth-jwt-key", public, "--auth-jwt-algorithm", "RS256") as server:
            await connect(server, **bearer(signed + "." + base64url(signature)))
            with open(public) as file:
                secret = file.read()
            assert await refused(server, **bearer(jwt({"exp": int(time.time()) + 600}, key=secret))) == 401
            assert await refused(server, **bearer(jwt({"exp": int(time.time()) + 600},
                                                      key=secret.rstrip("\n")))) == 401


async def credentials_run_out():
    with File(f"short expires={int(time.time()) + 2}\n") as file:
        async with Server("--auth-tokens", file.name, "--ping-interval", "1") as server:
            c = await connect(server, **bearer("short"))
            assert await c.closed() == 1008


async def origins_and_hosts():
    async with Server("--allow-origin", "https://good.example", "--allow-host", "proxy.example") as server:
        for origin in ("http://127.0.0.1:1234", "https://good.example", None):
            await connect(server, origin=origin)
        for origin in ("https://evil.example", "null", "https://good.example.evil.example"):
            assert await refused(server, origin=origin) == 403, origin
        for host, status in (("evil.example", 403), ("localhost", 0), ("[::1]:1", 0), ("proxy.example", 0),
                             ("127.0.0.1.evil.example", 403), ("a b", 403), ("x.localhost:9", 0)):
            # rebinding: host and origin agree
            options = {"origin": f"http://{host}"} if " " not in host else {}
            answer = await upgrade(server, host, **options)
            assert (b" 101 " in answer) == (status == 0), (host, answer)


async def upgrade(server, host, origin=None):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n{f'Origin: {origin}' + chr(13) + chr(10) if origin else ''}"
                 "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readline(), 30)
    writer.close()
    return answer


async def ice_servers():
    options = ("--stun", "stun.example:3478", "--turn", "turn:turn.example:3478?transport=udp", "--turn",
               "turn://user:pass%3A@other.example", "--turn-secret", "geheim", "--turn-ttl", "600")
    with File("token\n") as file:
        async with Server(*options, "--auth-tokens", file.name) as server:
            c = await connect(server, **bearer("token"))
            stun, turn, fixed = c.welcome["iceServers"]
            assert stun == {"urls": ["stun:stun.example:3478"]}
            assert turn["urls"] == ["turn:turn.example:3478?transport=udp"]
            expiry, peer_id = turn["username"].split(":")
            assert peer_id == c.id and 500 < int(expiry) - time.time() < 700
            assert turn["credential"] == base64.b64encode(hmac.new(b"geheim", turn["username"].encode(),
                                                                   hashlib.sha1).digest()).decode()
            assert fixed == {"urls": ["turn:other.example"], "username": "user", "credential": "pass:"}
            p = await producer(server, **bearer("token"))
            await c.send({"type": "startSession", "peerId": p.id})
            started = await c.expect(type="sessionStarted")
            asked = await p.expect(type="startSession")
            assert started["iceServers"][1]["username"].endswith(c.id)
            assert asked["iceServers"][1]["username"].endswith(p.id)
            assert not any("geheim" in line or turn["credential"] in line for line in server.log)
    # TURN servers cost: not for everybody, unless told so
    async with Server(*options) as server:
        c = await connect(server)
        assert c.welcome["iceServers"] == [{"urls": ["stun:stun.example:3478"]}], c.welcome
    async with Server(*options, "--turn-for-all") as server:
        c = await connect(server)
        assert len(c.welcome["iceServers"]) == 3


async def limits():
    async with Server("--max-clients", "3", "--max-clients-per-address", "2", "--max-sessions-per-peer",
                      "2") as server:
        p, c = await producer(server), await connect(server)
        assert await refused(server) == 429
        for _ in range(2):
            await c.send({"type": "startSession", "peerId": p.id})
            await c.expect(type="sessionStarted")
        await c.send({"type": "startSession", "peerId": p.id})
        await c.expect(type="error", details=f"Peer {c.id} has too many sessions")
        await c.close()
        await connect(server)
    async with Server("--max-clients", "2") as server:
        first = await connect(server)
        await connect(server)
        assert await refused(server) == 503
        await first.close()
        await connect(server)


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout",
                    f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)


async def tls():
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one")
        files = ("--cert", f"{folder}/cert.pem", "--key", f"{folder}/key.pem")
        async with Server(*files) as server:
            trust = ssl.create_default_context(cafile=f"{folder}/cert.pem")
            c = await connect(server, ssl=trust)
            w = await listener(server, ssl=trust)
            # larger than a record, both ways
            await c.send({"type": "setPeerStatus", "roles": ["producer"], "meta": {"x": "y" * 200000}})
            told = await w.expect(type="peerStatusChanged")
            assert len(told["meta"]["x"]) == 200000
            # never in plain text
            try:
                await websockets.connect(f"ws://127.0.0.1:{server.port}")
                raise AssertionError("plain text")
            except (OSError, websockets.WebSocketException):
                pass
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.load_verify_locations(f"{folder}/cert.pem")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                old.maximum_version = ssl.TLSVersion.TLSv1_1
            old.set_ciphers("ALL:@SECLEVEL=0")
            try:
                await connect(server, ssl=old)
                raise AssertionError("TLS 1.1")
            except (OSError, websockets.WebSocketException):
                pass
            make_certificate(folder, "two")
            server.process.send_signal(signal.SIGHUP)
            await server.logged("read certificate")
            trust = ssl.create_default_context(cafile=f"{folder}/cert.pem")
            await connect(server, ssl=trust)
            await c.silence()
            os.unlink(f"{folder}/key.pem")
            server.process.send_signal(signal.SIGHUP)
            await server.logged("all stays as it was")
            await connect(server, ssl=trust)


async def handshakes_have_a_time_limit():
    """Without a byte, with half a request, and with a request that is answered and no upgrade"""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, "one")
        for files in (), ("--cert", f"{folder}/cert.pem", "--key", f"{folder}/key.pem"):
            async with Server("--handshake-timeout", "1", *files) as server:
                for start in (b"", b"GET / HTTP/1.1\r\nHost:", b"\x16\x03\x01"):
                    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                    writer.write(start)
                    with contextlib.suppress(OSError):
                        await asyncio.wait_for(reader.read(), 30)
                    writer.close()
                # who made it in time stays
                trust = {"ssl": ssl.create_default_context(cafile=f"{folder}/cert.pem")} if files else {}
                c = await connect(server, **trust)
                await asyncio.sleep(2)
                await c.silence()


async def unix_socket():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        async with Server("--unix-socket", path) as server:
            peer = Peer(await websockets.unix_connect(path, "ws://localhost/", compression=None))
            await peer.expect(type="welcome")
            await peer.silence()
            # what is left of one that was killed is no obstacle
            await server.stop(signal.SIGKILL)
            assert os.path.exists(path)
        async with Server("--unix-socket", path) as server:
            peer = Peer(await websockets.unix_connect(path, "ws://localhost/", compression=None))
            await peer.expect(type="welcome")
        assert not os.path.exists(path)


async def ipv6():
    async with Server(host="::1") as server:
        server.url = f"ws://[::1]:{server.port}"
        await (await connect(server)).silence()


run([tokens, roles_and_rooms, bad_token_files, tokens_are_read_again, json_web_tokens, json_web_tokens_of_a_key_pair,
     credentials_run_out, origins_and_hosts, ice_servers, limits, tls, handshakes_have_a_time_limit, unix_socket, ipv6])

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What whoever runs the server sees of it"""

import asyncio
import os
import re
import signal
import subprocess
import tempfile

from harness import SERVER, Server, connect, listener, producer, refused, run, session

ADMIN = ("--admin", "127.0.0.1:0")


async def health_and_metrics():
    async with Server(*ADMIN) as server:
        assert await server.get("/healthz") == (200, "ok\n")
        assert await server.get("/readyz") == (200, "ok\n")
        assert (await server.get("/nothing"))[0] == 404
        assert (await server.get("/metrics", {"Host": "evil.example"}))[0] == 403
        p, c, w = await producer(server), await connect(server), await listener(server)
        await session(c, p)
        await c.send("nonsense")
        await c.send({"type": "startSession", "peerId": "nobody"})
        await c.expect(type="error")
        assert await refused(server, origin="https://evil.example") == 403
        for name, value in (("clients", 3), ('peers{role="producer"}', 1), ('peers{role="listener"}', 1),
                            ('peers{role="consumer"}', 0), ("sessions", 1), ("connections_total", 3),
                            ('messages_total{type="startSession"}', 2), ('errors_total{kind="message"}', 1),
                            ('errors_total{kind="refused"}', 1), ('errors_total{kind="origin"}', 1),
                            ("queued_bytes", 0), ('evictions_total{reason="slow"}', 0)):
            assert await server.metric(name) == value, name
        assert await server.metric('bytes_total{direction="in"}') > 100
        assert await server.metric('bytes_total{direction="out"}') > 100
        count = await server.metric("handling_seconds_count")
        assert await server.metric('handling_seconds_bucket{le="+Inf"}') == count >= 5
        await w.close()


async def metrics_are_prometheus():
    """Each line: a comment that says what it is, before the values of that name, or a value"""
    async with Server(*ADMIN) as server:
        _, text = await server.get("/metrics")
        typed = set()
        for line in text.splitlines():
            comment = re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) .+", line)
            value = re.fullmatch(r'([a-z_]+?)(_bucket|_sum|_count)?(\{[a-z]+="[^"]*"\})? [0-9.e+-]+', line)
            assert comment or value, line
            if comment and comment[1] == "TYPE":
                assert comment[2] not in typed, line
                typed.add(comment[2])
            if value:
                assert value[1] in typed, line


async def not_ready_when_full():
    async with Server(*ADMIN, "--max-clients", "1") as server:
        c = await connect(server)
        assert (await server.get("/readyz"))[0] == 503
        assert (await server.get("/healthz"))[0] == 200
        await c.close()


async def http(server, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


async def web_root():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/root")
        for name, text in (("root/index.html", "<p>hello"), ("root/.secret", "secret"), ("outside", "secret")):
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)
        os.symlink("../outside", f"{folder}/root/link")
        async with Server("--web-root", f"{folder}/root") as server:
            await connect(server)
            for path, status in (("/", 200), ("/index.html", 200), ("/.secret", 404), ("/../outside", 404),
                                 ("/%2e%2e/outside", 404), ("/..%2foutside", 400), ("/link", 404),
                                 ("//etc/passwd", 404), ("/nothing", 404)):
                answer = await http(server, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert f" {status} ".encode() in answer.split(b"\r\n")[0], (path, answer)
                assert b"secret" not in answer
            assert b" 405 " in await http(server, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
            assert b" 403 " in await http(server, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    async with Server() as server:
        assert b" 426 " in await http(server, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")


async def log_names_peers_and_keeps_secrets():
    async with Server(level="trace") as server:
        c = await connect(server, "/?access_token=geheim")
        await c.silence()
        await c.send({"type": "peer", "sessionId": "x", "ice": {"candidate": "my-address", "sdpMLineIndex": 0}})
        await c.silence()
        await server.logged(c.id)
        for secret in ("geheim", "my-address", c.welcome["resumeToken"]):
            assert not any(secret in line for line in server.log), secret
    async with Server(level="error") as server:
        await connect(server)
        assert not server.log


async def signals_end_it():
    for number in (signal.SIGTERM, signal.SIGINT):
        async with Server() as server:
            clients = [await connect(server) for _ in range(20)]
            assert await server.stop(number) == 0
            assert [await c.closed() for c in clients] == 20 * [1001]


async def as_an_ordinary_user():
    """Its options, its files: nothing of it needs root"""
    if os.getuid() != 0:
        return
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all")
    async with Server(*ADMIN, prefix=prefix) as server:
        await (await connect(server)).silence()


async def out_of_descriptors():
    """Who does not get in has to wait; the server goes on"""
    async with Server(prefix=("prlimit", "--nofile=60:60")) as server:
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(100)]
        await server.logged("cannot accept a connection")
        for _, writer in crowd:
            writer.close()
        await (await connect(server)).silence()


async def bad_options():
    for options, text in ((["--admin", "nowhere"], "ADDRESS:PORT"), (["--turn", "turn:x"], "neither a user nor a"),
                          (["--web-root", "/nonexistent"], "/nonexistent"), (["--port", "x"], "--port"),
                          (["--max-clients", "0"], "0"), (["--auth-tokens", "/nonexistent"], "/nonexistent"),
                          (["--auth-jwt-key", "/nonexistent"], "/nonexistent"),
                          (["--auth-jwt-key", "/proc/self/cmdline", "--auth-jwt-algorithm", "none"], "none"),
                          (["--unix-socket", "/nonexistent/socket"], "/nonexistent/socket")):
        done = subprocess.run([SERVER, "--host", "127.0.0.1", "-p", "0", *options], capture_output=True, text=True,
                              timeout=30)
        assert done.returncode == 1 and text in done.stderr, (options, done)


async def man_page_names_every_option():
    with open(os.path.join(os.path.dirname(__file__), "../../docs/gst-webrtc-signalling-server.1")) as file:
        page = file.read().replace("\\-", "-")
    text = subprocess.run([SERVER, "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"--[a-z-]+", text)
    assert len(options) > 25, options
    assert not [option for option in options if option not in page]


run([health_and_metrics, metrics_are_prometheus, not_ready_when_full, web_root, log_names_peers_and_keeps_secrets,
     signals_end_it, as_an_ordinary_user, out_of_descriptors,
     bad_options, man_page_names_every_option])

# SPDX-License-Identifier: LGPL-2.1-or-later

"""A network for tests, and programs in it. Wants root.

    sink (10.77.0.1) ─── switch ─── far (10.77.0.2)

Three network namespaces, the middle one with nothing but a bridge: when that
goes down, nobody's own interface says so, and nothing arrives any more. They
have names of their own and go away with the test.

What a test needs of TAP is here as well. Nothing sleeps: programs print a line
for whatever happens, and a test waits for lines.
"""

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

SINK_ADDRESS = "10.77.0.1"
PORT = 8443  # nobody else is in the namespace
WEB_PORT = 8080
URI = f"ws://{SINK_ADDRESS}:{PORT}"
BORING = ("/GstPipeline", '{"event": "sent"}', "page: frame", "page: stats")  # a line for each frame
HERE = os.path.dirname(os.path.abspath(__file__))


def run(*words, text=None):
    subprocess.run(words, check=True, input=text, text=True)


class Network:
    def __init__(self):
        self.names = {
            role: f"rtc-{os.getpid()}-{role}" for role in ("sink", "switch", "far")
        }

    def set_up(self):
        # as an exception, so that the end is the usual one
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        atexit.register(self.remove)
        for name in self.names.values():
            run("ip", "netns", "add", name)
        self.inside("switch", "ip", "link", "add", "bridge", "type", "bridge")
        self.inside("switch", "ip", "link", "set", "bridge", "up")
        self.plug_in("sink", f"{SINK_ADDRESS}/24")
        self.plug_in("far", "10.77.0.2/24")

    def command(self, role, *words):
        return ("ip", "netns", "exec", self.names[role], *words)

    def inside(self, role, *words, text=None):
        run(*self.command(role, *words), text=text)

    def plug_in(self, role, address):
        here, switch = self.names[role], self.names["switch"]
        run(
            *("ip", "link", "add", "eth0", "netns", here, "type", "veth"),
            *("peer", "name", role, "netns", switch),
        )
        self.inside(
            "switch", "ip", "link", "set", role, "master", "bridge", "up"
        )
        self.inside(role, "ip", "address", "add", address, "dev", "eth0")
        self.inside(role, "ip", "link", "set", "eth0", "up")
        self.inside(role, "ip", "link", "set", "lo", "up")

    def cut(self):
        self.inside("switch", "ip", "link", "set", "bridge", "down")

    def lose(self, percent):
        """Loses that share of the UDP packets to and from far."""
        rule = f"meta l4proto udp numgen random mod 100 < {percent} counter drop"
        chains = (
            f"chain {way} {{ type filter hook {way} priority 0;\n{rule}\n}}\n"
            for way in ("input", "output")
        )
        table = f"table inet loss {{\n{''.join(chains)}}}\n"
        self.inside("far", "nft", "-f", "-", text=table)

    def count_lost(self, least):
        """Fails when it were fewer, each way."""
        command = self.command("far", "nft", "list", "table", "inet", "loss")
        table = subprocess.run(command, check=True, capture_output=True, text=True)
        lost = [int(n) for n in re.findall(r"counter packets (\d+)", table.stdout)]
        expect(len(lost) == 2 and min(lost) >= least, f"{lost} packets")
        return f"{lost} packets"

    def remove(self):
        for name in self.names.values():
            subprocess.run(("ip", "netns", "del", name), stderr=subprocess.DEVNULL)


class Program:
    """One that runs in the network. Its lines are kept with their time."""

    def __init__(self, network, role, *words):
        self.lines = []
        self.changed = threading.Condition()
        self.ended = None  # when its output did
        self.process = subprocess.Popen(
            network.command(role, *words),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        atexit.register(self.kill)

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append((time.monotonic(), line.rstrip()))
                self.changed.notify_all()
        with self.changed:
            self.ended = time.monotonic()
            self.changed.notify_all()

    def say(self, *words):
        """A line for its input."""
        print(*words, file=self.process.stdin, flush=True)

    def since(self, part, since, until=float("inf")):
        """Lines with that in them, and when they came."""
        with self.changed:
            return [(t, s) for t, s in self.lines if part in s and since <= t < until]

    def times(self, part, since=0):
        """When there were lines with that in them."""
        with self.changed:
            return [t for t, line in self.lines if part in line and t >= since]

    def last_words(self):
        with self.changed:
            said = (line for _, line in self.lines)
            return "\n".join(s for s in said if not s.startswith(BORING))[-4000:]

    def _wait(self, condition, seconds, what):
        with self.changed:
            if not self.changed.wait_for(condition, seconds):
                raise Failure(f"no {what} within {seconds} s:\n{self.last_words()}")

    def wait_lines(self, part, n, seconds=30, since=0):
        """Waits until there are that many and returns the time of the last."""

        def there():
            return len(self.times(part, since)) >= n or self.ended

        self._wait(there, seconds, f"{n} lines with '{part}'")
        times = self.times(part, since)
        if len(times) < n:
            raise Failure(f"it ended before '{part}':\n{self.last_words()}")
        return times[n - 1]

    def wait_end(self, seconds):
        self._wait(lambda: self.ended, seconds, "end")
        return self.process.wait(seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        """For one that has processes of its own to end."""
        self.process.terminate()
        self.wait_end(20)


def start_sink(network):
    """Prints its events as lines of JSON."""
    words = ("/usr/bin/python3", f"{HERE}/eventsink.py", str(PORT), str(WEB_PORT))
    sink = Program(network, "sink", *words)
    # its server listens before that
    sink.wait_lines(event("sent"), 1)
    return sink


def start_source(network, role):
    """Prints a line with FRAME in it for each frame."""
    return Program(
        *(network, role, "gst-launch-1.0", "-v", "webrtcsrc", 'stun-server=""'),
        *("connect-to-first-producer=true", f"signaller::uri={URI}", "!"),
        *("videoconvert", "!", "fakesink", "silent=false", "sync=false"),
    )


def start_browser(network, role):
    """Prints a line with BROWSER_FRAME in it for each frame."""
    page = f"http://{SINK_ADDRESS}:{WEB_PORT}"
    watch = f"{HERE}/../../browser/watch.mjs"
    return Program(network, role, "node", watch, page, URI)


FRAME = "chain "
BROWSER_FRAME = "page: frame"
BROWSER_CLOSED = "page: closed"


def event(name, **fields):
    """A part of the line in which the sink tells of it."""
    return json.dumps({"event": name, **fields})[1:-1]


def longest_gap(times):
    return max((b - a for a, b in zip(times, times[1:])), default=0)


class Failure(Exception):
    pass


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, name, function):
        self.count += 1
        try:
            said = function()
        except (Failure, OSError, subprocess.CalledProcessError) as failure:
            self.failed += 1
            print(f"not ok {self.count} - {name}")
            said = str(failure)
        else:
            print(f"ok {self.count} - {name}")
        for line in (said or "").splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def need(self, name, function):
        """As check, but the others make no sense without it."""
        failed = self.failed
        self.check(name, function)
        if self.failed > failed:
            self.done()

    def done(self):
        print(f"1..{self.count}")
        sys.exit(self.failed > 0)


def expect(condition, said):
    if not condition:
        raise Failure(said)

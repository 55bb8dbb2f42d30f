# SPDX-License-Identifier: LGPL-2.1-or-later

"""Links with a rate, a delay, a queue and loss, and a sink at one end of them.

    sink ─── relay ─── far0
       └──── relay ─── far1 ...

A namespace for the sink and one for each link. The relays are tests/bench/relay.c
between two TUN devices, as netem is not in every kernel. Wants root.
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

from network import BROWSER_FRAME, HERE, PORT, WEB_PORT, Failure, Program, expect, run

BUILD = os.environ.get("BUILD_DIR", f"{HERE}/../../../build")

# Properties of a sink that browsers find the library at
WEB = (
    f"run-web-server=true web-server-host-addr=http://0.0.0.0:{WEB_PORT} "
    f"web-server-directory={os.path.realpath(HERE)}/../../../ext/gstwebrtc-api"
)

# Takes whatever bitrate there is: nothing in it can be predicted
SNOW = (
    "videotestsrc is-live=true pattern=snow ! "
    "video/x-raw,width=256,height=144,framerate=30/1"
)

LONG = "GST_RTC_LONG" in os.environ


class Relay:
    """The process between two namespaces."""

    def __init__(self, near, near_device, far, far_device):
        self.process = subprocess.Popen(
            (f"{BUILD}/tests/bench/bench-relay", near, near_device, far, far_device),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.kill)
        assert self.process.stdout.readline() == "ready\n"
        self.lock = threading.Lock()

    def ask(self, *words):
        with self.lock:
            print(*words, file=self.process.stdin, flush=True)
            return self.process.stdout.readline()

    def set(self, direction, **values):
        for name, value in values.items():
            self.ask(direction, name, value)

    def report(self, direction="down"):
        return json.loads(self.ask(direction, "report"))

    def kill(self):
        self.process.kill()
        self.process.wait()


class Links:
    """Has what network.Program wants of a network."""

    def __init__(self, n):
        self.n = n
        self.names = {role: f"rtc-{os.getpid()}-{role}" for role in
                      ("sink", *(f"far{i}" for i in range(n)))}
        self.relays = []

    def command(self, role, *words):
        return ("ip", "netns", "exec", self.names[role], *words)

    def set_up(self, delay=40, queue=300):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        atexit.register(self.remove)
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up")
        for i in range(self.n):
            relay = Relay(self.names["sink"], f"tun{i}", self.names[f"far{i}"], "tun0")
            self._address("sink", f"tun{i}", f"10.78.{i}.1", f"10.78.{i}.2")
            self._address(f"far{i}", "tun0", f"10.78.{i}.2", f"10.78.{i}.1")
            for direction in ("down", "up"):
                relay.set(direction, delay=delay, queue=queue)
            self.relays.append(relay)

    def _address(self, role, device, here, there):
        run(*self.command(role, "ip", "address", "add", here, "peer", there, "dev", device))
        run(*self.command(role, "ip", "link", "set", device, "up"))

    def remove(self):
        for relay in self.relays:
            relay.kill()
        for name in self.names.values():
            subprocess.run(("ip", "netns", "del", name), stderr=subprocess.DEVNULL)


def uri(link, port=PORT):
    return f"ws://10.78.{link}.1:{port}"


def start_sink(links, source, properties="", port=PORT):
    """Prints a line of JSON for what happens: see ratesink.py."""
    words = ("/usr/bin/python3", f"{HERE}/ratesink.py", str(port), source, properties)
    sink = Program(links, "sink", *words)
    sink.wait_lines('"sent"', 1)
    return sink


def start_viewer(links, link):
    """Prints a line with FRAME in it for each frame."""
    return Program(
        *(links, f"far{link}", "gst-launch-1.0", "-v", "webrtcsrc", 'stun-server=""'),
        *("connect-to-first-producer=true", f"signaller::uri={uri(link)}", "!"),
        *("videoconvert", "!", "fakesink", "silent=false", "sync=false"),
    )


def start_browser(links, link):
    """Of a sink with WEB: prints what watch.mjs says."""
    page = f"http://10.78.{link}.1:{WEB_PORT}"
    watch = f"{HERE}/../../browser/watch.mjs"
    return Program(links, f"far{link}", "node", watch, page, uri(link))


def presented(viewer, begin, end):
    """When a browser showed frames, in the page's own seconds."""
    lines = viewer.since(BROWSER_FRAME, begin, end)
    return [float(line.split()[2]) / 1000 for _, line in lines]


def stats(viewer, begin, end):
    """What its getStats said of the video, first and last."""
    lines = viewer.since("page: stats ", begin, end)
    expect(len(lines) > 1, "no statistics")
    return [json.loads(lines[i][1].split(" ", 2)[2]) for i in (0, -1)]


class Receivers:
    """Viewers that do not decode, in one process: see bench/receiver.c."""

    def __init__(self, links, link, port=PORT):
        words = (f"{BUILD}/tests/bench/bench-receiver", uri(link, port), "viewers")
        self.process = subprocess.Popen(
            links.command(f"far{link}", *words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.stop)

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        expect(answer, "the receivers are gone")
        return answer

    def report(self):
        return json.loads(self.ask("report"))

    def add(self, n):
        while n > 0:
            self.ask(f"add {min(n, 3)}")
            n -= 3

    def stop(self):
        self.process.kill()
        self.process.wait()


class Rate:
    """What goes through a relay, measured over and over."""

    def __init__(self, relay, interval=0.5):
        self.relay = relay
        self.samples = []  # (time, bit/s, report)
        self.stopped = threading.Event()
        relay.report()
        self.interval = interval
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        last = time.monotonic()
        while not self.stopped.wait(self.interval):
            report = self.relay.report()
            now = time.monotonic()
            self.samples.append((now, report["bytes"] * 8 / (now - last), report))
            last = now

    def stop(self):
        self.stopped.set()
        self.thread.join()

    def since(self, time_, until=float("inf")):
        return [s for s in self.samples if time_ <= s[0] < until]

    def mean(self, since, until=float("inf")):
        samples = self.since(since, until)
        return sum(s[1] for s in samples) / max(1, len(samples))

    def wait_above(self, bitrate, seconds):
        """Returns how long it took until two seconds were above."""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            now = time.monotonic()
            if now - begin > 2 and self.mean(max(begin, now - 2)) > bitrate:
                return now - begin
            self.stopped.wait(0.1)
        return None

    def queue_p95(self, since, until=float("inf")):
        """Of the half seconds' 95th percentiles, the 95th percentile."""
        values = sorted(s[2]["queue_ms"]["p95"] for s in self.since(since, until))
        return values[int(0.95 * (len(values) - 1))] if values else 0.0


def bear(check, times=3):
    """Has it done again when it fails: a machine that is busy looks like a
    network that is."""
    for _ in range(times - 1):
        try:
            return check()
        except Failure as failure:
            print(f"# once more: {failure}", flush=True)
    return check()


def wait_seconds(program, seconds):
    """Time that passes while a program lives, by its own lines."""
    program.wait_lines('"second"', int(seconds), seconds + 60, time.monotonic())


def seconds_of(sink, since, until=float("inf")):
    """What the sink said each second, see ratesink.py."""
    return [json.loads(line) for _, line in sink.since('"second"', since, until)]


def jain(values):
    """Fairness: 1 when all are equal, 1/n when one has all."""
    return sum(values) ** 2 / (len(values) * sum(v * v for v in values))


def numbers(text):
    return [float(n) for n in re.findall(r"[\d.]+", text)]

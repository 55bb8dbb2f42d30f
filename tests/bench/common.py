# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the benchmarks share: finding the elements, running a sink, reading /proc."""

import argparse
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD_DIR", TOP / "build"))
TICKS = os.sysconf("SC_CLK_TCK")

# Content that needs the bitrate at 720p, and does not exceed it
PATTERN = "smpte horizontal-speed=4"


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--plugin-path", metavar="DIR", help="measure the elements of the plugin in DIR "
                        "instead of ours; they are then signalled by our server")
    return parser


def environment(plugin_path):
    """Only GStreamer's own plugins and the one that is measured."""
    env = dict(os.environ)
    system = subprocess.run(["pkg-config", "--variable=pluginsdir", "gstreamer-1.0"], check=True,
                            capture_output=True, text=True).stdout.strip()
    env["GST_PLUGIN_SYSTEM_PATH_1_0"] = system
    env["GST_PLUGIN_PATH"] = str(plugin_path or BUILD / "ext" / "webrtc")
    env["LD_LIBRARY_PATH"] = f"{BUILD / 'gst' / 'rtc'}:{env.get('LD_LIBRARY_PATH', '')}"
    env["GST_REGISTRY"] = str(BUILD / "bench.registry")
    return env


def print_plugin(env):
    out = subprocess.run(["gst-inspect-1.0", "webrtcsink"], env=env, check=True, capture_output=True,
                         text=True).stdout
    print(next(line for line in out.splitlines() if "Filename" in line).strip(), file=sys.stderr)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextlib.contextmanager
def process(command, env, **kwargs):
    child = subprocess.Popen(command, env=env, **kwargs)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()


def wait_for_port(port, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def sink(env, port, width, height, bitrate, control="disabled"):
    """A producer in a process of its own, with content that needs the bitrate."""
    line = (f"gst-launch-1.0 -q videotestsrc is-live=true pattern={PATTERN} ! "
            f"video/x-raw,format=I420,width={width},height={height},framerate=30/1 ! "
            f"webrtcsink stun-server=NULL run-signalling-server=true signalling-server-host=127.0.0.1 "
            f"signalling-server-port={port} video-caps=video/x-vp8 congestion-control={control} "
            f"max-bitrate={bitrate} start-bitrate={bitrate} do-fec=false")
    return process(line.split(), env, stdout=subprocess.DEVNULL)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cores(pid, seconds):
    """Cores in use by a process over some seconds."""
    before, start = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - start)


def thread_seconds(pid):
    """CPU time of each thread of a process"""
    threads = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            threads[task.name] = int((task / "schedstat").read_text().split()[0]) / 1e9
    return threads


def status(pid, key):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


def slope(xs, ys):
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]

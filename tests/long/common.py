# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the long tests share."""

import ctypes
import gc
import os
import pathlib
import socket
import sys
import threading
import time

# Memory that was freed but kept says nothing about a leak, and how much is kept
# depends on the most that was ever in use at once. GLib's slices keep it, and
# glibc in up to eight arenas a core, each up to a threshold that it raises with
# every large block. All three are read before the first allocation.
ALLOCATOR = {"G_SLICE": "always-malloc", "MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
if any(os.environ.get(name) != value for name, value in ALLOCATOR.items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ALLOCATOR})

import gi  # noqa: E402

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

STUN_OFF = "stun-server=NULL"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def status(key):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise KeyError(key)


class Mallinfo2(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks",
                                                     "fsmblks", "uordblks", "fordblks", "keepcost")]


def heap_in_use():
    """Bytes that were allocated and not freed, in all arenas."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Mallinfo2
    info = mallinfo2()
    return info.uordblks + info.hblkhd


def usage():
    gc.collect()
    # what malloc keeps for later in the arenas of threads that ended is not in use
    ctypes.CDLL(None).malloc_trim(0)
    return {"threads": status("Threads"), "descriptors": len(os.listdir("/proc/self/fd")), "rss_kb": status("VmRSS"),
            "heap_kb": heap_in_use() // 1024}


def settled_usage():
    """What is in use once threads have stopped to end."""
    seen = usage()
    still_since = time.monotonic()
    while time.monotonic() - still_since < 20:
        time.sleep(0.5)
        now = usage()
        if now["threads"] != seen["threads"]:
            still_since = time.monotonic()
        seen = now
    return seen


class Log:
    """Collects warnings and worse of GStreamer and GLib, but for those that are expected."""

    def __init__(self, expected):
        self.expected = expected
        self.lines = []
        self.lock = threading.Lock()
        Gst.debug_remove_log_function(None)
        Gst.debug_set_default_threshold(Gst.DebugLevel.WARNING)
        Gst.debug_add_log_function(self.on_log)
        GLib.log_set_handler(None, GLib.LogLevelFlags.LEVEL_CRITICAL | GLib.LogLevelFlags.LEVEL_WARNING,
                             self.on_glib_log)

    def add(self, text):
        if not any(e in text for e in self.expected):
            with self.lock:
                self.lines.append(text)
            print("log:", text, file=sys.stderr)

    def on_log(self, category, level, file, function, line, source, message, *data):
        if level in (Gst.DebugLevel.WARNING, Gst.DebugLevel.ERROR):
            self.add(f"{category.get_name()} {function}: {message.get()}")

    def on_glib_log(self, domain, level, message, *data):
        self.add(f"{domain}: {message}")


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"FAIL: waited {seconds} s in vain for {what}")
        time.sleep(0.05)


def wait_for_port(port):
    def answers():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    wait_until(answers, f"port {port}")

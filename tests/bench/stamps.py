# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames that carry the time at which they were made: the programs of the latency benchmark.

stamps.py produce PORT WIDTH HEIGHT RATE
stamps.py receive FRAMES URI LATENCY
stamps.py codec FRAMES WIDTH HEIGHT RATE ENCODER

The last two print a JSON list of milliseconds, one a frame.
"""

import json
import random
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

BLOCK = 16  # pixels: what an encoder does not smear
BITS = 32
PER_ROW = 16


def now():
    """Microseconds, of the clock that all processes share."""
    return time.monotonic_ns() // 1000


def write_stamp(frame, width, value):
    for bit in range(BITS):
        row, column = divmod(bit, PER_ROW)
        line = (b"\xeb" if value >> bit & 1 else b"\x10") * BLOCK
        for y in range(row * BLOCK, (row + 1) * BLOCK):
            start = y * width + column * BLOCK
            frame[start:start + BLOCK] = line


def read_stamp(data, stride):
    value = 0
    for bit in range(BITS):
        row, column = divmod(bit, PER_ROW)
        middle = (row * BLOCK + BLOCK // 2) * stride + column * BLOCK + BLOCK // 2
        value |= (data[middle] > 128) << bit
    return value


def age_of(buffer, caps):
    width = caps.get_structure(0).get_int("width")[1]
    stride = (width + 3) // 4 * 4
    ok, info = buffer.map(Gst.MapFlags.READ)
    stamp = read_stamp(info.data, stride) if ok else 0
    buffer.unmap(info)
    return ((now() - stamp) & 0xffffffff) / 1000


class Stamper:
    """Feeds an appsrc with stamped frames at their rate, from the main loop."""

    def __init__(self, source, width, height, rate):
        self.source = source
        self.width = width
        self.size = width * height * 3 // 2
        noise = random.Random(1)
        picture = bytes(noise.randrange(80, 160) for _ in range(width))
        self.frame = bytearray(picture * height + b"\x80" * (width * height // 2))
        GLib.timeout_add(1000 // rate, self.push)

    def push(self):
        # something moves, so that there is something to encode
        y = 64 * self.width
        self.frame[y:y + 64 * self.width] = self.frame[y + 8:y + 64 * self.width] + self.frame[y:y + 8]
        write_stamp(self.frame, self.width, now() & 0xffffffff)
        self.source.emit("push-buffer", Gst.Buffer.new_wrapped(bytes(self.frame)))
        return GLib.SOURCE_CONTINUE


def source_line(width, height, rate):
    return (f"appsrc name=source is-live=true do-timestamp=true format=time max-buffers=1 "
            f"leaky-type=downstream "
            f"caps=video/x-raw,format=I420,width={width},height={height},framerate={rate}/1 ! ")


def play(pipeline, loop):
    def on_message(_bus, message):
        if message.type == Gst.MessageType.ERROR:
            print(message.parse_error(), file=sys.stderr)
            sys.exit(1)

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    pipeline.set_state(Gst.State.PLAYING)
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    pipeline.set_state(Gst.State.NULL)


def produce(port, width, height, rate):
    pipeline = Gst.parse_launch(
        source_line(width, height, rate) + "webrtcsink stun-server=NULL run-signalling-server=true "
        f"signalling-server-host=127.0.0.1 signalling-server-port={port} video-caps=video/x-vp8 "
        "congestion-control=disabled start-bitrate=1500000 max-bitrate=1500000 do-fec=false")
    stamper = Stamper(pipeline.get_by_name("source"), width, height, rate)
    play(pipeline, GLib.MainLoop())
    return stamper


def collect(pipeline, frames, skipped):
    """Ages of frames as they come out of the element called sink."""
    loop = GLib.MainLoop()
    ages = []

    def on_handoff(_sink, buffer, pad):
        ages.append(age_of(buffer, pad.get_current_caps()))
        if len(ages) == frames + skipped:
            loop.quit()

    pipeline.get_by_name("sink").connect("handoff", on_handoff)
    GLib.timeout_add_seconds(60, lambda: sys.exit("too few frames came"))
    play(pipeline, loop)
    return ages[skipped:]


# What a sink allows itself for rendering, 20 ms if nobody says otherwise, is its own
OUT = "video/x-raw,format=I420 ! fakesink name=sink signal-handoffs=true processing-deadline=0 sync="


def set_latency_otherwise(source, latency):
    """For elements without the property: on webrtcbin, when there is one."""
    def on_ready(_signaller, _session, webrtcbin):
        webrtcbin.set_property("latency", latency)

    source.get_property("signaller").connect("webrtcbin-ready", on_ready)


def receive(frames, uri, latency):
    pipeline = Gst.parse_launch(f"webrtcsrc name=src stun-server=NULL signaller::uri={uri} "
                                f"connect-to-first-producer=true ! videoconvert ! {OUT}true")
    source = pipeline.get_by_name("src")
    if source.find_property("latency"):
        source.set_property("latency", latency)
    else:
        set_latency_otherwise(source, latency)
    return collect(pipeline, frames, 60)


def codec(frames, width, height, rate, encoder):
    pipeline = Gst.parse_launch(source_line(width, height, rate) + f"{encoder} ! vp8dec ! {OUT}false")
    stamper = Stamper(pipeline.get_by_name("source"), width, height, rate)
    return collect(pipeline, frames, 90) if stamper else []


def main():
    Gst.init(None)
    job, *rest = sys.argv[1:]
    if job == "produce":
        produce(*map(int, rest))
    elif job == "receive":
        print(json.dumps(receive(int(rest[0]), rest[1], int(rest[2]))))
    else:
        print(json.dumps(codec(*map(int, rest[:4]), rest[4])))


main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A producer whose streams come, change and go.

usage: change.py SIGNALLING-PORT WEB-PORT PAGE-DIRECTORY STREAM STEP...

STREAM is what it begins with. Each SIGUSR1 does the next STEP: "add STREAM",
"remove N" (the N-th stream that was ever there, from 0) or "replace N STREAM"
(feeds its pad from another), and prints it. STREAM is a key of STREAMS.
"""

import signal
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

RAW = "videotestsrc is-live=true pattern=ball ! capsfilter caps=video/x-raw,"

STREAMS = {
    "video": RAW + "width=320,height=240,framerate=30/1",
    "larger": RAW + "width=400,height=300,framerate=15/1",
    "vp8": RAW + "width=320,height=240,framerate=30/1,format=I420 ! "
    "vp8enc deadline=1 keyframe-max-dist=30",
    "h264": RAW + "width=400,height=300,framerate=30/1,format=I420 ! "
    "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 ! "
    "capsfilter caps=video/x-h264,profile=constrained-baseline ! h264parse",
    "audio": "audiotestsrc is-live=true ! "
    "capsfilter caps=audio/x-raw,rate=48000,channels=2",
}


class Producer:
    def __init__(self, signalling_port, web_port, directory):
        self.pipeline = Gst.Pipeline()
        self.sink = Gst.ElementFactory.make("webrtcsink", "ws")
        for name, value in {
            "stun-server": None,
            "run-signalling-server": True,
            "signalling-server-host": "127.0.0.1",
            "signalling-server-port": int(signalling_port),
            "run-web-server": True,
            "web-server-host-addr": f"http://127.0.0.1:{web_port}",
            "web-server-directory": directory,
        }.items():
            self.sink.set_property(name, value)
        self.pipeline.add(self.sink)
        self.bins = []

    def make_bin(self, stream):
        bin = Gst.parse_bin_from_description(STREAMS[stream], True)
        self.pipeline.add(bin)
        return bin

    def add(self, stream):
        bin = self.make_bin(stream)
        bin.link(self.sink)
        bin.sync_state_with_parent()
        self.bins.append(bin)

    def take_out(self, number):
        bin = self.bins[int(number)]
        src = bin.get_static_pad("src")
        sink = src.get_peer()
        bin.set_locked_state(True)
        bin.set_state(Gst.State.NULL)
        src.unlink(sink)
        self.pipeline.remove(bin)
        return sink

    def remove(self, number):
        self.sink.release_request_pad(self.take_out(number))

    def replace(self, number, stream):
        sink = self.take_out(number)
        bin = self.make_bin(stream)
        bin.get_static_pad("src").link(sink)
        bin.sync_state_with_parent()
        self.bins[int(number)] = bin


def main():
    signalling_port, web_port, directory, first, *steps = sys.argv[1:]
    loop = GLib.MainLoop()
    Gst.init(None)
    producer = Producer(signalling_port, web_port, directory)
    producer.add(first)

    def on_message(bus, message):
        if message.type == Gst.MessageType.ERROR:
            print("error", message.parse_error(), flush=True)
            loop.quit()

    def on_signal():
        verb, *words = steps.pop(0).split()
        getattr(producer, verb)(*words)
        print(verb, *words, flush=True)
        return GLib.SOURCE_CONTINUE

    bus = producer.pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGUSR1, on_signal)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    producer.pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    producer.pipeline.set_state(Gst.State.NULL)


main()

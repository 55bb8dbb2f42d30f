#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Receives several producers at once, each with a webrtcsrc of its own.

usage: sources.py SIGNALLING-URI SECONDS PEER-ID[=VIDEO-CODEC]...

All are started, and when each has played for SECONDS they are stopped, the
second first; the others have to go on. Ends with a JSON list on the last line,
one object for each: {"codec", "frames", "sent", "gap", "sent_gap", "width",
"height", "rate", "peak"}. "frames" were decoded, "sent" are those that came in
as RTP, "gap" is the longest one between two pictures in ms, by their timestamps,
and "sent_gap" that between two as they came; "rate" are pictures in a second. Exit status 1 and an object with "error" when
something goes wrong.
"""

import array
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

LIMIT = 40  # seconds more than asked for


class Source:
    def __init__(self, uri, wanted):
        self.peer_id, _, codec = wanted.partition("=")
        self.codec = None
        self.frames = 0
        self.sent = 0
        self.sent_before = None
        self.gap = self.sent_gap = 0
        self.last_sent = None
        self.first = self.last = None
        self.size = (0, 0)
        self.peak = 0
        self.pipeline = Gst.Pipeline()
        self.source = Gst.ElementFactory.make("webrtcsrc")
        self.source.set_property("stun-server", None)
        if codec:
            Gst.util_set_object_arg(self.source, "video-codecs", f"<{codec}>")
        signaller = self.source.get_property("signaller")
        signaller.set_property("uri", uri)
        signaller.set_property("producer-peer-id", self.peer_id)
        self.source.connect("pad-added", self.on_pad_added)
        self.source.connect("deep-element-added", self.on_element_added)
        self.pipeline.add(self.source)

    def on_element_added(self, _bin, _sub_bin, element):
        factory = element.get_factory()
        if factory and factory.get_name() in (
            "rtpvp8depay",
            "rtpvp9depay",
            "rtph264depay",
        ):
            self.codec = factory.get_name()[3:-5].upper()
            pad = element.get_static_pad("sink")
            pad.add_probe(Gst.PadProbeType.BUFFER, self.on_packet)

    def on_packet(self, _pad, info):
        buffer = info.get_buffer()
        if buffer.extract_dup(1, 1)[0] & 0x80:
            self.sent += 1
            if self.frames > 0 and self.last_sent is not None:
                gap = (buffer.pts - self.last_sent) // Gst.MSECOND
                self.sent_gap = max(self.sent_gap, gap)
            self.last_sent = buffer.pts
        return Gst.PadProbeReturn.OK

    def on_pad_added(self, _source, pad):
        is_video = pad.get_name().startswith("video")
        chain = (
            "queue ! videoconvert ! video/x-raw,format=I420"
            if is_video
            else "queue ! audioconvert ! audioresample ! audio/x-raw,format=S16LE"
        )
        sink = Gst.parse_bin_from_description(
            f"{chain} ! fakesink name=end sync=false", True
        )
        end = sink.get_by_name("end").get_static_pad("sink")
        end.add_probe(
            Gst.PadProbeType.BUFFER, self.on_picture if is_video else self.on_sound
        )
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def on_picture(self, pad, info):
        pts = info.get_buffer().pts
        structure = pad.get_current_caps().get_structure(0)
        self.size = (structure.get_int("width")[1], structure.get_int("height")[1])
        if self.first is None:
            # what came in before the first key frame makes no picture
            self.first = pts
            self.sent_before = self.sent - 1
        else:
            self.gap = max(self.gap, (pts - self.last) // Gst.MSECOND)
        self.last = pts
        self.frames += 1
        return Gst.PadProbeReturn.OK

    def on_sound(self, _pad, info):
        buffer = info.get_buffer()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        self.peak = max(self.peak, max(samples, default=0))
        return Gst.PadProbeReturn.OK

    def played(self):
        return (self.last - self.first) / Gst.SECOND if self.frames > 1 else 0

    def summary(self):
        return {
            "codec": self.codec,
            "frames": self.frames,
            "sent": self.sent - (self.sent_before or 0),
            "gap": self.gap,
            "sent_gap": self.sent_gap,
            "width": self.size[0],
            "height": self.size[1],
            "rate": self.frames / self.played() if self.played() else 0,
            "peak": self.peak,
        }


class Run:
    def __init__(self, sources, seconds):
        self.sources = sources
        self.seconds = seconds
        self.loop = GLib.MainLoop()
        self.error = None
        self.counts = None

    def fail(self, why):
        self.error = why
        self.loop.quit()
        return GLib.SOURCE_REMOVE

    def on_message(self, _bus, message, source):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            self.fail(f"{source.peer_id}: {error.message} ({debug})")
        elif message.type == Gst.MessageType.EOS:
            self.fail(f"{source.peer_id}: end of stream")

    def look(self):
        if self.counts is None:
            if all(source.played() >= self.seconds for source in self.sources):
                self.stop_second()
        elif all(
            source.frames >= count + 30
            for source, count in zip(self.sources, self.counts)
            if count is not None
        ):
            self.loop.quit()
        return GLib.SOURCE_CONTINUE

    def stop_second(self):
        self.counts = [source.frames for source in self.sources]
        if len(self.sources) > 1:
            self.sources[1].pipeline.set_state(Gst.State.NULL)
            self.counts[1] = None

    def __call__(self):
        for source in self.sources:
            bus = source.pipeline.get_bus()
            bus.add_signal_watch()
            bus.connect("message", self.on_message, source)
            source.pipeline.set_state(Gst.State.PLAYING)
        GLib.timeout_add(50, self.look)
        GLib.timeout_add_seconds(
            int(self.seconds) + LIMIT,
            lambda: self.fail(f"not enough: {[s.summary() for s in self.sources]}"),
        )
        self.loop.run()
        result = [source.summary() for source in self.sources]
        for source in self.sources:
            source.pipeline.set_state(Gst.State.NULL)
        return result


def main():
    uri, seconds, *wanted = sys.argv[1:]
    Gst.init(None)
    run = Run([Source(uri, one) for one in wanted], float(seconds))
    result = run()
    print(json.dumps({"error": run.error} if run.error else result), flush=True)
    return 1 if run.error else 0


if __name__ == "__main__":
    sys.exit(main())

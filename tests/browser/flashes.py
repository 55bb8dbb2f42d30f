#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""How far sound is behind the picture, out of a webrtcsrc.

usage: flashes.py SIGNALLING-URI PEER-ID FLASHES

The producer shows black, with a white flash now and then, and is silent but
for a beep with each. Ends with a JSON object on the last line: "offsets" are the
times from a flash to its beep in ms, of FLASHES of them. Exit status 1
and an object with "error" when something goes wrong.
"""

import array
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

LIMIT = 60  # seconds
APART = 400  # ms between a flash and a beep that do not belong together
SKIPPED = 3  # flashes at the beginning, before the clocks are known


class Edges:
    """When something begins that was not there for a while."""

    def __init__(self, quiet):
        self.quiet = quiet
        self.last = None
        self.times = []

    def note(self, there, time):
        if not there:
            return
        if self.last is None or time - self.last > self.quiet:
            self.times.append(time)
        self.last = time


class Track:
    """What is known of the packets of a stream."""

    def __init__(self, rate):
        self.rate = rate
        self.ssrc = None
        self.packets = []  # (presentation time in ms, RTP timestamp)

    def note(self, buffer):
        header = buffer.extract_dup(0, 12)
        self.ssrc = int.from_bytes(header[8:12], "big")
        self.packets.append(
            (buffer.pts / Gst.MSECOND, int.from_bytes(header[4:8], "big"))
        )

    def told(self, time, report):
        """The producer's clock in ms, at a presentation time."""
        pts, timestamp = max(p for p in self.packets if p[0] <= time + 0.5)
        ntp, rtp = report
        ticks = (timestamp - rtp + 2**31) % 2**32 - 2**31
        return ntp / 2**32 * 1000 + 1000 * ticks / self.rate + time - pts


class Measurement:
    def __init__(self, uri, peer_id, n_flashes):
        self.n_flashes = n_flashes
        self.flashes = Edges(300)
        self.beeps = Edges(300)
        self.tracks = {"video": Track(90000), "audio": Track(48000)}
        self.reports = {}  # by SSRC, the last (NTP time, RTP timestamp)
        self.error = None
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline()
        source = Gst.ElementFactory.make("webrtcsrc")
        source.set_property("stun-server", None)
        Gst.util_set_object_arg(source, "video-codecs", "<VP8>")
        signaller = source.get_property("signaller")
        signaller.set_property("uri", uri)
        signaller.set_property("producer-peer-id", peer_id)
        source.connect("pad-added", self.on_pad_added)
        source.connect("deep-element-added", self.on_element_added)
        self.pipeline.add(source)

    def on_element_added(self, _bin, _sub_bin, element):
        name = element.get_factory().get_name() if element.get_factory() else ""
        if name == "rtpsession":
            element.connect("pad-added", self.on_session_pad)
        elif name in ("rtpvp8depay", "rtpopusdepay"):
            track = self.tracks["audio" if name == "rtpopusdepay" else "video"]
            element.get_static_pad("sink").add_probe(
                Gst.PadProbeType.BUFFER,
                lambda _pad, info: track.note(info.get_buffer())
                or Gst.PadProbeReturn.OK,
            )

    def on_session_pad(self, _session, pad):
        if pad.get_name() == "recv_rtcp_sink":
            pad.add_probe(Gst.PadProbeType.BUFFER, self.on_rtcp)

    def on_rtcp(self, _pad, info):
        packet = info.get_buffer().extract_dup(0, 20)
        if len(packet) == 20 and packet[1] == 200:
            self.reports[int.from_bytes(packet[4:8], "big")] = (
                int.from_bytes(packet[8:16], "big"),
                int.from_bytes(packet[16:20], "big"),
            )
        return Gst.PadProbeReturn.OK

    def told(self, kind, time):
        track = self.tracks[kind]
        return track.told(time, self.reports[track.ssrc])

    def on_pad_added(self, _source, pad):
        is_video = pad.get_name().startswith("video")
        sink = Gst.parse_bin_from_description(
            (
                "queue ! videoconvert ! videoscale ! "
                "video/x-raw,format=GRAY8,width=16,height=16"
                if is_video
                else "queue ! audioconvert ! audioresample ! "
                "audio/x-raw,format=S16LE,channels=1,rate=48000"
            )
            + " ! fakesink name=end sync=false",
            True,
        )
        end = sink.get_by_name("end").get_static_pad("sink")
        end.add_probe(
            Gst.PadProbeType.BUFFER, self.on_picture if is_video else self.on_sound
        )
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def on_picture(self, _pad, info):
        buffer = info.get_buffer()
        pixels = buffer.extract_dup(0, buffer.get_size())
        self.flashes.note(
            sum(pixels) / len(pixels) > 128, buffer.pts / Gst.MSECOND
        )
        return Gst.PadProbeReturn.OK

    def on_sound(self, _pad, info):
        buffer = info.get_buffer()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        for i, sample in enumerate(samples):
            self.beeps.note(abs(sample) > 2000, buffer.pts / Gst.MSECOND + i / 48)
        return Gst.PadProbeReturn.OK

    def pairs(self):
        found = []
        for flash in self.flashes.times[SKIPPED:]:
            beep = min(self.beeps.times, key=lambda t: abs(t - flash), default=None)
            if beep is not None and abs(beep - flash) < APART:
                found.append((flash, beep))
        return found

    def fail(self, why):
        self.error = why
        self.loop.quit()
        return GLib.SOURCE_REMOVE

    def on_message(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            self.fail(f"{error.message} ({debug})")
        elif message.type == Gst.MessageType.EOS:
            self.fail("end of stream")

    def look(self):
        if len(self.pairs()) >= self.n_flashes:
            self.loop.quit()
        return GLib.SOURCE_CONTINUE

    def __call__(self):
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)
        GLib.timeout_add(100, self.look)
        GLib.timeout_add_seconds(
            LIMIT,
            lambda: self.fail(
                f"{len(self.flashes.times)} flashes, {len(self.beeps.times)} beeps"
            ),
        )
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        if self.error:
            return {"error": self.error}
        return {
            "offsets": [
                {
                    "out": beep - flash,
                    "told": self.told("audio", beep) - self.told("video", flash),
                }
                for flash, beep in self.pairs()
            ]
        }


def main():
    uri, peer_id, n_flashes = sys.argv[1:]
    Gst.init(None)
    result = Measurement(uri, peer_id, int(n_flashes))()
    print(json.dumps(result), flush=True)
    return 1 if "error" in result else 0


if __name__ == "__main__":
    sys.exit(main())

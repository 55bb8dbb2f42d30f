#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Receives several producers at once, each with a webrtcsrc of its own.

usage: sources.py SIGNALLING-URI SECONDS PEER-ID[=VIDEO-CODEC]...
       sources.py SIGNALLING-URI SECONDS --seed=SEED --moves=N PEER-ID...

Without a seed all are started, and end when each has played for SECONDS. With
one they are started in an order by chance, then one after the other, by chance,
stops or starts, or stops and starts again, until all run. After each move those
that run have to go on. Ends with a JSON list on the last line, one
object for each:

  codec          of the video
  width, height  of the last picture
  rate           pictures in a second
  video          decoded pictures, each as [RTP timestamp, presentation time,
                 time of day]
  audio          packets that came out as sound, likewise
  naps           when this program got no time to run, each as [from, to] in
                 times of day
  sound          how long the decoded sound is
  peak           the loudest sample
  starts         how often it was started

Times are in ms. Exit status 1 and an object with "error" when something goes
wrong.
"""

import argparse
import array
import json
import random
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

LIMIT = 40  # seconds more than asked for, or for a move
NAP = 100  # ms without a turn
MORE = 20  # pictures after a move that show that a source goes on

DEPAYLOADERS = {
    "rtpvp8depay": "VP8",
    "rtpvp9depay": "VP9",
    "rtph264depay": "H264",
    "rtpopusdepay": None,
}


class Source:
    def __init__(self, uri, wanted):
        self.peer_id, _, codec = wanted.partition("=")
        self.codec = None
        self.starts = 0
        self.size = (0, 0)
        self.peak = 0
        self.bins = []
        self.forget()
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

    def forget(self):
        self.timestamps = {}  # of RTP, by presentation time
        self.video = []
        self.audio = []
        self.sound = 0

    def start(self):
        self.starts += 1
        self.forget()
        self.pipeline.set_state(Gst.State.PLAYING)

    def stop(self):
        self.pipeline.set_state(Gst.State.NULL)
        for one in self.bins:
            self.pipeline.remove(one)
        self.bins = []

    def on_element_added(self, _bin, _sub_bin, element):
        factory = element.get_factory()
        name = factory.get_name() if factory else None
        if name in DEPAYLOADERS:
            self.codec = DEPAYLOADERS[name] or self.codec
            pad = element.get_static_pad("sink")
            video = DEPAYLOADERS[name] is not None
            pad.add_probe(
                Gst.PadProbeType.BUFFER,
                self.on_video_packet if video else self.on_audio_packet,
            )

    def on_video_packet(self, _pad, info):
        buffer = info.get_buffer()
        self.timestamps[buffer.pts] = timestamp_of(buffer)
        return Gst.PadProbeReturn.OK

    def on_audio_packet(self, _pad, info):
        buffer = info.get_buffer()
        self.audio.append((timestamp_of(buffer), buffer.pts / Gst.MSECOND, now()))
        return Gst.PadProbeReturn.OK

    def on_pad_added(self, _source, pad):
        is_video = pad.get_name().startswith("video")
        chain = (
            "queue ! videoconvert ! video/x-raw,format=I420"
            if is_video
            else "queue ! audioconvert ! audioresample ! "
            "audio/x-raw,format=S16LE,channels=1"
        )
        sink = Gst.parse_bin_from_description(
            f"{chain} ! fakesink name=end sync=false", True
        )
        end = sink.get_by_name("end").get_static_pad("sink")
        end.add_probe(
            Gst.PadProbeType.BUFFER, self.on_picture if is_video else self.on_sound
        )
        self.bins.append(sink)
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def on_picture(self, pad, info):
        pts = info.get_buffer().pts
        structure = pad.get_current_caps().get_structure(0)
        self.size = (structure.get_int("width")[1], structure.get_int("height")[1])
        self.video.append((self.timestamps.get(pts), pts / Gst.MSECOND, now()))
        return Gst.PadProbeReturn.OK

    def on_sound(self, pad, info):
        buffer = info.get_buffer()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        rate = pad.get_current_caps().get_structure(0).get_int("rate")[1]
        self.sound += 1000 * len(samples) / rate
        self.peak = max(self.peak, max(samples, default=0))
        return Gst.PadProbeReturn.OK

    def played(self):
        return (self.video[-1][1] - self.video[0][1]) / 1000 if self.video else 0

    def summary(self):
        played = self.played()
        return {
            "codec": self.codec,
            "width": self.size[0],
            "height": self.size[1],
            "rate": (len(self.video) - 1) / played if played else 0,
            "video": self.video,
            "audio": self.audio,
            "sound": self.sound,
            "peak": self.peak,
            "starts": self.starts,
        }


def now():
    return time.time() * 1000


def timestamp_of(packet):
    return int.from_bytes(packet.extract_dup(4, 4), "big")


class Run:
    """All at once, for a time."""

    def __init__(self, sources, seconds):
        self.sources = sources
        self.seconds = seconds
        self.loop = GLib.MainLoop()
        self.error = None
        self.awake = now()
        self.naps = []

    def watch_sleep(self):
        """The loop has next to nothing to do: who is late did not run."""
        if now() - self.awake > NAP:
            self.naps.append((self.awake, now()))
        self.awake = now()
        return GLib.SOURCE_CONTINUE

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

    def begin(self):
        for source in self.sources:
            source.start()

    def look(self):
        if all(source.played() >= self.seconds for source in self.sources):
            self.loop.quit()
        return GLib.SOURCE_CONTINUE

    def limit(self):
        return int(self.seconds) + LIMIT

    def describe(self):
        return [
            (source.starts, len(source.video), source.peak)
            for source in self.sources
        ]

    def __call__(self):
        for source in self.sources:
            bus = source.pipeline.get_bus()
            bus.add_signal_watch()
            bus.connect("message", self.on_message, source)
        self.begin()
        self.awake = now()
        GLib.timeout_add(20, self.watch_sleep)
        GLib.timeout_add(50, self.look)
        GLib.timeout_add_seconds(
            self.limit(), lambda: self.fail(f"not enough: {self.describe()}")
        )
        self.loop.run()
        result = [
            {**source.summary(), "naps": self.naps} for source in self.sources
        ]
        for source in self.sources:
            source.stop()
        return result


class Moves(Run):
    """They stop and start in an order by chance."""

    def __init__(self, sources, seed, n_moves):
        super().__init__(sources, LIMIT * n_moves)
        self.chance = random.Random(seed)
        self.n_moves = n_moves
        self.moves = []
        self.running = set()
        self.wanted = {}

    def describe(self):
        return f"{self.moves} {super().describe()}"

    def start(self, i):
        self.moves.append(f"{i} starts")
        self.sources[i].start()
        self.running.add(i)

    def stop(self, i):
        self.moves.append(f"{i} stops")
        self.sources[i].stop()
        self.running.remove(i)

    def shuffled(self, which):
        which = sorted(which)
        self.chance.shuffle(which)
        return which

    def move(self):
        i = self.chance.randrange(len(self.sources))
        was_running = i in self.running
        if was_running:
            self.stop(i)
        if not was_running or self.chance.random() < 0.5:
            self.start(i)

    def expect_more(self):
        self.wanted = {i: len(self.sources[i].video) + MORE for i in self.running}

    def begin(self):
        for i in self.shuffled(range(len(self.sources))):
            self.start(i)
        self.expect_more()

    def goes_on(self, i):
        source = self.sources[i]
        return len(source.video) >= self.wanted[i] and source.sound > 0

    def look(self):
        if not all(self.goes_on(i) for i in self.running):
            return GLib.SOURCE_CONTINUE
        if len(self.moves) < self.n_moves:
            self.move()
        elif len(self.running) < len(self.sources):
            for i in self.shuffled(set(range(len(self.sources))) - self.running):
                self.start(i)
        else:
            self.loop.quit()
        self.expect_more()
        return GLib.SOURCE_CONTINUE


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("uri")
    parser.add_argument("seconds", type=float)
    parser.add_argument("peers", nargs="+")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--moves", type=int, default=0)
    wanted = parser.parse_args()
    Gst.init(None)
    sources = [Source(wanted.uri, one) for one in wanted.peers]
    if wanted.seed is None:
        run = Run(sources, wanted.seconds)
    else:
        run = Moves(sources, wanted.seed, wanted.moves)
    result = run()
    print(json.dumps({"error": run.error} if run.error else result), flush=True)
    return 1 if run.error else 0


if __name__ == "__main__":
    sys.exit(main())

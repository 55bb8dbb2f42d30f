#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A webrtcsink or webrtcsrc on a network that loses one packet of RTP in twenty,
and that sends none again.

usage: lossy.py send SIGNALLING-URI DO-FEC | lossy.py receive SIGNALLING-URI PEER-ID

Sends until it is ended. Receives until packets were corrected, or for 40 s, and
ends with the statistics of the video as a JSON object on the last line.
"""

import json
import random
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

SHARE = 0.05
ENOUGH = 20
SECONDS = 40

chance = random.Random(1)


def is_rtp(buffer):
    header = buffer.extract_dup(0, 2)
    return len(header) == 2 and header[0] >> 6 == 2 and not 64 <= header[1] & 127 <= 95


def on_packets(pad, info):
    if info.type & Gst.PadProbeType.BUFFER_LIST:
        # one by one: each of them comes here again
        packets = info.get_buffer_list()
        for i in range(packets.length()):
            pad.chain(packets.get(i).copy())
        return Gst.PadProbeReturn.DROP
    lost = is_rtp(info.get_buffer()) and chance.random() < SHARE
    return Gst.PadProbeReturn.DROP if lost else Gst.PadProbeReturn.OK


def lose_at(bin_, factory, pad):
    def on_element(_bin, _sub_bin, element):
        made_by = element.get_factory()
        if made_by and made_by.get_name() == factory:
            element.get_static_pad(pad).add_probe(
                Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, on_packets
            )

    bin_.connect("deep-element-added", on_element)


def make_sender(uri, fec):
    pipeline = Gst.parse_launch(
        "videotestsrc is-live=true pattern=smpte horizontal-speed=4 ! "
        "video/x-raw,width=640,height=360,framerate=30/1 ! webrtcsink name=sink "
        "do-retransmission=false start-bitrate=1000000 max-bitrate=1500000 "
        f"video-caps=video/x-vp8 do-fec={fec} meta=meta,name=fec-{fec} "
        f"signaller::uri={uri}"
    )
    sink = pipeline.get_by_name("sink")
    sink.set_property("stun-server", None)
    sink.connect(
        "consumer-pipeline-created",
        lambda _sink, _peer, made: lose_at(made, "nicesink", "sink"),
    )
    return pipeline


def get_video(source):
    stats = source.get_property("stats")
    for i in range(stats.n_fields()):
        one = stats.get_value(stats.nth_field_name(i))
        if stats.nth_field_name(i).startswith("video"):
            names = (one.nth_field_name(k) for k in range(one.n_fields()))
            return {name: one.get_value(name) for name in names}
    return {}


def make_receiver(uri, peer_id, loop):
    pipeline = Gst.Pipeline()
    source = Gst.ElementFactory.make("webrtcsrc")
    source.set_property("stun-server", None)
    source.set_property("do-retransmission", False)
    source.get_property("signaller").set_property("uri", uri)
    source.get_property("signaller").set_property("producer-peer-id", peer_id)
    pipeline.add(source)
    lose_at(pipeline, "nicesrc", "src")
    ticks = iter(range(SECONDS * 2))

    def on_pad(_source, pad):
        end = Gst.ElementFactory.make("fakesink")
        end.set_property("sync", False)
        pipeline.add(end)
        end.sync_state_with_parent()
        pad.link(end.get_static_pad("sink"))

    def look():
        video = get_video(source)
        if video.get("packets-recovered", 0) >= ENOUGH or next(ticks, None) is None:
            print(json.dumps(video), flush=True)
            loop.quit()
            return False
        return True

    source.connect("pad-added", on_pad)
    GLib.timeout_add(500, look)
    return pipeline


def main():
    what, uri, argument = sys.argv[1:]
    Gst.init(None)
    loop = GLib.MainLoop()
    if what == "send":
        pipeline = make_sender(uri, argument)
    else:
        pipeline = make_receiver(uri, argument, loop)

    def on_error(_bus, message):
        print(message.parse_error()[0].message, flush=True)
        loop.quit()

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", on_error)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)


if __name__ == "__main__":
    sys.exit(main())

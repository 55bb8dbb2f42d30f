#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""ratesink.py PORT SOURCE PROPERTIES: a webrtcsink with a server of its own.

Prints what happens as lines of JSON, {"event": NAME, ...}: the first frame that
was sent, a consumer that was added or removed, an encoder that was set up, an
error, and each second that passed with the renditions in use, what they aim at,
who watches which, what feedback says that consumers receive (bit/s) and lose
(percent), and what encoders have made in all: bytes and key frames.

Reads "share CONSUMER BITRATE" from its input: the application's word on what the
n-th consumer's encoder is to have; 0 takes it back.
"""

import re
import sys
import threading

import gi
from events import tell

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

peers = []  # in the order in which they came
shares = {}  # of peers
made = {"frames": 0, "bytes": 0, "keys": 0, "key_bytes": 0}


def on_frame(_pad, _info):
    tell("sent")
    return Gst.PadProbeReturn.REMOVE


def find_feedback(stats):
    """Of the pair of candidates in what a webrtcbin says"""
    for i in range(stats.n_fields()):
        part = stats.get_value(stats.nth_field_name(i))
        if isinstance(part, Gst.Structure) and part.has_field("gst-twcc-stats"):
            said = part.get_value("gst-twcc-stats")
            return said.get_value("bitrate-recv"), said.get_value("packet-loss-pct")
    return None


def on_second(sink):
    stats = sink.get_property("stats")
    watched, bitrates, feedback = {}, {}, {}
    for i in range(stats.n_fields()):
        peer = stats.nth_field_name(i)
        said = str(stats.get_value(peer).to_string())
        feedback[peer] = find_feedback(stats.get_value(peer))
        for name in re.findall(r"rendition-[\w-]+", said):
            watched[peer] = name
            bitrates[name] = int(re.search(r"bitrate\W*int\W*(\d+)", said).group(1))
    counts = {"renditions": len(bitrates), **made}
    tell("second", bitrates=bitrates, watched=watched, feedback=feedback, **counts)
    return True


def on_added(_sink, peer, _webrtcbin):
    peers.append(peer)
    tell("consumer-added", peer=peer)


def on_removed(_sink, peer, _webrtcbin):
    tell("consumer-removed", peer=peer)


def on_encoded(_pad, info):
    frame = info.get_buffer()
    made["frames"] += 1
    made["bytes"] += frame.get_size()
    if not frame.has_flags(Gst.BufferFlags.DELTA_UNIT):
        made["keys"] += 1
        made["key_bytes"] += frame.get_size()
    return Gst.PadProbeReturn.OK


def on_encoder_setup(_sink, peer, pad, encoder):
    tell("encoder", peer=peer, pad=pad, factory=encoder.get_factory().get_name())
    encoder.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, on_encoded)
    return False


def define_bitrates(_sink, peer, _overall, bitrates):
    defined = bitrates.copy()
    for i in range(defined.n_fields()):
        if shares.get(peer):
            defined.set_value(defined.nth_field_name(i), shares[peer])
    return defined


def read_commands(sink):
    for line in sys.stdin:
        _, number, bitrate = line.split()
        if not shares:
            sink.connect("define-encoder-bitrates", define_bitrates)
        shares[peers[int(number)]] = int(bitrate)


def main():
    port, source, properties = sys.argv[1:]
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"{source} ! webrtcsink name=sink run-signalling-server=true "
        f"signalling-server-host=0.0.0.0 signalling-server-port={port} {properties}"
    )
    sink = pipeline.get_by_name("sink")
    sink.set_property("stun-server", None)
    sink.connect("consumer-added", on_added)
    sink.connect("consumer-removed", on_removed)
    sink.connect("encoder-setup", on_encoder_setup)
    sink.get_static_pad("video_0").add_probe(Gst.PadProbeType.BUFFER, on_frame)

    loop = GLib.MainLoop()

    def on_error(_bus, message):
        tell("error", text=message.parse_error()[0].message)
        loop.quit()

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", on_error)
    GLib.timeout_add_seconds(1, on_second, sink)
    threading.Thread(target=read_commands, args=(sink,), daemon=True).start()
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return 1


if __name__ == "__main__":
    sys.exit(main())

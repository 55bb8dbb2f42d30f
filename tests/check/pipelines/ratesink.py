#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""ratesink.py PORT SOURCE PROPERTIES: a webrtcsink with a server of its own.

Prints what happens as lines of JSON, {"event": NAME, ...}: the first frame that
was sent, an encoder that was set up, each second that passed with how many renditions are in use, an error.
"""

import json
import re
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def tell(name, **fields):
    print(json.dumps({"event": name, **fields}), flush=True)


def on_frame(_pad, _info):
    tell("sent")
    return Gst.PadProbeReturn.REMOVE


def on_second(sink):
    stats = sink.get_property("stats").to_string()
    tell("second", renditions=len(set(re.findall(r"rendition-[\w-]+", stats))))
    return True


def on_encoder_setup(_sink, peer, pad, encoder):
    tell("encoder", peer=peer, pad=pad, factory=encoder.get_factory().get_name())
    return False


def main():
    port, source, properties = sys.argv[1:]
    Gst.init(None)
    pipeline = Gst.parse_launch(
        f"{source} ! webrtcsink name=sink run-signalling-server=true "
        f"signalling-server-host=0.0.0.0 signalling-server-port={port} {properties}"
    )
    sink = pipeline.get_by_name("sink")
    sink.set_property("stun-server", None)
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
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return 1


if __name__ == "__main__":
    sys.exit(main())

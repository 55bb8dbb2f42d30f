#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""eventsink.py PORT WEB-PORT: a webrtcsink with servers of its own, for
signalling and for the browser library, on all addresses.

Prints what happens as lines of JSON, {"event": NAME, "peer": ID}: a consumer
that was added or removed, a frame that was sent, an error.
"""

import pathlib
import sys

import gi
from events import tell

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def on_frame(_pad, _info):
    tell("sent")
    return Gst.PadProbeReturn.OK


def main():
    port, web_port = sys.argv[1:]
    library = pathlib.Path(__file__).resolve().parents[3] / "ext/gstwebrtc-api"
    Gst.init(None)
    pipeline = Gst.parse_launch(
        "videotestsrc is-live=true pattern=ball ! "
        "video/x-raw,width=160,height=120,framerate=30/1 ! "
        "webrtcsink name=sink run-signalling-server=true "
        f"signalling-server-host=0.0.0.0 signalling-server-port={port} "
        f"run-web-server=true web-server-host-addr=http://0.0.0.0:{web_port} "
        f"web-server-directory={library}"
    )
    sink = pipeline.get_by_name("sink")
    sink.set_property("stun-server", None)
    for name in ("consumer-added", "consumer-removed"):
        sink.connect(name, lambda _sink, peer, _bin, name: tell(name, peer=peer), name)
    sink.get_static_pad("video_0").add_probe(Gst.PadProbeType.BUFFER, on_frame)

    loop = GLib.MainLoop()

    def on_error(_bus, message):
        tell("error", text=message.parse_error()[0].message)
        loop.quit()

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", on_error)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return 1


if __name__ == "__main__":
    sys.exit(main())

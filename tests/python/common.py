# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the tests in Python share: pipelines, and waiting on their threads.

No test runs a main loop: everything is heard on threads of the elements.
"""

import socket
import threading
import unittest

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtc", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstRtc, GstWebRTC  # noqa: E402, F401

Gst.init(None)

WATCHDOG = 30
"""seconds until a test that waits has failed"""

BALL = (
    "videotestsrc is-live=true pattern=ball ! "
    "video/x-raw,width=320,height=240,framerate=30/1 ! "
)


def find_free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Record:
    """What happened, on any thread, in its order."""

    def __init__(self):
        self.entries = []
        self.changed = threading.Condition()

    def add(self, *entry):
        with self.changed:
            self.entries.append(entry)
            self.changed.notify_all()

    def wait(self, *beginning, count=1):
        """The entry that begins so, or the last of COUNT of them."""
        size = len(beginning)

        def found():
            return [e for e in self.entries if e[:size] == beginning]

        with self.changed:
            if not self.changed.wait_for(
                lambda: len(found()) >= count, WATCHDOG
            ):
                raise AssertionError(
                    f"{beginning} did not come, but {self.entries[-20:]}"
                )
            return found()[count - 1]

    def count(self, *beginning):
        with self.changed:
            return sum(
                e[: len(beginning)] == beginning for e in self.entries
            )


class PipelineTest(unittest.TestCase):
    """A test whose pipelines stop with it, the last made first."""

    def make_sink(self, properties="", streams=(BALL,)):
        sink = Gst.parse_launch(
            f'webrtcsink name=sink stun-server="" {properties} '
            + " ".join(f"{stream} sink." for stream in streams)
        )
        self.addCleanup(sink.set_state, Gst.State.NULL)
        return sink, sink.get_by_name("sink")

    def make_receiver(self, source):
        """A pipeline that decodes the video of SOURCE, and its pictures."""
        pipeline = Gst.Pipeline()
        pictures = Record()
        out = Gst.parse_bin_from_description(
            "videoconvert ! fakesink name=end", True
        )
        end = out.get_by_name("end")

        def on_buffer(pad, info):
            caps = pad.get_current_caps().get_structure(0)
            pictures.add("picture", caps["width"], caps["height"])
            return Gst.PadProbeReturn.OK

        def on_pad_added(_source, pad):
            if pad.get_name().startswith("video"):
                pad.link(out.get_static_pad("sink"))

        end.get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER, on_buffer
        )
        pipeline.add(source)
        pipeline.add(out)
        source.connect("pad-added", on_pad_added)
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        return pipeline, pictures

    def play(self, pipeline):
        result = pipeline.set_state(Gst.State.PLAYING)
        self.assertNotEqual(result, Gst.StateChangeReturn.FAILURE)

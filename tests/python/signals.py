#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""A signaller made of nothing but handlers of the default signaller's signals.

The first handler that returns a value replaces what the signaller would do,
so nothing ever connects to a server. What the peer says is emitted.
"""

import unittest

from common import Gst, GstRtc, PipelineTest, Record

SESSION = "session-1"


class Wire:
    """Carries what one signaller is told to send to the other."""

    def __init__(self, signaller):
        self.signaller = signaller
        self.other = None
        self.calls = Record()
        signaller.connect("start", self.on_start)
        signaller.connect("stop", self.on_stop)
        signaller.connect("send-session-description", self.on_description)
        signaller.connect("send-ice", self.on_ice)
        signaller.connect("end-session", self.on_end)

    def on_start(self, _signaller):
        self.calls.add("start")
        return True

    def on_stop(self, _signaller):
        self.calls.add("stop")
        return True

    def on_description(self, _signaller, session_id, description):
        kind = GstRtc.description_get_sdp_type(description)
        text = GstRtc.description_to_text(description)
        self.calls.add("description", kind, text)
        copy = GstRtc.description_from_text(kind, text)
        self.other.signaller.emit("session-description", session_id, copy)
        return True

    def on_ice(self, _signaller, session_id, candidate, mline, mid):
        self.calls.add("ice", candidate)
        self.other.signaller.emit(
            "handle-ice", session_id, mline, mid, candidate
        )
        return True

    def on_end(self, _signaller, session_id):
        self.calls.add("end")
        self.other.signaller.emit("session-ended", session_id)
        return True


class SignalsTest(PipelineTest):
    def test_media_arrives(self):
        sink_pipeline, sink = self.make_sink()
        source = Gst.ElementFactory.make("webrtcsrc")
        source.set_property("stun-server", None)
        producer = Wire(sink.props.signaller)
        consumer = Wire(source.props.signaller)
        producer.other = consumer
        consumer.other = producer
        pipeline, pictures = self.make_receiver(source)

        self.play(sink_pipeline)
        producer.calls.wait("start")
        self.play(pipeline)
        consumer.calls.wait("start")
        consumer.signaller.emit("session-started", SESSION, "the-producer")
        producer.signaller.emit(
            "session-requested", SESSION, "the-consumer", None
        )
        pictures.wait("picture", 320, 240, count=15)

        # nobody connected to anything
        self.assertIsNone(producer.signaller.props.client_id)
        self.assertIsNone(consumer.signaller.props.client_id)

        pipeline.set_state(Gst.State.NULL)
        consumer.calls.wait("end")
        consumer.calls.wait("stop")
        sink_pipeline.set_state(Gst.State.NULL)
        producer.calls.wait("stop")
        self.assertEqual(producer.calls.count("end"), 0)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Two signallers that are classes in Python, connected to each other.

Descriptions go from one to the other as text, as over any wire.
"""

import unittest

from common import Gst, GstRtc, GstWebRTC, PipelineTest, Record
from gi.repository import GObject

SESSION = "session-1"


class DirectSignaller(GObject.Object, GstRtc.Signaller):
    """Calls the other side instead of sending something to it.

    A consumer asks for its session as soon as it is started.
    """

    def __init__(self, role):
        super().__init__()
        self.role = role
        self.calls = Record()
        self.other = None

    def do_start(self):
        self.calls.add("start")
        self.begin()

    def begin(self):
        if self.role == GstRtc.SignallerRole.CONSUMER:
            self.emit_session_started(SESSION, "the-producer")
            self.other.emit_session_requested_text(
                SESSION, "the-consumer", None
            )

    def do_stop(self):
        self.calls.add("stop")

    def do_send_sdp(self, session_id, description):
        kind = GstRtc.description_get_sdp_type(description)
        text = GstRtc.description_to_text(description)
        self.calls.add("send_sdp", session_id, kind, text)
        self.other.emit_session_description_text(session_id, kind, text)

    def do_add_ice(self, session_id, candidate, mline, mid):
        self.calls.add("add_ice", session_id, candidate, mline, mid)
        self.other.emit_handle_ice(session_id, mline, mid, candidate)

    def do_end_session(self, session_id):
        self.calls.add("end_session", session_id)
        self.other.emit_session_ended(session_id)


class ListingSignaller(DirectSignaller):
    """Lists the producers, and asks the one that it was told to ask."""

    producer_peer_id = GObject.Property(type=str, nick="Whom to ask")

    # PyGObject would put a do_start into the table of the base class
    def begin(self):
        if self.producer_peer_id:
            self.calls.add("asked", self.producer_peer_id)
            super().begin()
        else:
            self.emit_producer_added("the-producer", None, False)
            self.emit_producer_added("another", None, False)


def make_source(**properties):
    """With its construct-only properties.

    create_with_properties() of the factory crashes in PyGObject 3.42.
    """
    factory = Gst.ElementFactory.find("webrtcsrc").load()
    return GObject.new(factory.get_element_type(), **properties)


class SubclassTest(PipelineTest):
    def setUp(self):
        self.producer = DirectSignaller(GstRtc.SignallerRole.PRODUCER)
        self.consumer = DirectSignaller(GstRtc.SignallerRole.CONSUMER)
        self.producer.other = self.consumer
        self.consumer.other = self.producer
        self.sink_pipeline, self.sink = self.make_sink()
        self.sink.set_property("signaller", self.producer)
        self.source = make_source(signaller=self.consumer, stun_server=None)

    def stream(self):
        pipeline, pictures = self.make_receiver(self.source)
        self.play(self.sink_pipeline)
        self.producer.calls.wait("start")
        self.play(pipeline)
        pictures.wait("picture", 320, 240, count=15)
        return pipeline

    def test_signallers_are_used(self):
        self.assertIs(self.sink.get_property("signaller"), self.producer)
        self.assertIs(self.source.get_property("signaller"), self.consumer)

    def test_media_arrives(self):
        self.stream()
        sent = self.producer.calls.wait("send_sdp", SESSION)
        answered = self.consumer.calls.wait("send_sdp", SESSION)
        self.assertEqual(sent[2], GstWebRTC.WebRTCSDPType.OFFER)
        self.assertEqual(answered[2], GstWebRTC.WebRTCSDPType.ANSWER)
        self.assertIn("m=video", sent[3])
        self.assertIn("a=recvonly", answered[3])
        self.producer.calls.wait("add_ice", SESSION)
        self.consumer.calls.wait("add_ice", SESSION)

    def test_first_producer(self):
        self.consumer = ListingSignaller(GstRtc.SignallerRole.CONSUMER)
        self.producer.other = self.consumer
        self.consumer.other = self.producer
        self.source = make_source(
            signaller=self.consumer,
            stun_server=None,
            connect_to_first_producer=True,
        )
        self.stream()
        self.consumer.calls.wait("asked", "the-producer")
        self.assertEqual(self.consumer.calls.count("asked"), 1)

    def test_consumer_leaves(self):
        removed = Record()
        self.sink.connect(
            "consumer-removed", lambda _sink, *args: removed.add(*args)
        )
        pipeline = self.stream()
        pipeline.set_state(Gst.State.NULL)
        self.consumer.calls.wait("end_session", SESSION)
        self.consumer.calls.wait("stop")
        removed.wait("the-consumer")
        self.assertEqual(self.producer.calls.count("end_session"), 0)

    def test_producer_leaves(self):
        pipeline = self.stream()
        self.sink_pipeline.set_state(Gst.State.NULL)
        self.producer.calls.wait("end_session", SESSION)
        self.producer.calls.wait("stop")
        message = pipeline.get_bus().timed_pop_filtered(
            30 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR
        )
        self.assertEqual(message.type, Gst.MessageType.EOS)


if __name__ == "__main__":
    unittest.main()

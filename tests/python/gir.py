#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""All of the library can be called from Python and says what it means."""

import unittest

from common import Gst, GstRtc, GstWebRTC, Record
from gi.repository import GLib, GObject

SDP = "v=0\r\no=- 1 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
OFFER = GstWebRTC.WebRTCSDPType.OFFER
ANSWER = GstWebRTC.WebRTCSDPType.ANSWER


class RecordingSignaller(GObject.Object, GstRtc.Signaller):
    def __init__(self):
        super().__init__()
        self.calls = []

    def do_start(self):
        self.calls.append(("start",))

    def do_stop(self):
        self.calls.append(("stop",))

    def do_send_sdp(self, session_id, description):
        text = GstRtc.description_to_text(description)
        self.calls.append(("send_sdp", session_id, text))

    def do_add_ice(self, session_id, candidate, mline, mid):
        self.calls.append(("add_ice", session_id, candidate, mline, mid))

    def do_end_session(self, session_id):
        self.calls.append(("end_session", session_id))


class TellingSignaller(GObject.Object, GstRtc.Signaller):
    """No subclass of the other: PyGObject puts the methods of a subclass into
    the interface that its parent implements."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def do_end_session_with_error(self, session_id, error):
        self.calls.append(("end_session_with_error", session_id, error))


class DescriptionTest(unittest.TestCase):
    def test_there_and_back(self):
        for kind in (OFFER, ANSWER):
            description = GstRtc.description_from_text(kind, SDP)
            self.assertEqual(GstRtc.description_to_text(description), SDP)
            self.assertEqual(
                GstRtc.description_get_sdp_type(description), kind
            )

    def test_not_an_sdp(self):
        for text in ("", "hello", "v=1\r\n", SDP[1:]):
            with self.assertRaises(GLib.Error) as caught:
                GstRtc.description_from_text(OFFER, text)
            self.assertTrue(
                caught.exception.matches(
                    GstRtc.Signaller.error_quark(),
                    GstRtc.SignallerError.BAD_SDP,
                )
            )


class SignallerTest(unittest.TestCase):
    def setUp(self):
        self.signaller = RecordingSignaller()
        self.heard = Record()

    def listen(self, signal, returns=None):
        def on_signal(_signaller, *args):
            self.heard.add(signal, *args)
            return returns

        self.signaller.connect(signal, on_signal)

    def test_roles(self):
        self.assertEqual(
            [
                role.value_nick
                for role in GstRtc.SignallerRole.__enum_values__.values()
            ],
            ["consumer", "producer", "listener"],
        )

    def test_virtual_methods(self):
        description = GstRtc.description_from_text(OFFER, SDP)
        self.signaller.start()
        self.signaller.emit("send-session-description", "s", description)
        self.signaller.emit("send-ice", "s", "candidate:1", 2, None)
        self.signaller.emit("end-session", "s")
        self.signaller.emit("end-session-with-error", "s", "why")
        self.signaller.stop()
        self.assertEqual(
            self.signaller.calls,
            [
                ("start",),
                ("send_sdp", "s", SDP),
                ("add_ice", "s", "candidate:1", 2, None),
                ("end_session", "s"),
                ("end_session", "s"),
                ("stop",),
            ],
        )

    def test_end_with_error_of_its_own(self):
        signaller = TellingSignaller()
        signaller.emit("end-session-with-error", "s", "why")
        signaller.emit("end-session-with-error", "s", None)
        self.assertEqual(
            signaller.calls,
            [
                ("end_session_with_error", "s", "why"),
                ("end_session_with_error", "s", None),
            ],
        )

    def test_first_handler_replaces_method(self):
        self.listen("start", True)
        self.signaller.start()
        self.heard.wait("start")
        self.assertEqual(self.signaller.calls, [])

    def test_plain_signals(self):
        calls = {
            "error": ("message",),
            "session-started": ("session", "peer"),
            "handle-ice": ("session", 1, "mid", "candidate:1"),
            "shutdown": (),
            "producer-removed": ("producer", None),
            "producer-added": ("producer", None, True),
        }
        for signal, args in calls.items():
            self.listen(signal)
            emit = getattr(self.signaller, f"emit_{signal.replace('-', '_')}")
            emit(*args)
            self.assertEqual(self.heard.wait(signal), (signal, *args))

    def test_session_ends(self):
        self.listen("session-ended", True)
        self.listen("session-ended-with-error", True)
        self.assertTrue(self.signaller.emit_session_ended("s"))
        self.assertTrue(
            self.signaller.emit_session_ended_with_error("s", "why")
        )
        self.assertTrue(
            self.signaller.emit_session_ended_with_error("s", None)
        )
        self.assertEqual(
            [entry[1:] for entry in self.heard.entries],
            [("s",), ("s", "why"), ("s", None)],
        )

    def test_meta(self):
        meta = Gst.Structure.new_from_string("meta,name=ball")
        self.assertIsNone(self.signaller.emit_request_meta())
        self.listen("request-meta", meta)
        self.assertEqual(self.signaller.emit_request_meta()["name"], "ball")
        self.listen("producer-added")
        self.signaller.emit_producer_added("producer", meta, False)
        self.assertEqual(self.heard.wait("producer-added")[2]["name"], "ball")

    def test_descriptions(self):
        offer = GstRtc.description_from_text(OFFER, SDP)
        self.listen("session-description")
        self.listen("session-requested")
        self.signaller.emit_session_description("1", offer)
        self.signaller.emit_session_description_text("2", ANSWER, SDP)
        self.signaller.emit_session_requested("3", "peer", None)
        self.signaller.emit_session_requested("4", "peer", offer)
        self.signaller.emit_session_requested_text("5", "peer", None)
        self.signaller.emit_session_requested_text("6", "peer", SDP)
        texts = [
            entry[-1] and GstRtc.description_to_text(entry[-1])
            for entry in self.heard.entries
        ]
        self.assertEqual(texts, [SDP, SDP, None, SDP, None, SDP])
        self.assertEqual(
            GstRtc.description_get_sdp_type(self.heard.entries[1][-1]), ANSWER
        )

    def test_bad_text_is_not_emitted(self):
        self.listen("session-description")
        self.listen("session-requested")
        with self.assertRaises(GLib.Error):
            self.signaller.emit_session_description_text("s", OFFER, "hello")
        with self.assertRaises(GLib.Error):
            self.signaller.emit_session_requested_text("s", "peer", "hello")
        self.assertEqual(self.heard.entries, [])


if __name__ == "__main__":
    unittest.main()

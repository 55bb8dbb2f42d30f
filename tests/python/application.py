#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""An application with asyncio that signals for webrtcsink.

It does what the example in Python of gst-plugins-rs does, by the same calls:
handlers of the default signaller's signals, messages of the server's protocol
on a WebSocket of its own, descriptions as objects of GstSdp and GstWebRTC, and
the bus polled by the loop. No call of our own library is in it.
"""

import asyncio
import json
import threading
import unittest

import gi
import websockets

gi.require_version("GstSdp", "1.0")
from gi.repository import GstSdp  # noqa: E402

from common import Gst, GstWebRTC, PipelineTest, Record  # noqa: E402
from server import Program  # noqa: E402


class Application:
    """A loop, a connection and a webrtcsink, on a thread."""

    def __init__(self, server, launch):
        self.server = server
        self.happened = Record()
        self.connection = None
        self.loop = asyncio.new_event_loop()
        self.pipeline = Gst.parse_launch(launch)
        self.bus = self.pipeline.get_bus()
        self.loop.add_reader(self.bus.get_pollfd().fd, self.on_bus)
        self.sink = self.pipeline.get_by_name("sink")
        self.signaller = self.sink.get_property("signaller")
        for name, handler in (
            ("start", self.on_start),
            ("stop", self.on_stop),
            ("send-session-description", self.on_description),
            ("send-ice", self.on_ice),
            ("end-session", self.on_end_session),
            ("consumer-added", self.on_consumer_added),
            ("consumer-removed", self.on_consumer_removed),
            ("webrtcbin-ready", self.on_webrtcbin_ready),
        ):
            self.signaller.connect(name, handler)
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def play(self):
        self.pipeline.set_state(Gst.State.PLAYING)

    def stop(self):
        self.pipeline.set_state(Gst.State.NULL)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(
            asyncio.gather(*tasks, return_exceptions=True)
        )
        self.loop.close()

    # the loop

    def on_bus(self):
        while self.bus.peek():
            message = self.bus.pop()
            if message.type == Gst.MessageType.ERROR:
                self.happened.add("error", message.parse_error().gerror)
            elif message.type == Gst.MessageType.EOS:
                self.happened.add("eos")
            elif message.type == Gst.MessageType.LATENCY:
                self.pipeline.recalculate_latency()

    async def converse(self):
        async with websockets.connect(self.server) as self.connection:
            async for text in self.connection:
                await self.take(json.loads(text))

    async def take(self, message):
        kind = message["type"]
        self.happened.add("message", kind)
        if kind == "welcome":
            meta = self.signaller.emit("request-meta")
            await self.send(
                {"type": "setPeerStatus", "roles": ["producer"], "meta": meta}
            )
        elif kind == "startSession":
            self.signaller.emit(
                "session-requested",
                message["sessionId"],
                message["peerId"],
                self.describe("offer", message.get("offer")),
            )
        elif kind == "endSession":
            self.signaller.emit("session-ended", message["sessionId"])
        elif kind == "peer":
            self.take_from_peer(message)

    def take_from_peer(self, message):
        session = message["sessionId"]
        if "sdp" in message:
            sdp = message["sdp"]
            self.signaller.emit(
                "session-description",
                session,
                self.describe(sdp["type"], sdp["sdp"]),
            )
        else:
            ice = message["ice"]
            self.signaller.emit(
                "handle-ice",
                session,
                ice["sdpMLineIndex"],
                None,
                ice["candidate"],
            )

    @staticmethod
    def describe(kind, text):
        if text is None:
            return None
        result, sdp = GstSdp.SDPMessage.new_from_text(text)
        assert result == GstSdp.SDPResult.OK
        return GstWebRTC.WebRTCSessionDescription.new(
            GstWebRTC.WebRTCSDPType.ANSWER
            if kind == "answer"
            else GstWebRTC.WebRTCSDPType.OFFER,
            sdp,
        )

    async def send(self, message):
        await self.connection.send(json.dumps(message))

    # threads of the element

    def send_soon(self, message):
        asyncio.run_coroutine_threadsafe(self.send(message), self.loop)

    def on_start(self, _signaller):
        asyncio.run_coroutine_threadsafe(self.converse(), self.loop)
        return True

    def on_stop(self, _signaller):
        self.happened.add("stop")
        return True

    def on_description(self, _signaller, session, description):
        answers = description.type == GstWebRTC.WebRTCSDPType.ANSWER
        sdp = {
            "type": "answer" if answers else "offer",
            "sdp": description.sdp.as_text(),
        }
        self.happened.add("sent", sdp["type"], sdp["sdp"])
        self.send_soon({"type": "peer", "sessionId": session, "sdp": sdp})
        return True

    def on_ice(self, _signaller, session, candidate, mline, _mid):
        ice = {"candidate": candidate, "sdpMLineIndex": mline}
        self.send_soon({"type": "peer", "sessionId": session, "ice": ice})
        return True

    def on_end_session(self, _signaller, session):
        self.send_soon({"type": "endSession", "sessionId": session})
        return True

    def on_consumer_added(self, _signaller, peer, webrtcbin):
        self.happened.add("added", peer, webrtcbin.get_factory().get_name())

    def on_consumer_removed(self, _signaller, peer, _webrtcbin):
        self.happened.add("removed", peer)

    def on_webrtcbin_ready(self, _signaller, peer, webrtcbin):
        self.happened.add("ready", peer, webrtcbin.get_factory().get_name())


class ApplicationTest(PipelineTest):
    def setUp(self):
        self.server = Program()
        self.addCleanup(self.server.stop)
        self.application = Application(
            self.server.uri,
            'webrtcsink name=sink do-fec=false stun-server="" '
            "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! "
            "sink. audiotestsrc is-live=true ! sink.",
        )
        self.addCleanup(self.application.stop)
        self.happened = self.application.happened

    def watch(self):
        source = Gst.ElementFactory.make("webrtcsrc")
        source.set_property("stun-server", None)
        source.set_property("connect-to-first-producer", True)
        source.props.signaller.set_property("uri", self.server.uri)
        pipeline, pictures = self.make_receiver(source)
        self.play(pipeline)
        return pipeline, pictures

    def test_media_arrives(self):
        self.application.play()
        pipeline, pictures = self.watch()
        pictures.wait("picture", 320, 240, count=15)
        peer = self.happened.wait("ready")[1]
        self.happened.wait("added", peer, "webrtcbin")
        offer = self.happened.wait("sent", "offer")[2]
        self.assertEqual(offer.count("m=video "), 1)
        self.assertEqual(offer.count("m=audio "), 1)

        pipeline.set_state(Gst.State.NULL)
        self.happened.wait("message", "endSession")
        self.happened.wait("removed", peer)
        self.assertEqual(self.happened.count("error"), 0)

    def test_application_ends_it(self):
        self.application.play()
        pipeline, pictures = self.watch()
        pictures.wait("picture", 320, 240, count=5)
        self.application.signaller.emit("shutdown")
        self.happened.wait("eos")
        self.application.pipeline.set_state(Gst.State.NULL)
        self.happened.wait("stop")
        self.happened.wait("removed")

    def test_its_errors_are_the_elements(self):
        self.application.play()
        self.happened.wait("message", "welcome")
        self.application.signaller.emit("error", "the server says no")
        error = self.happened.wait("error")[1]
        self.assertIn("the server says no", error.message)


if __name__ == "__main__":
    unittest.main()

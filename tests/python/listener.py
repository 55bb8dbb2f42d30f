#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The WebSocket signaller alone: no pipeline around it and no main loop."""

import subprocess
import threading
import unittest

from common import (
    WATCHDOG,
    Gst,
    GstRtc,
    PipelineTest,
    Record,
    find_free_port,
)
from gi.repository import GObject


def make_listener(uri):
    """The type belongs to the plugin: an element knows it."""
    kind = Gst.ElementFactory.make("webrtcsrc").props.signaller.__gtype__
    return GObject.new(
        kind, role=GstRtc.SignallerRole.LISTENER, uri=uri
    )


class ListenerTest(PipelineTest):
    def setUp(self):
        self.port = find_free_port()
        self.uri = f"ws://127.0.0.1:{self.port}"
        self.server = subprocess.Popen(
            [
                "gst-webrtc-signalling-server",
                "--host=127.0.0.1",
                f"--port={self.port}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.stop_server)
        self.assertIn("Listening on", self.server.stdout.readline())

    def stop_server(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def listen(self):
        heard = Record()
        listener = make_listener(self.uri)

        def on_added(_listener, producer, meta, is_new):
            heard.add("added", producer, meta["name"], is_new)
            heard.add("thread", threading.get_ident())

        def on_removed(_listener, producer, meta):
            heard.add("removed", producer, meta["name"])

        listener.connect("producer-added", on_added)
        listener.connect("producer-removed", on_removed)
        listener.connect("notify::client-id", lambda *_: heard.add("welcome"))
        listener.connect("error", lambda _, text: heard.add("error", text))
        self.addCleanup(listener.stop)
        listener.start()
        return listener, heard

    def test_producer_comes_and_goes(self):
        _listener, heard = self.listen()
        heard.wait("welcome")
        pipeline, sink = self.make_sink(
            f"signaller::uri={self.uri} meta=meta,name=ball"
        )
        self.play(pipeline)
        _, producer, name, is_new = heard.wait("added")
        self.assertEqual(name, "ball")
        self.assertTrue(is_new)
        self.assertEqual(producer, sink.props.signaller.props.client_id)
        self.assertNotEqual(heard.wait("thread")[1], threading.get_ident())

        _late, late_heard = self.listen()
        self.assertEqual(
            late_heard.wait("added")[1:], (producer, "ball", False)
        )

        pipeline.set_state(Gst.State.NULL)
        heard.wait("removed", producer, "ball")
        late_heard.wait("removed", producer, "ball")
        self.assertEqual(heard.count("added"), 1)
        self.assertEqual(heard.count("error"), 0)

    def test_stop_and_start_again(self):
        listener, heard = self.listen()
        heard.wait("welcome")
        listener.stop()
        self.assertIsNone(listener.props.client_id)
        listener.emit("start")
        heard.wait("welcome", count=2)

    def test_nobody_listens(self):
        self.stop_server()
        _listener, heard = self.listen()
        self.assertIn(self.uri, heard.wait("error")[1])


if __name__ == "__main__":
    unittest.main()

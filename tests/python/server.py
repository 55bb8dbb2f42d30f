#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Elements and the signalling server: credentials, TURN servers that the
server names, connections that are lost, a server that is killed."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from gi.repository import GObject

from common import WATCHDOG, Gst, GstRtc, PipelineTest, Record, find_free_port

SMALL = (
    "videotestsrc is-live=true ! "
    "video/x-raw,width=160,height=120,framerate=30/1 ! "
)
N_SESSIONS = 10
MAX_GAP = 0.2
"""seconds without a packet, while the server is gone"""


def wait_until(condition, what, seconds=WATCHDOG):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.02)


class Program:
    """The signalling server, whose log is kept"""

    def __init__(self, *options, port=0):
        self.process = subprocess.Popen(
            ["gst-webrtc-signalling-server", "--host", "127.0.0.1", "-p", str(port), *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.uri = self.process.stdout.readline().split()[-1]
        self.port = int(self.uri.rsplit(":", 1)[1])
        self.log = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.log.append(line)

    def wait_for_log(self, text, count=1):
        wait_until(lambda: sum(text in line for line in self.log) >= count, text)

    def stop(self, kill=False):
        if self.process.poll() is None:
            (self.process.kill if kill else self.process.terminate)()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()


class Proxy:
    """TCP to a port, until it is cut"""

    def __init__(self, port):
        self.target = port
        self.loop = asyncio.new_event_loop()
        self.writers = set()
        self.is_cut = False
        self.swallows_up = self.swallows_down = False
        self.swallowed = b""
        self.server = self.loop.run_until_complete(
            asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    async def serve(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers |= {writer, other_writer}
        await asyncio.gather(self.copy(reader, other_writer, lambda: self.swallows_up),
                             self.copy(other_reader, writer, lambda: self.swallows_down))

    async def copy(self, reader, writer, swallows):
        try:
            while data := await reader.read(65536):
                if swallows():
                    self.swallowed += data
                else:
                    writer.write(data)
            writer.close()
        except OSError:
            pass

    def cut(self):
        """All connections, as if a network went, and all new ones"""
        def abort():
            self.is_cut = True
            for writer in self.writers:
                writer.transport.abort()
            self.writers.clear()
        self.loop.call_soon_threadsafe(abort)

    def mend(self):
        self.is_cut = self.swallows_up = self.swallows_down = False
        self.swallowed = b""

    def stop(self):
        self.cut()
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class ServerTest(PipelineTest):
    def start_server(self, *options, port=0):
        server = Program(*options, port=port)
        self.addCleanup(server.stop)
        return server

    def make_producer(self, uri, properties="", stream=SMALL):
        """A sink that the server knows, and its id"""
        pipeline = Gst.parse_launch(f"{stream} webrtcsink name=sink video-caps=video/x-vp8 {properties}")
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        sink = pipeline.get_by_name("sink")
        signaller = sink.get_property("signaller")
        signaller.set_property("uri", uri)
        self.play(pipeline)
        wait_until(lambda: signaller.get_property("client-id"), "the producer's id")
        return sink, signaller

    def make_consumer(self, uri, producer_id, properties=None):
        """A pipeline that counts packets; times of them"""
        pipeline = Gst.Pipeline()
        source = Gst.ElementFactory.make("webrtcsrc")
        signaller = source.get_property("signaller")
        signaller.set_property("uri", uri)
        signaller.set_property("producer-peer-id", producer_id)
        for name, value in (properties or {}).items():
            source.set_property(name, value)
        packets = Record()

        def on_pad_added(_source, pad):
            sink = Gst.ElementFactory.make("fakesink")
            sink.set_property("async", False)
            sink.set_property("sync", False)
            pipeline.add(sink)
            sink.sync_state_with_parent()
            pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer)
            pad.link(sink.get_static_pad("sink"))

        def on_buffer(_pad, _info):
            packets.add("packet", time.monotonic())
            return Gst.PadProbeReturn.OK

        source.connect("pad-added", on_pad_added)
        pipeline.add(source)
        self.addCleanup(pipeline.set_state, Gst.State.NULL)
        self.play(pipeline)
        return pipeline, source, packets

    def test_own_server_with_tokens(self):
        """The element gets into its own server; others need a token"""
        with tempfile.NamedTemporaryFile("w", suffix=".tokens") as file:
            file.write("geheim roles=consume,list\n")
            file.flush()
            port = find_free_port()
            pipeline = Gst.parse_launch(
                f"{SMALL} webrtcsink name=sink stun-server=NULL run-signalling-server=true "
                f"signalling-server-host=127.0.0.1 signalling-server-port={port} "
                f"signalling-server-auth-tokens={file.name} signalling-server-max-clients=7")
            self.addCleanup(pipeline.set_state, Gst.State.NULL)
            sink = pipeline.get_by_name("sink")
            self.assertEqual(sink.get_property("signalling-server-max-clients"), 7)
            self.play(pipeline)
            signaller = sink.get_property("signaller")
            wait_until(lambda: signaller.get_property("client-id"), "the producer's id")
            producer_id = signaller.get_property("client-id")

            consumer, _, _ = self.make_consumer(f"ws://127.0.0.1:{port}", producer_id, {"stun-server": None})
            message = consumer.get_bus().timed_pop_filtered(WATCHDOG * Gst.SECOND, Gst.MessageType.ERROR)
            self.assertIsNotNone(message)

            _, _, packets = self.make_consumer(f"ws://127.0.0.1:{port}/?access_token=geheim", producer_id,
                                               {"stun-server": None})
            packets.wait("packet", count=20)

    def start_turn_server(self, secret):
        """coturn, on loopback and until the test ends; its log"""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder, True)
        port = find_free_port()
        log = open(f"{folder}/log", "w+")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            ["turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--listening-ip=127.0.0.1",
             "--relay-ip=127.0.0.1", f"--listening-port={port}", "--use-auth-secret",
             f"--static-auth-secret={secret}", "--realm=test", "--allow-loopback-peers", "--verbose",
             "--log-file=stdout", "--simple-log", f"--pidfile={folder}/pid", f"--userdb={folder}/db"],
            stdout=log, stderr=log, cwd=folder)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_until(listens, "coturn")

        def read():
            with open(f"{folder}/log") as file:
                return file.read()
        return port, read

    def test_relay_only_with_credentials_of_the_server(self):
        """All media through a TURN server of which only the signalling server knows.

        In a network of its own that has only loopback: elsewhere libnice does not use
        that, and what it sends from another address never gets to a server there.
        """
        if "ALONE" not in os.environ:
            done = subprocess.run(
                ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && exec "$@"', "-",
                 sys.executable, __file__, self.id().split(".", 1)[1]],
                env=dict(os.environ, ALONE="yes"), capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return
        port, turn_log = self.start_turn_server("geheim")
        server = self.start_server("--turn", f"turn:127.0.0.1:{port}?transport=udp", "--turn-secret", "geheim",
                                   "--turn-for-all")
        sink, signaller = self.make_producer(server.uri, "ice-transport-policy=relay")
        producer_id = signaller.get_property("client-id")
        self.assertTrue(signaller.get_property("ice-servers")[0].startswith("turn://"))
        candidates = Record()
        signaller.connect("send-ice", lambda _s, _id, candidate, _m, _mid: candidates.add("local", candidate))
        _, source, packets = self.make_consumer(server.uri, producer_id)
        packets.wait("packet", count=30)
        sent = [entry[1] for entry in candidates.entries if entry[1]]
        self.assertTrue(sent and all(" typ relay" in candidate for candidate in sent), sent)
        self.assertIn(f":{producer_id}>", turn_log())

    def test_servers_of_the_user_come_first(self):
        server = self.start_server("--turn", "turn:127.0.0.1:9", "--turn-secret", "x", "--turn-for-all",
                                   "--stun", "127.0.0.1:9")
        bins = Record()
        own = {"stun-server": "stun://127.0.0.1:7"}
        sink, signaller = self.make_producer(server.uri, "stun-server=NULL")
        for properties in ({}, own):
            pipeline = Gst.Pipeline()
            source = Gst.ElementFactory.make("webrtcsrc")
            source.get_property("signaller").set_property("uri", server.uri)
            source.get_property("signaller").set_property("producer-peer-id", signaller.get_property("client-id"))
            for name, value in properties.items():
                source.set_property(name, value)
            source.get_property("signaller").connect(
                "webrtcbin-ready", lambda _s, _id, webrtcbin: bins.add("stun", webrtcbin.get_property("stun-server")))
            pipeline.add(source)
            self.addCleanup(pipeline.set_state, Gst.State.NULL)
            self.play(pipeline)
            bins.wait("stun", count=1 + len(properties))
        self.assertEqual(bins.entries, [("stun", "stun://127.0.0.1:9"), ("stun", "stun://127.0.0.1:7")])

    def test_loss_of_the_connection(self):
        """Sink and source keep their ids and their session; it ends for both, later"""
        server = self.start_server()
        proxies = [Proxy(server.port), Proxy(server.port)]
        for proxy in proxies:
            self.addCleanup(proxy.stop)
        sink, signaller = self.make_producer(f"ws://127.0.0.1:{proxies[0].port}", "stun-server=NULL")
        removed = Record()
        sink.connect("consumer-removed", lambda _sink, peer, _bin: removed.add("removed", peer))
        producer_id = signaller.get_property("client-id")
        pipeline, source, packets = self.make_consumer(f"ws://127.0.0.1:{proxies[1].port}", producer_id,
                                                       {"stun-server": None})
        packets.wait("packet", count=30)
        consumer_id = source.get_property("signaller").get_property("client-id")

        for proxy in proxies:
            proxy.cut()
        server.wait_for_log("was lost", count=2)
        for proxy in proxies:
            proxy.mend()
        server.wait_for_log("comes back as", count=2)
        wait_until(lambda: any(f"comes back as {producer_id}" in line for line in server.log), "the producer")
        wait_until(lambda: any(f"comes back as {consumer_id}" in line for line in server.log), "the consumer")
        packets.wait("packet", count=packets.count("packet") + 30)
        self.assertEqual(signaller.get_property("client-id"), producer_id)
        self.assertEqual(removed.count("removed"), 0)

        # it is still the same session for the server: the end is told
        pipeline.set_state(Gst.State.NULL)
        removed.wait("removed", consumer_id)

    def test_nothing_is_lost_with_the_connection(self):
        """What was on its way to or from the server when the connection went comes after it came back"""
        server = self.start_server()
        proxy = Proxy(server.port)
        self.addCleanup(proxy.stop)
        kind = Gst.ElementFactory.make("webrtcsrc").get_property("signaller").__gtype__
        seen = {}

        def start(name, uri, role, **properties):
            signaller = GObject.new(kind, role=role, uri=uri, **properties)
            seen[name] = Record()
            signaller.connect("session-started", lambda _s, sid, _peer: seen[name].add("session", sid))
            signaller.connect("session-requested", lambda _s, sid, _peer, _offer: seen[name].add("session", sid))
            signaller.connect("handle-ice", lambda _s, _sid, _line, _mid, text: seen[name].add("ice", text))
            signaller.connect("session-ended-with-error", lambda _s, _sid, why: seen[name].add("ended", why) or True)
            signaller.emit("start")
            self.addCleanup(signaller.emit, "stop")
            wait_until(lambda: signaller.get_property("client-id"), "a welcome")
            return signaller

        def say(signaller, *texts):
            for text in texts:
                signaller.emit("send-ice", session, text, 0, None)

        def cut_when(condition):
            wait_until(condition, "messages in the hole")
            proxy.cut()
            wait_until(lambda: sum("was lost" in line for line in server.log) > n_lost, "the loss")
            proxy.mend()

        producer = start("producer", f"ws://127.0.0.1:{proxy.port}", GstRtc.SignallerRole.PRODUCER)
        producer_id = producer.get_property("client-id")
        consumer = start("consumer", server.uri, GstRtc.SignallerRole.CONSUMER, producer_peer_id=producer_id)
        session = seen["producer"].wait("session")[1]
        seen["consumer"].wait("session", session)
        wanted = {"producer": [], "consumer": []}
        for n_lost in range(3):
            texts = [[f"candidate:{n_lost}-{part}-{i}" for i in range(5)] for part in range(4)]
            say(producer, *texts[0])
            say(consumer, *texts[1])
            seen["consumer"].wait("ice", texts[0][-1])
            seen["producer"].wait("ice", texts[1][-1])
            proxy.swallows_up = True
            say(producer, *texts[2])
            # masked, each of them longer than this
            wait_until(lambda: len(proxy.swallowed) > 5 * 80, "what the producer says")
            proxy.swallows_down = True
            say(consumer, *texts[3])
            cut_when(lambda: texts[3][-1].encode() in proxy.swallowed)
            wanted["consumer"] += texts[0] + texts[2]
            wanted["producer"] += texts[1] + texts[3]
            for name, texts in wanted.items():
                seen[name].wait("ice", count=len(texts))
        for name, texts in wanted.items():
            self.assertEqual([text for what, text in seen[name].entries if what == "ice"], texts)
            self.assertEqual(seen[name].count("session"), 1)
        self.assertEqual(producer.get_property("client-id"), producer_id)

        # and the end of the session
        proxy.swallows_up = True
        producer.emit("end-session", session)
        n_lost = 3
        cut_when(lambda: proxy.swallowed)
        seen["consumer"].wait("ended")

    def test_stopped_while_connecting(self):
        """Nothing is left of an attempt to connect; it was a context, with its descriptor"""
        server = self.start_server()

        def count():
            n = 0
            for name in os.listdir("/proc/self/fd"):
                try:
                    n += "eventfd" in os.readlink(f"/proc/self/fd/{name}")
                except OSError:
                    pass
            return n

        def start_and_stop(delay):
            source = Gst.ElementFactory.make("webrtcsrc")
            source.get_property("signaller").set_property("uri", server.uri)
            source.set_state(Gst.State.PLAYING)
            time.sleep(delay)
            source.set_state(Gst.State.NULL)
        start_and_stop(0.1)
        before = count()
        for i in range(60):
            start_and_stop(i % 20 / 5000)
        wait_until(lambda: count() <= before, "descriptors to be closed", 10)

    def test_server_is_killed(self):
        """Media go on, and all are back soon after it is"""
        server = self.start_server()
        sink, signaller = self.make_producer(server.uri, "stun-server=NULL")
        first_id = signaller.get_property("client-id")
        all_packets = [self.make_consumer(server.uri, first_id, {"stun-server": None})[2]
                       for _ in range(N_SESSIONS)]

        def wait_for_more():
            wanted = [packets.count("packet") + 60 for packets in all_packets]
            for packets, count in zip(all_packets, wanted):
                packets.wait("packet", count=count)
        wait_for_more()
        begin = time.monotonic()
        wait_for_more()
        killed = time.monotonic()
        server.stop(kill=True)
        wait_for_more()
        again = self.start_server(port=server.port)
        returned = time.monotonic()
        wait_until(lambda: sum(" connected from " in line for line in again.log) > N_SESSIONS, "all to be back", 5)
        wait_until(lambda: signaller.get_property("client-id") not in (None, first_id), "a new id", 5)
        self.assertLess(time.monotonic() - returned, 5)
        self.check_listed(again.uri, signaller)
        wait_for_more()

        def worst(packets, since, until):
            times = [e[1] for e in packets.entries if since <= e[1] <= until]
            return max(b - a for a, b in zip(times, times[1:]))
        before = max(worst(packets, begin, killed) for packets in all_packets)
        after = max(worst(packets, killed - 0.1, time.monotonic()) for packets in all_packets)
        # a machine that is busy with other things has gaps without us
        self.assertLess(after, max(MAX_GAP, 2 * before), before)
        print(f"# largest gap {after * 1000:.0f} ms, before that {before * 1000:.0f} ms")

    def check_listed(self, uri, signaller):
        listener = GObject.new(signaller.__gtype__, role=GstRtc.SignallerRole.LISTENER, uri=uri)
        seen = Record()
        listener.connect("producer-added", lambda _s, peer, _meta, _new: seen.add(peer))
        listener.emit("start")
        seen.wait(signaller.get_property("client-id"))
        listener.emit("stop")


if __name__ == "__main__":
    unittest.main()

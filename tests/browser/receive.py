#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Receives a producer with the named element and prints what came.

usage: receive.py webrtcsrc|playbin3 SIGNALLING-URI PEER-ID FRAMES SECONDS

An empty PEER-ID waits for a producer that calls.

Ends with one JSON object on the last line once FRAMES pictures and some sound
arrived: {"video": {"frames", "width", "height", "changed"}, "audio":
{"frames", "rate", "peak"}}. "changed" counts pictures unlike the one before.
Exit status 1 with "error" in the object on an error or after SECONDS.
"""

import array
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402


def probe_video(result, state):
    """Counts on a streaming thread; the main loop only reads."""

    def on_buffer(pad, info):
        buffer = info.get_buffer()
        caps = pad.get_current_caps()
        structure = caps.get_structure(0)
        content = hash(bytes(buffer.extract_dup(0, buffer.get_size())))
        result["width"] = structure.get_int("width")[1]
        result["height"] = structure.get_int("height")[1]
        result["caps"] = caps.to_string()
        result["changed"] += content != state.get("last")
        state["last"] = content
        result["frames"] += 1
        return Gst.PadProbeReturn.OK

    return on_buffer


def probe_audio(result):
    def on_buffer(pad, info):
        buffer = info.get_buffer()
        caps = pad.get_current_caps()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        result["rate"] = caps.get_structure(0).get_int("rate")[1]
        result["caps"] = caps.to_string()
        result["peak"] = max(result["peak"], max(samples, default=0))
        result["frames"] += 1
        return Gst.PadProbeReturn.OK

    return on_buffer


def make_bin(description, probe):
    """A sink bin that ends in a fakesink and shows what reaches it."""
    made = Gst.parse_bin_from_description(
        f"{description} ! fakesink name=end sync=false", True
    )
    pad = made.get_by_name("end").get_static_pad("sink")
    pad.add_probe(Gst.PadProbeType.BUFFER, probe)
    return made


VIDEO = "queue ! videoconvert ! video/x-raw,format=I420"
AUDIO = "queue ! audioconvert ! audioresample ! audio/x-raw,format=S16LE"


def make_webrtcsrc(uri, peer_id, video, audio):
    pipeline = Gst.Pipeline()
    source = Gst.ElementFactory.make("webrtcsrc")
    if source is None:
        raise RuntimeError("no element webrtcsrc")
    source.set_property("stun-server", None)
    signaller = source.get_property("signaller")
    signaller.set_property("uri", uri)
    if peer_id:
        signaller.set_property("producer-peer-id", peer_id)
    pipeline.add(source)

    def on_pad_added(_element, pad):
        caps = pad.query_caps(None)
        name = caps.get_structure(0).get_name() if caps.get_size() else ""
        is_video = name.startswith("video") or pad.get_name().startswith("video")
        sink = video if is_video else audio
        pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    source.connect("pad-added", on_pad_added)
    return pipeline


def make_playbin3(uri, peer_id, video, audio):
    scheme, rest = uri.split("://", 1)
    prefix = "gstwebrtcs" if scheme == "wss" else "gstwebrtc"

    def on_setup(_playbin, element):
        factory = element.get_factory()
        if factory is not None and factory.get_name() == "webrtcsrc":
            element.set_property("stun-server", None)

    playbin = Gst.ElementFactory.make("playbin3")
    playbin.connect("element-setup", on_setup)
    playbin.set_property("video-sink", video)
    playbin.set_property("audio-sink", audio)
    playbin.set_property("uri", f"{prefix}://{rest}?peer-id={peer_id}")
    return playbin


def receive(make, uri, peer_id, frames, seconds):
    video = {"frames": 0, "changed": 0}
    audio = {"frames": 0, "peak": 0}
    result = {"video": video, "audio": audio}
    loop = GLib.MainLoop()
    pipeline = make(
        uri,
        peer_id,
        make_bin(VIDEO, probe_video(video, {})),
        make_bin(AUDIO, probe_audio(audio)),
    )

    def enough():
        return video["frames"] >= frames and audio["peak"] > 0

    def on_message(_bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            result["error"] = f"{error.message} ({debug})"
            loop.quit()
        elif message.type == Gst.MessageType.EOS:
            if not enough():
                result["error"] = "end of stream"
            loop.quit()

    def look():
        if enough():
            loop.quit()
        return GLib.SOURCE_CONTINUE

    def give_up():
        result["error"] = f"not enough after {seconds} s"
        loop.quit()
        return GLib.SOURCE_REMOVE

    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message", on_message)
    GLib.timeout_add(50, look)
    GLib.timeout_add_seconds(seconds, give_up)
    pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    return result


def main():
    kind, uri, peer_id, frames, seconds = sys.argv[1:]
    make = {"webrtcsrc": make_webrtcsrc, "playbin3": make_playbin3}[kind]
    Gst.init(None)
    result = receive(make, uri, peer_id, int(frames), int(seconds))
    print(json.dumps(result), flush=True)
    return 1 if "error" in result else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""An RTSP camera and recorder that is not ours: gst-rtsp-server behind the URLs of the makers. Runs under the system's Python.

    /usr/bin/python3 rtsp_peer.py --media FOLDER [--port 0] [--auth none|basic|digest] [--one-playback]

Needs Debian's gir1.2-gst-rtsp-server-1.0 python3-gst-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad. FOLDER holds what
`video_media.py` made: NAME.es (Annex B) and NAME.json (codec, fps, frames as [offset, size, key]). Nothing is encoded here.

    /NAME                                              that stream; clients share it, so they join in the middle of a GOP
    /Streaming/Channels/<ch>0<1|2>                     Hikvision live; also /cam/realmonitor, /media/video<1|2>: main or sub
    /Streaming/tracks/<ch>01, /cam/playback, /c<n>/... playback: one pipeline a client, from the beginning; of NAME.mp4 where
                                                       there is one, which then ends, pauses and obeys Scale

With `--stamps FILE` the moment (time.monotonic) at which picture N of the M-th channel was sent stands in it, as the double
number 1024 * M + N: a viewer that can read N off a picture knows how old it is.

Lines on stdin, each answered by "OK line": `stall` keep sessions, send nothing · `resume` · `kick` drop all connections ·
`loss P` drop a share of RTP packets · `corrupt P` spoil a share of the pictures · `show NAME OTHER` the live stream NAME goes
on with the pictures of OTHER (same codec) · `quit`.
On stdout: `READY port` once, `ASKED path?query` for each DESCRIBE.
"""

import argparse
import json
import mmap
import os
import random
import re
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)
TICK_MS = 20


class Faults:
    stalled = False
    loss = 0.0
    corrupt = 0.0


class Stamps:
    table = None


class Clip:
    """Frames of one file, in memory, once for all pipelines."""

    def __init__(self, folder, name):
        with open(os.path.join(folder, name + ".json")) as file:
            head = json.load(file)
        with open(os.path.join(folder, name + ".es"), "rb") as file:
            data = file.read()
        self.codec, self.fps = head["codec"], head["fps"]
        self.frames = [data[offset : offset + size] for offset, size, _key in head["frames"]]


class Feed:
    """Pushes the frames of a clip into one pipeline, in real time, round and round, with time stamps that only go up."""

    def __init__(self, source, clip, row=0):
        self.source, self.clip, self.row = source, clip, row
        self.number, self.sent = 0, 0
        self.began = time.monotonic()
        GLib.timeout_add(TICK_MS, self.tick)

    def show(self, clip):
        self.clip, self.number = clip, 0

    def tick(self):
        due = int((time.monotonic() - self.began) * self.clip.fps)
        if Faults.stalled:
            self.sent = due
            return True
        while self.sent < due:
            frame = self.clip.frames[self.number % len(self.clip.frames)]
            if Stamps.table is not None:
                Stamps.table[1024 * self.row + self.number % len(self.clip.frames)] = time.monotonic()
            self.number += 1
            self.sent += 1
            if random.random() < Faults.corrupt:
                frame = spoilt(frame)
            if self.source.emit("push-buffer", Gst.Buffer.new_wrapped(frame)) != Gst.FlowReturn.OK:
                return False  # the pipeline was taken down
        return True


def spoilt(frame):
    """Some bytes behind the heads are others: what a bad cable or a sick encoder makes of a picture."""
    made = bytearray(frame)
    for _ in range(max(4, len(made) // 100)):
        made[random.randrange(min(64, len(made) - 1), len(made))] ^= random.randrange(1, 256)
    return bytes(made)


class Factory(GstRtspServer.RTSPMediaFactory):
    """One mount. `choose(url)` names the clip."""

    def __init__(self, folder, clips, choose, shared, row):
        super().__init__()
        self.folder, self.clips, self.choose, self.row = folder, clips, choose, row
        self.feeds = []
        self.set_shared(shared)
        self.set_latency(0)

    def do_create_element(self, url):
        codec = self.clips[self.choose(url)].codec
        film = self.film(url)
        if film:
            return Gst.parse_launch(
                f"( filesrc location={film} ! qtdemux ! {codec}parse config-interval=-1 ! "
                f"rtp{codec}pay name=pay0 pt=96 config-interval=-1 mtu=1400 )"
            )
        caps = f"video/x-{codec},stream-format=byte-stream,alignment=au"
        return Gst.parse_launch(
            f"( appsrc name=src is-live=true format=time do-timestamp=true caps={caps} ! {codec}parse config-interval=-1 ! "
            f"rtp{codec}pay name=pay0 pt=96 config-interval=-1 mtu=1400 )"
        )

    def film(self, url):
        """A recording that can be played at any speed, for a client of its own; "" when there is none."""
        path = os.path.join(self.folder, self.choose(url) + ".mp4")
        return path if not self.is_shared() and os.path.exists(path) else ""

    def do_gen_key(self, url):
        return f"{url.abspath or ''}?{url.query or ''}"

    def do_configure(self, media):
        bin = media.get_element()
        url = getattr(self, "asked", None)
        if bin.get_by_name("src") is None:
            return
        self.feeds.append(Feed(bin.get_by_name("src"), self.clips[self.choose(url)], self.row))
        bin.get_by_name("pay0").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, lose)


def lose(pad, info):
    if not Faults.loss:
        return Gst.PadProbeReturn.OK
    if info.type & Gst.PadProbeType.BUFFER:
        return Gst.PadProbeReturn.DROP if random.random() < Faults.loss else Gst.PadProbeReturn.OK
    packets = info.get_buffer_list()
    for number in range(packets.length()):
        if random.random() >= Faults.loss:
            pad.get_peer().chain(packets.get(number))
    return Gst.PadProbeReturn.DROP


def live_name(clips):
    """main or sub, by the way each maker says it; H.264 unless only H.265 is there."""

    def choose(url):
        path, query = url.abspath or "", url.query or ""
        sub = re.search(r"/Channels/\d+02|video2", path, re.I) or "subtype=1" in query
        wanted = "sub" if sub else "main"
        for name in (wanted + "_h264", wanted + "_h265"):
            if name in clips:
                return name
        return sorted(clips)[0]

    return choose


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--media", required=True)
    parser.add_argument("--auth", choices=["none", "basic", "digest"], default="none")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", default="Test-1234")
    parser.add_argument("--one-playback", action="store_true")
    parser.add_argument("--stamps")
    options = parser.parse_args()

    names = sorted(name[:-5] for name in os.listdir(options.media) if name.endswith(".json"))
    clips = {name: Clip(options.media, name) for name in names}
    if options.stamps:
        with open(options.stamps, "r+b") as file:
            Stamps.table = memoryview(mmap.mmap(file.fileno(), 0)).cast("d")
    loop = GLib.MainLoop()
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    mounts = server.get_mount_points()
    factories = {}

    if options.auth != "none":
        auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        if options.auth == "basic":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
        else:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password, token)
        server.set_auth(auth)

    def mount(path, choose, shared=True, row=0):
        factory = Factory(options.media, clips, choose, shared, row)
        if options.auth != "none":
            rights = GstRtspServer.RTSPPermissions()
            rights.add_permission_for_role("user", "media.factory.access", True)
            rights.add_permission_for_role("user", "media.factory.construct", True)
            factory.set_permissions(rights)
        factories[path] = factory
        mounts.add_factory(path, factory)

    for name in names:
        mount("/" + name, lambda _url, name=name: name)
    maker = live_name(clips)

    def recorded(url):
        return "record_h264" if "record_h264" in clips else maker(url)

    for channel in range(1, 50):
        for stream in (1, 2):
            mount(f"/Streaming/Channels/{channel}0{stream}", maker, row=channel)
        mount(f"/Streaming/tracks/{channel}01", recorded, shared=False)
        mount(f"/unicast/c{channel}", maker)
    mount("/cam/realmonitor", maker)
    mount("/cam/playback", recorded, shared=False)
    playing = set()

    def described(client, context):
        url = context.uri
        print(f"ASKED {url.abspath}?{url.query or ''}", flush=True)
        for path, factory in factories.items():
            if (url.abspath or "").startswith(path):
                factory.asked = url.copy()

    def before_describe(client, context):
        playback = re.match(r"/Streaming/tracks|/cam/playback|/c\d+/", context.uri.abspath or "")
        path = context.uri.abspath or ""
        if re.match(r"/c\d+/b\d+/e\d+/replay", path) and path not in factories:
            mount(path, recorded, shared=False)  # the moments stand in the path, and a mount is looked up whole
        if options.one_playback and playback and playing - {client}:
            return GstRtsp.RTSPStatusCode.NOT_ENOUGH_BANDWIDTH
        if playback:
            playing.add(client)
            client.connect("closed", lambda one: playing.discard(one))
        described(client, context)
        return GstRtsp.RTSPStatusCode.OK

    server.connect("client-connected", lambda _server, client: client.connect("pre-describe-request", before_describe))
    server.attach(None)

    def kick():
        server.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)

    def obey(line):
        words = line.split()
        if words[0] in ("stall", "resume"):
            Faults.stalled = words[0] == "stall"
        elif words[0] == "loss":
            Faults.loss = float(words[1])
        elif words[0] == "corrupt":
            Faults.corrupt = float(words[1])
        elif words[0] == "show":
            for feed in factories["/" + words[1]].feeds:
                feed.show(clips[words[2]])
        elif words[0] == "kick":
            kick()
        elif words[0] == "quit":
            loop.quit()
        print("OK " + line, flush=True)
        return False

    def listen():
        for line in sys.stdin:
            GLib.idle_add(obey, line.strip())
        loop.quit()

    threading.Thread(target=listen, daemon=True).start()
    print(f"READY {server.get_bound_port()}", flush=True)
    loop.run()


main()

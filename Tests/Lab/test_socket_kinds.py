"""Unix, raw and UDP-Lite sockets beside ss, timers, and watching; in a namespace of this test's own."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import unittest

from namespaces import Namespace, agent, run, tool

HOLDER = """
import os, signal, socket, sys
folder = sys.argv[1]
kept = []
listener = socket.socket(socket.AF_UNIX)
listener.bind(folder + "/a b.sock")
listener.listen(3)
client = socket.socket(socket.AF_UNIX)
client.connect(folder + "/a b.sock")
kept += [listener, client, listener.accept()[0], *socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)]
abstract = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
abstract.bind("\\0periplus-" + str(os.getpid()))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
lite = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)
lite.bind(("127.0.0.1", 0))
server = socket.create_server(("127.0.0.1", 0))
alive = socket.socket()
alive.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
alive.connect(server.getsockname())
print(os.getpid(), lite.getsockname()[1], alive.getsockname()[1], flush=True)
signal.pause()
"""


class SocketKinds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = Namespace("kinds")
        cls.addClassCleanup(cls.namespace.remove)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.holder = subprocess.Popen(
            cls.namespace.command(sys.executable, "-c", HOLDER, cls.folder.name), stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end)
        cls.pid, cls.lite, cls.alive = map(int, cls.holder.stdout.readline().split())

    @classmethod
    def end(cls):
        cls.holder.kill()
        cls.holder.wait()
        cls.holder.stdout.close()

    def rows(self, *arguments):
        done = run(*self.namespace.command(agent(), "sockets", *arguments, "-o", "ndjson"))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ss_inodes(self, *arguments):
        out = run(*self.namespace.command(tool("ss"), "-H", "-n", "-e", "-O", *arguments)).stdout
        return {int(number) for number in re.findall(r"ino:(\d+)", out)}

    def test_unix_sockets_are_those_of_ss(self):
        rows = self.rows("-xa", "-p")
        mine = [row for row in rows if any(one["pid"] == self.pid for one in row["processes"] or [])]
        out = run(*self.namespace.command(tool("ss"), "-H", "-n", "-O", "-xap")).stdout
        theirs = [line for line in out.splitlines() if f"pid={self.pid}," in line]
        self.assertEqual(len(mine), len(theirs))
        path = f"{self.folder.name}/a b.sock"
        listening = next(row for row in mine if row["state"] == "listening")
        self.assertEqual((listening["localAddress"], listening["type"], listening["sendQueue"]), (path, "stream", 3))
        self.assertTrue(any(row["localAddress"] == f"@periplus-{self.pid}" and row["type"] == "datagram" for row in mine))
        self.assertEqual(sum(row["type"] == "packet" for row in mine), 2)
        connected = next(row for row in mine if row["remoteAddress"] == path)
        self.assertEqual(connected["state"], "established")
        chosen = self.rows("-xa", "src", f"unix:{self.folder.name}/*")
        self.assertEqual({row["localAddress"] for row in chosen}, {path})

    def test_raw_and_udp_lite_sockets(self):
        (raw,) = self.rows("-wa", "-p")
        self.assertEqual((raw["protocol"], raw["localPort"], raw["processes"][0]["pid"]), ("raw", 1, self.pid))
        (lite,) = self.rows("-a", "--udplite", "-p")
        self.assertEqual((lite["protocol"], lite["localPort"], lite["state"]), ("udplite", self.lite, "unconnected"))
        self.assertEqual(lite["processes"][0]["pid"], self.pid)

    def test_a_timer_is_told_with_its_time(self):
        (row,) = self.rows("-t", f"sport = :{self.alive}")
        self.assertEqual(row["timer"]["name"], "keepalive")
        # Two hours, less what this test took (tcp(7), tcp_keepalive_time).
        self.assertTrue(7_000_000 < row["timer"]["milliseconds"] <= 7_200_000, row["timer"])

    def test_watching_looks_again_until_it_is_interrupted(self):
        process = subprocess.Popen(
            self.namespace.command(agent(), "sockets", "-tl", "--watch", "--every", "200ms", "-o", "ndjson"),
            stdout=subprocess.PIPE, text=True)
        try:
            times = [json.loads(process.stdout.readline())["sampledAt"] for _ in range(3)]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)
            process.stdout.close()
        self.assertEqual(len(set(times)), 3)
        self.assertEqual(times, sorted(times))


if __name__ == "__main__":
    unittest.main()

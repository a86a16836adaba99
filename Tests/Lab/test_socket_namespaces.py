"""Sockets of every network namespace: each read once, by entering it or, without that right, by a process's text tables."""

import json
import os
import re
import subprocess
import sys
import unittest

from namespaces import Namespace, agent, run, tool

NOBODY = 65534

HOLDER = """
import signal, socket, sys
kept = []
for port in sys.argv[1:]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(5)
    kept.append(listener)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
signal.pause()
"""


class SocketNamespaces(unittest.TestCase):
    def setUp(self):
        self.home = Namespace("home")
        self.addCleanup(self.home.remove)
        self.other = Namespace("other")
        self.addCleanup(self.other.remove)
        # Half of the marks of this test's sockets: ports that nobody else listens on in all namespaces of this machine.
        self.first = 21000 + os.getpid() % 1000 * 10
        self.hold(self.home.command(), self.first)
        self.hold(self.other.command(), self.first + 1, self.first + 2)

    def hold(self, prefix, *ports):
        process = subprocess.Popen([*prefix, sys.executable, "-c", HOLDER, *map(str, ports)], stdout=subprocess.PIPE, text=True)

        def end():
            process.kill()
            process.wait()
            process.stdout.close()

        self.addCleanup(end)
        self.assertEqual(process.stdout.readline(), "ready\n")
        return process

    def rows(self, *arguments, prefix=()):
        done = run(*self.home.command(*prefix, agent(), "sockets", "-tulp", "-o", "ndjson", *arguments))
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return {(row["protocol"], row["localPort"]): row for row in rows
                if self.first <= row["localPort"] < self.first + 10}, rows, done.stderr

    @staticmethod
    def inode(namespace):
        out = run(*namespace.command("readlink", "/proc/self/ns/net")).stdout
        return int(re.search(r"\[(\d+)\]", out).group(1))

    def test_every_namespace_is_read_once_and_named(self):
        own, _, _ = self.rows()
        self.assertEqual(set(own), {("tcp", self.first), ("udp", self.first)})
        every, rows, errors = self.rows("--all-namespaces")
        self.assertEqual(errors.count(f"/run/netns/{self.other.name}"), 0, errors)
        self.assertEqual(
            set(every), {("tcp", self.first), ("udp", self.first), ("tcp", self.first + 1), ("tcp", self.first + 2),
                         ("udp", self.first + 1)})
        keys = [(row["namespace"], row["protocol"], row["localAddress"], row["localPort"], row["inode"]) for row in rows]
        self.assertEqual(len(keys), len(set(keys)), "each socket once")
        here, there = every[("tcp", self.first)], every[("tcp", self.first + 1)]
        self.assertEqual((here["namespace"], here["namespaceName"]), (self.inode(self.home), None))
        self.assertEqual((there["namespace"], there["namespaceName"]), (self.inode(self.other), self.other.name))
        self.assertEqual(there["processes"][0]["name"], os.path.basename(sys.executable)[:15])
        self.assertIsNotNone(there["cookie"], "read by entering")

    def test_a_filter_names_a_namespace(self):
        for name in (self.other.name, str(self.inode(self.other))):
            with self.subTest(name=name):
                chosen, rows, _ = self.rows("ns", name)
                self.assertEqual(set(chosen), {("tcp", self.first + 1), ("tcp", self.first + 2), ("udp", self.first + 1)})
                self.assertEqual(len(rows), 3)

    def test_without_the_right_to_enter_a_processes_tables_are_read(self):
        user = [tool("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--bounding-set=-all",
                "--inh-caps=-all"]
        # A namespace without a name, of a process of the same user: it may be looked at and not entered.
        self.hold(["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', *user], self.first + 3)
        every, _, errors = self.rows("--all-namespaces", prefix=user)
        self.assertIn(("tcp", self.first), every)
        found = every[("tcp", self.first + 3)]
        self.assertIsNone(found["cookie"], "read from text tables")
        self.assertEqual(found["user"], "nobody")
        self.assertEqual([process["name"] for process in found["processes"]], [os.path.basename(sys.executable)[:15]])
        # Root's namespace has a name and no process that may be looked at: it is said to be missing, with what would help.
        self.assertNotIn(("tcp", self.first + 1), every)
        self.assertRegex(errors, f"namespace /run/netns/{self.other.name} are missing.*CAP_SYS_ADMIN")


if __name__ == "__main__":
    unittest.main()

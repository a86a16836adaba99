"""The inventory against ss and lsof, in a namespace of this test's own, where nothing else opens sockets."""

import json
import os
import re
import subprocess
import sys
import unittest

from namespaces import Namespace, agent, run, tool

HOLDER = """
import os, signal, socket
kept = []
def bound(family, kind, address, listening):
    one = socket.socket(family, kind)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind((address, 0))
    if listening:
        one.listen(5)
    kept.append(one)
    return one
for family, loopback, wildcard in ((socket.AF_INET, "127.0.0.1", "0.0.0.0"), (socket.AF_INET6, "::1", "::")):
    for address in (loopback, wildcard):
        listener = bound(family, socket.SOCK_STREAM, address, True)
        bound(family, socket.SOCK_DGRAM, address, False)
    client = socket.create_connection((loopback, listener.getsockname()[1]))
    kept += [client, listener.accept()[0]]
    datagram = socket.socket(family, socket.SOCK_DGRAM)
    datagram.connect((loopback, 9))
    kept.append(datagram)
for one in kept:
    os.set_inheritable(one.fileno(), True)
if os.fork() == 0:
    signal.pause()
print("ready", flush=True)
signal.pause()
"""


class SocketsAgainstSS(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = Namespace("sockets")
        cls.addClassCleanup(cls.namespace.remove)
        cls.holder = subprocess.Popen(
            cls.namespace.command(sys.executable, "-c", HOLDER), stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )
        cls.addClassCleanup(cls.end)
        assert cls.holder.stdout.readline() == "ready\n"

    @classmethod
    def end(cls):
        # The holder and its child are alone in their process group, which this test made.
        os.killpg(cls.holder.pid, 9)
        cls.holder.wait()
        cls.holder.stdout.close()

    def sockets(self, *arguments):
        done = run(*self.namespace.command(agent(), "sockets", *arguments, "-o", "ndjson"))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ss(self, flags):
        """The sockets that ss names; it leaves out the columns of protocol and state where only one is possible."""
        done = run(*self.namespace.command(tool("ss"), "-H", "-n", "-O", flags))
        rows = set()
        for line in done.stdout.splitlines():
            fields = line.split()
            protocol = fields.pop(0) if fields[0] in ("tcp", "udp") else "tcp" if "t" in flags else "udp"
            if fields[0] in self.STATES:
                state = self.STATES[fields.pop(0)]
            elif "l" in flags:
                state = "listening" if protocol == "tcp" else "unconnected"
            else:
                state = "established"
            rows.add((protocol, state, self.endpoint(fields[2]), self.endpoint(fields[3])))
        return rows

    STATES = {
        "ESTAB": "established", "LISTEN": "listening", "UNCONN": "unconnected", "TIME-WAIT": "time-wait",
        "SYN-SENT": "syn-sent", "SYN-RECV": "syn-recv", "FIN-WAIT-1": "fin-wait-1", "FIN-WAIT-2": "fin-wait-2",
        "CLOSE-WAIT": "close-wait", "LAST-ACK": "last-ack", "CLOSING": "closing",
    }

    @staticmethod
    def endpoint(text):
        host, port = text.rsplit(":", 1)
        host = host.strip("[]")
        return host, 0 if port == "*" else int(port)

    @staticmethod
    def keys(rows):
        return {
            (row["protocol"], row["state"], (row["localAddress"], row["localPort"]),
             (row["remoteAddress"], row["remotePort"]))
            for row in rows
        }

    def test_every_selection_names_the_sockets_that_ss_names(self):
        for flags in ("-tua", "-tul", "-tu", "-ta", "-tl", "-ua", "-ul", "-t", "-u", "-tua4", "-tua6", "-tl4"):
            with self.subTest(flags=flags):
                self.assertEqual(self.keys(self.sockets(flags)), self.ss(flags))

    def test_every_holder_is_named_with_the_process_ids_that_ss_names(self):
        done = run(*self.namespace.command(tool("ss"), "-H", "-n", "-O", "-tuap"))
        expected = {}
        for line in done.stdout.splitlines():
            fields = line.split()
            key = (fields[0], self.STATES[fields[1]], self.endpoint(fields[4]), self.endpoint(fields[5]))
            expected[key] = {int(pid) for pid in re.findall(r"pid=(\d+)", line)}
        found = {}
        for row in self.sockets("-tuap"):
            (key,) = self.keys([row])
            found[key] = {process["pid"] for process in row["processes"] or []}
        self.assertEqual(found, expected)
        self.assertTrue(any(len(pids) == 2 for pids in found.values()), "the child holds them too")

    def test_listeners_are_those_that_lsof_names(self):
        # lsof spells the holder's listening TCP and unconnected UDP sockets as name fields without an arrow.
        done = run(*self.namespace.command(tool("lsof"), "-nP", "-a", "-p", str(self.holder.pid), "-i", "-Fn"))
        ports = {int(line.rsplit(":", 1)[1]) for line in done.stdout.splitlines()
                 if line.startswith("n") and "->" not in line}
        rows = self.sockets("--listeners")
        self.assertEqual({row["localPort"] for row in rows}, ports)
        for row in rows:
            self.assertEqual(row["user"], "root")
            self.assertIn(self.holder.pid, [process["pid"] for process in row["processes"]])
            self.assertRegex(row["processes"][0]["startTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_a_count_is_the_number_of_rows(self):
        done = run(*self.namespace.command(agent(), "sockets", "-tua", "--count"))
        self.assertEqual(int(done.stdout), len(self.sockets("-tua")))


if __name__ == "__main__":
    unittest.main()

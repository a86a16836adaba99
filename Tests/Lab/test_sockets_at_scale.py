"""The inventory of hosts with many sockets is that of ss: the same sockets, no more and no less, and the same processes."""

import json
import os
import re
import resource
import subprocess
import sys
import unittest

from namespaces import Namespace, agent, run, tool

HERE = os.path.dirname(os.path.abspath(__file__))

STATES = {"ESTAB": "established", "LISTEN": "listening", "UNCONN": "unconnected", "TIME-WAIT": "time-wait"}


class SocketsAtScale(unittest.TestCase):
    def hold(self, count):
        namespace = Namespace("many")
        self.addCleanup(namespace.remove)
        namespace.setting("net.ipv4.ip_local_port_range", "1024 65535")
        holder = subprocess.Popen(
            namespace.command(sys.executable, os.path.join(HERE, "many_sockets.py"), str(count), "8"),
            stdout=subprocess.PIPE, text=True)

        def end():
            holder.kill()
            holder.wait()
            holder.stdout.close()

        self.addCleanup(end)
        self.assertEqual(holder.stdout.readline(), "ready\n")
        return namespace

    @staticmethod
    def theirs(namespace):
        out = run(*namespace.command(tool("ss"), "-H", "-n", "-O", "-tuanp"), timeout=300).stdout
        found = set()
        for line in out.splitlines():
            fields = line.split()
            pids = frozenset(re.findall(r"pid=(\d+)", line))
            found.add((fields[0], STATES[fields[1]], fields[4], fields[5].replace(":*", ":0"), pids))
        return found

    @staticmethod
    def ours(out):
        found = set()
        for row in map(json.loads, out.splitlines()):
            pids = frozenset(str(process["pid"]) for process in row["processes"] or [])
            local, remote = (f"{row[end + 'Address']}:{row[end + 'Port']}" for end in ("local", "remote"))
            found.add((row["protocol"], row["state"], local, remote, pids))
        return found

    def test_the_same_sockets_and_processes_as_ss(self):
        for count in (1_000, 10_000, 100_000):
            with self.subTest(count=count):
                namespace = self.hold(count)
                done = run(*namespace.command(agent(), "sockets", "-tuanp", "-o", "ndjson"), timeout=300)
                ours, theirs = self.ours(done.stdout), self.theirs(namespace)
                self.assertGreater(len(theirs), count * 0.9)
                self.assertEqual(ours - theirs, set())
                self.assertEqual(theirs - ours, set())
                self.assertEqual(done.stderr, "")
                listening = run(*namespace.command(agent(), "sockets", "-tl", "--count"), timeout=60).stdout
                self.assertEqual(int(listening), sum(entry[1] == "listening" for entry in theirs))

    def test_a_hundred_thousand_sockets_cost_bounded_memory(self):
        namespace = self.hold(100_000)
        # A debug build is larger; the figure of a release build stands in Benchmarks/README.md.
        command = namespace.command(agent(), "sockets", "-tuanp")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.assertLess(usage.ru_maxrss / 1024, max(64, own / 1024 + 1))


if __name__ == "__main__":
    unittest.main()

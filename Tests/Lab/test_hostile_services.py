"""Services that mean harm cost bounded time and memory, and are told apart from those that do not."""

import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

from namespaces import agent, run
from real_servers import RealServers, caches

# Runs a command and says how much memory it took: from a process that is small itself, because a child inherits the mark
# of the process that it was forked from.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""

HOSTILE = [
    "endless", "endless-text", "endless-fields", "drip", "drip-page", "flood", "junk", "silent", "closing", "reset",
    "records", "echo",
]


class HostileServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = RealServers()
        cls.addClassCleanup(cls.servers.stop)
        caches(cls.servers)
        cls.huge_certificate(cls.servers)
        cls.friendly = set(cls.servers.ports)
        # Each twice, so that they also meet each other's shares.
        names = HOSTILE + [name + "2" for name in HOSTILE]
        arguments = [f"{name}={cls.servers.port(name)}" for name in names]
        script = pathlib.Path(__file__).with_name("hostile_services.py")
        cls.servers.start(sys.executable, str(script), *arguments)
        cls.servers.wait()
        cls.rows, cls.seconds, cls.kilobytes = cls.scan(cls.servers.ports)

    @staticmethod
    def huge_certificate(servers):
        """A server whose certificate is nearly as large as the bound of 64 KiB allows, and one whose is beyond it."""
        for name, count in (("large-certificate", 2_000), ("huge-certificate", 6_000)):
            names = ",".join(f"DNS:host-{number}.lab.example" for number in range(count))
            config = servers.file(
                f"{name}.cnf",
                "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=lab.example\n"
                f"[ext]\nsubjectAltName={names}\n")
            certificate, key = servers.path(f"{name}.pem"), servers.path(f"{name}.key")
            run(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-config", config,
                "-keyout", key, "-out", certificate)
            os.chmod(key, 0o644)
            servers.start(
                "openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{servers.port(name)}", "-cert", certificate,
                "-key", key, "-www")

    @classmethod
    def scan(cls, ports):
        command = cls.servers.namespace.command(
            agent(), "scan", "127.0.0.1", "-p", ",".join(map(str, ports.values())), "-sV", "-o", "ndjson", "--open")
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-c", MEASURED, *command], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        rows = {row["port"]: row for row in map(json.loads, done.stdout.splitlines())}
        kilobytes = int(done.stderr.splitlines()[-1])
        return {name: rows[port] for name, port in ports.items()}, time.monotonic() - began, kilobytes

    def test_they_are_not_taken_for_services(self):
        for name in HOSTILE + [name + "2" for name in HOSTILE]:
            base = name.rstrip("2")
            with self.subTest(name):
                row = self.rows[name]
                self.assertEqual(row["state"], "open")
                if base == "endless-fields":
                    # How far it comes before its bounds depends on the machine.
                    self.assertIn(row["service"], (None, "http"))
                elif base == "drip-page":
                    # What came of the answer is HTTP beyond doubt.
                    self.assertEqual(row["service"], "http")
                elif base == "echo":
                    self.assertEqual(row["service"], "echo")
                elif base == "records":
                    self.assertIn(row.get("confidence"), (None, "certain"))
                else:
                    self.assertNotEqual(row.get("confidence"), "certain", row)
                self.assertIsNone(row["product"])

    def test_those_beside_them_are_identified(self):
        self.assertEqual(self.rows["redis"]["product"], "Redis")
        self.assertEqual(self.rows["redis-tls"]["product"], "Redis")
        self.assertEqual(self.rows["memcached"]["product"], "memcached")

    def test_a_large_certificate_is_cut_and_a_huge_one_refused(self):
        certificate = self.rows["large-certificate"]["tls"]["certificate"]
        self.assertEqual(certificate["subject"], "CN=lab.example")
        self.assertEqual(len(certificate["alternativeNames"]), 64)
        huge = self.rows["huge-certificate"]
        self.assertEqual(huge["service"], "tls")
        self.assertTrue(huge["tls"] is None or huge["tls"]["certificate"] is None)

    def test_time_and_memory_are_bounded(self):
        print(f"{len(self.rows)} services in {self.seconds:.1f} s, {self.kilobytes // 1024} MB", end=" ", flush=True)
        # Four of a host's endpoints are asked at a time, each for about 5 s at most.
        self.assertLess(self.seconds, 5 * (len(self.rows) / 4 + 2))
        self.assertLess(self.kilobytes, 64 * 1024)

    def test_a_low_limit_of_descriptors_delays_but_loses_nothing(self):
        ports = {name: self.servers.ports[name] for name in ("redis", "redis-tls", "memcached")}
        command = self.servers.namespace.command(
            "prlimit", "--nofile=32:32", agent(), "scan", "127.0.0.1", "-p", ",".join(map(str, ports.values())), "-sV",
            "-o", "ndjson", "--open")
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(sorted(row["service"] for row in rows), ["memcached", "redis", "redis"], done.stderr)


if __name__ == "__main__":
    unittest.main()

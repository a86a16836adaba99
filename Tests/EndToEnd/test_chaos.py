"""A minute of kills, stops and partitions, or of lost packets and clocks that jump; then calm: everything has been looked at
once, and the chart tells the truth."""

import contextlib
import glob
import os
import random
import signal
import sqlite3
import sys
import time
import unittest

from fleet import Fleet
from programs import Program, binary, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

COORDINATOR, FIRST, SECOND = "10.78.0.1", "10.78.0.2", "10.78.0.3"
TARGETS, HOSTS = "10.78.0.16/30", [f"10.78.0.{number}" for number in range(16, 20)]
PORTS = 3000

# How long a stopped agent sleeps: past its lease of 30 s.
SLEEP = 36

# Listens where it is told to, says so, and waits.
SERVER = """
import socket, sys, threading
for place in sys.argv[1:]:
    address, port = place.rsplit(":", 1)
    server = socket.create_server((address, int(port)))
    def serve(server=server):
        while True: server.accept()[0].close()
    threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""

PARTITION = f"""
table inet partition {{
  chain input {{ type filter hook input priority 0; ip saddr {COORDINATOR} drop; }}
  chain output {{ type filter hook output priority 0; ip daddr {COORDINATOR} drop; }}
}}
"""


# A fifth of all packets between an agent and the coordinator, each way.
LOSS = f"""
table inet loss {{
  chain input {{ type filter hook input priority 0; ip saddr {COORDINATOR} numgen random mod 100 < 20 drop; }}
  chain output {{ type filter hook output priority 0; ip daddr {COORDINATOR} numgen random mod 100 < 20 drop; }}
}}
"""

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")


class FakedClock:
    """A wall clock for programs, which the test sets; what nobody sets (CLOCK_MONOTONIC, CLOCK_BOOTTIME) goes on as it does."""

    def __init__(self, path):
        self.path = path
        self.set(0)
        self.environment = {
            "LD_PRELOAD": FAKETIME[0], "FAKETIME_TIMESTAMP_FILE": path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, seconds):
        """So far ahead of the machine's clock, or behind it."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(f"{seconds:+d}\n")
        os.replace(self.path + ".new", self.path)


class ChaosTests(unittest.TestCase):
    def setUp(self):
        # The moments of the storm; the number makes them again as far as processes can be made to.
        self.seed = int(os.environ.get("PERIPLUS_SEED") or random.randrange(1 << 32))
        print(f"chaos with PERIPLUS_SEED={self.seed}", flush=True)
        self.random = random.Random(self.seed)
        self.hub = self.namespace("hub")
        self.hub.ip("link", "add", "bridge", "type", "bridge")
        self.hub.address("bridge", f"{COORDINATOR}/24")
        self.places = {
            "first": self.site("first", FIRST), "second": self.site("second", SECOND), "there": self.site("there", *HOSTS)}
        self.truth = {
            (host, port) for host in HOSTS for port in self.random.sample(range(1, PORTS + 1), self.random.randint(1, 9))}
        server = Program(
            *self.places["there"].command(sys.executable, "-c", SERVER), *(f"{host}:{port}" for host, port in self.truth))
        self.addCleanup(server.kill)
        server.line("ready")
        self.fleet = Fleet(self, wrap=self.hub.command())
        self.serve()
        self.identities = {
            name: self.fleet.enrol(name, "--duties", "scan", wrap=self.places[name].command())
            for name in ("first", "second")}
        self.agents = {}

    def namespace(self, name):
        namespace = Namespace(name)
        self.addCleanup(namespace.remove)
        return namespace

    def site(self, name, *addresses):
        """A namespace with a cable to the hub."""
        namespace = self.namespace(name)
        self.hub.link(name, namespace, "eth0")
        self.hub.ip("link", "set", name, "master", "bridge", "up")
        namespace.address("eth0", *(f"{address}/24" for address in addresses))
        return namespace

    # What the storm does.

    def serve(self):
        self.fleet.serve("--insecure-http", address=COORDINATOR)

    def strike_coordinator(self):
        self.fleet.crash_coordinator()
        self.serve()

    def start(self, name):
        # It may find no coordinator for a while: nothing is waited for here.
        program = Program(
            *self.places[name].command(binary("periplus-agent")), "run", "--identity", self.identities[name],
            environment=self.fleet.environment)
        self.addCleanup(program.kill)
        self.agents[name] = program

    def start_with_clock(self, name, clock):
        """As `start`, with a wall clock of its own."""
        before = self.fleet.environment
        self.fleet.environment = {**before, **clock.environment}
        try:
            self.start(name)
        finally:
            self.fleet.environment = before

    def strike(self, name):
        self.agents[name].kill()
        self.start(name)

    def partition(self, name):
        self.places[name].nft(PARTITION)

    def join(self, name):
        self.places[name].nft("delete table inet partition")

    def wait_for_work(self, name):
        until(lambda: any(
            row["name"] == name and row.get("currentJob")
            for row in self.fleet.request("GET", "/api/v1/agents")[1]["rows"]), f"{name} at work")

    def pause(self, least, most):
        time.sleep(self.random.uniform(least, most))

    def storm(self, scan):
        for _ in range(2):
            self.strike_coordinator()
            self.pause(1, 3)
        # A coordinator that starts extends the leases; so it lives on while one of them is to run out.
        self.wait_for_work("first")
        self.agents["first"].signal(signal.SIGSTOP)
        wakes = time.monotonic() + SLEEP
        self.pause(1, 3)
        self.strike("second")
        self.pause(3, 5)
        self.partition("second")
        self.pause(6, 9)
        self.join("second")
        self.pause(3, 5)
        self.strike("second")
        time.sleep(max(0, wakes - time.monotonic()))
        self.assertTrue(self.agents["first"].is_running, self.agents["first"].lines)
        self.agents["first"].signal(signal.SIGCONT)
        self.pause(1, 3)
        for name in self.random.sample(["first", "second"], 2):
            self.strike_coordinator()
            self.pause(1, 3)
            self.strike(name)
            self.pause(1, 3)
        self.partition("second")
        self.strike_coordinator()
        self.strike("first")
        self.pause(2, 4)
        self.join("second")
        self.fleet.coverage(scan)

    def test_lost_packets_and_clocks_that_jump_lose_nothing(self):
        self.assertEqual(len(FAKETIME), 1, "deploy/prepare integration installs faketime")
        clocks = {name: FakedClock(self.fleet.path(f"clock-{name}")) for name in ("coordinator", "first", "second")}
        self.fleet.crash_coordinator()
        before = self.fleet.environment
        self.fleet.environment = {**before, **clocks["coordinator"].environment}
        self.serve()
        self.fleet.environment = before
        for name in ("first", "second"):
            self.start_with_clock(name, clocks[name])
        scan = self.fleet.submit(TARGETS, "-p", f"1-{PORTS}", "--rate-per-agent", "80")
        self.fleet.wait_until_probed(scan)
        for name in ("first", "second"):
            self.places[name].nft(LOSS)
        self.pause(3, 6)
        self.wait_for_work("first")
        # An agent dies while the coordinator's clock is an hour ahead; set back, its lease must not live for an hour.
        clocks["coordinator"].set(3_600)
        self.wait_until_said("clock of this machine was set", 1)
        self.agents["second"].kill()
        clocks["first"].set(-7_200)
        self.pause(2, 4)
        clocks["coordinator"].set(-3_600)
        self.wait_until_said("clock of this machine was set", 2)
        clocks["first"].set(86_400)
        self.fleet.coverage(scan)
        # A coordinator that stands still past every lease's end. It may have stood still for less before: a look may be late.
        stood = self.said("this coordinator stood still")
        self.fleet.coordinator.signal(signal.SIGSTOP)
        time.sleep(SLEEP)
        self.fleet.coordinator.signal(signal.SIGCONT)
        until(lambda: self.said("this coordinator stood still") > stood, "the coordinator says that it stood still", within=240)
        self.assertEqual(self.fleet.scan(scan)["state"], "running", "the storm came in mid-scan")
        clocks["coordinator"].set(0)
        self.start_with_clock("second", clocks["second"])
        for name in ("first", "second"):
            self.places[name].nft("delete table inet loss")
        self.wait_until_said("clock of this machine was set", 3)
        self.expect_the_truth(scan)

    def rows(self, statement):
        with contextlib.closing(sqlite3.connect(self.fleet.database)) as connection:
            return connection.execute(statement).fetchall()

    def test_after_a_storm_the_receipt_the_store_and_the_chart_are_right(self):
        for name in ("first", "second"):
            self.start(name)
        scan = self.fleet.submit(TARGETS, "-p", f"1-{PORTS}", "--rate-per-agent", "80")
        self.fleet.wait_until_probed(scan)
        self.storm(scan)
        self.assertEqual(self.fleet.scan(scan)["state"], "running", "the storm came in mid-scan")
        expired = self.expect_the_truth(scan)
        self.assertGreater(expired, 0, "the sleeper's lease ran out")

    def said(self, words):
        """How often the coordinator has said it."""
        return sum(words in line for line in list(self.fleet.coordinator.lines))

    def wait_until_said(self, words, times):
        """The coordinator has said it so often, and no more."""
        until(lambda: self.said(words) >= times, f"{times} times \"{words}\"")
        self.assertEqual(self.said(words), times, self.fleet.coordinator.lines)

    def expect_the_truth(self, scan):
        """The scan ends whole, chart and store are right; returns how many leases ran out."""
        state = self.fleet.wait_until_over(scan, within=300)
        lines = {name: program.lines for name, program in self.agents.items()}
        self.assertEqual(state, "done", lines)
        for name, program in self.agents.items():
            self.assertTrue(program.is_running, lines[name])
        counts = self.fleet.coverage(scan)
        size = len(HOSTS) * PORTS
        self.assertEqual(counts, {"size": size, "probed": size, "skipped": 0, "failed": 0, "notReached": 0})
        found = {(row["address"], row["port"]) for row in self.fleet.ports("state:open", "net:10.78.0.16/30")}
        self.assertEqual(found, self.truth)
        self.assertEqual(len(self.fleet.ports("state:open", "net:10.78.0.16/30")), len(self.truth), "each stands there once")

        self.fleet.crash_coordinator()
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.rows("PRAGMA foreign_key_check"), [])
        (granted, ended, expired), = self.rows(
            "SELECT count(*), count(ended_at), count(*) FILTER (WHERE outcome IS NULL AND ended_at >= expires_at) FROM lease")
        print(f"{granted} leases granted, {ended} ended, {expired} of them by running out", flush=True)
        self.assertEqual(granted, ended, "no lease is left over")
        return expired


if __name__ == "__main__":
    unittest.main()

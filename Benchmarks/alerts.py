"""Alerts at size: 100,000 changes through 100 alerts, deliveries a second to a local receiver, and a dead receiver beside.

PERIPLUS_BIN=.build/release python3 Benchmarks/alerts.py [matching|deliveries]

The changes are laid into the feed of a coordinator that does not run; then it is started, and the time until all of them are
matched is taken, reading and writing of the store included. The goals are DESIGN's: 5 s, 500 deliveries a second.
"""

import asyncio
import ipaddress
import os
import pathlib
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "EndToEnd"))
from receivers import AlertFleet  # noqa: E402
from programs import until  # noqa: E402

CHANGES, ALERTS, MESSAGES = 100_000, 100, 10_000


class Benchmark:
    """What the fleet of the tests wants of a test."""

    def __init__(self):
        self.cleanups = []

    def addCleanup(self, function, *words, **options):
        self.cleanups.append((function, words, options))

    def assertEqual(self, left, right, words=""):
        assert left == right, words

    def assertIn(self, left, right, words=""):
        assert left in right, words

    def clean(self):
        for function, words, options in reversed(self.cleanups):
            function(*words, **options)


class QuickReceiver:
    """Takes what comes on open connections, in one thread of its own."""

    def __init__(self):
        self.times = []
        self.ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        self.ready.wait()

    async def serve(self):
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await server.serve_forever()

    async def handle(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                await reader.readexactly(length)
                self.times.append(time.monotonic())
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def lay(fleet, count, kind="closed"):
    """Changes of as many endpoints in the feed."""
    now = int(time.time() * 1000)
    with sqlite3.connect(fleet.database) as connection:
        connection.executemany(
            "INSERT INTO notice(kind, site_id, zone_id, is_self_view, scope, address, transport, port, before, after, "
            "observed_at, accepted_at) VALUES (?, 1, 1, 0, '', ?, 6, ?, 'open', 'closed', ?, ?)",
            ((kind, ipaddress.ip_address(0x0A000000 + number).packed, (22, 80, 443, 8080)[number % 4], now, now)
             for number in range(count)))
    connection.close()


def matched(fleet):
    connection = sqlite3.connect(f"file:{fleet.database}?mode=ro", uri=True)
    try:
        return connection.execute("SELECT cursor FROM alert_state").fetchone()[0]
    finally:
        connection.close()


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def matching(name, query):
    benchmark = Benchmark()
    try:
        fleet = AlertFleet(benchmark)
        fleet.begin()
        fleet.cli("receivers", "add", "log", "--kind", "syslog")
        for number in range(ALERTS):
            status, answer = fleet.request("POST", "/api/v1/alerts", {
                "name": f"a{number}", "receivers": ["log"], "kinds": ["closed", "opened"], "query": query(number), "waitSeconds": 3600})
            assert status == 201, answer
        fleet.stop(fleet.coordinator)
        lay(fleet, CHANGES)
        fleet.serve("--deliveries", fleet.policy)
        begun = time.monotonic()
        until(lambda: matched(fleet) >= CHANGES, "every change matched", within=120)
        seconds = time.monotonic() - begun
        print(f"matching, {name}: {CHANGES:,} changes through {ALERTS} alerts in {seconds:.2f} s, "
              f"{processor_seconds(fleet.coordinator.pid):.2f} s of processor", flush=True)
    finally:
        benchmark.clean()


def deliveries():
    benchmark = Benchmark()
    try:
        fleet = AlertFleet(benchmark)
        fleet.begin()
        receiver = QuickReceiver()
        names = ["well", "dead"]
        for name, port in (("well", receiver.port), ("dead", 9)):
            fleet.cli("receivers", "add", name, "--kind", "webhook", "--destination", f"http://127.0.0.1:{port}/x")
        fleet.cli("alerts", "add", "single", *(word for name in names for word in ("--to", name)), "--kind", "closed",
                  "--group", "none", "--wait", "0s")
        fleet.stop(fleet.coordinator)
        lay(fleet, MESSAGES)
        fleet.serve("--deliveries", fleet.policy)
        until(lambda: len(receiver.times) >= MESSAGES, "every message", within=120)
        times = sorted(receiver.times)
        whole = times[MESSAGES - 1] - times[0]
        print(f"deliveries: {MESSAGES:,} to a local webhook in {whole:.2f} s, {MESSAGES / whole:,.0f} a second, made from the "
              f"feed meanwhile, with as many waiting for a dead receiver beside; {processor_seconds(fleet.coordinator.pid):.2f} s "
              "of processor", flush=True)
    finally:
        benchmark.clean()


def main():
    chosen = sys.argv[1:] or ["matching", "deliveries"]
    print(subprocess.run(["uname", "-sr"], capture_output=True, text=True, check=True).stdout.strip(),
          f"{os.cpu_count()} processors", flush=True)
    if "matching" in chosen:
        matching("a network each", lambda number: f"net:10.{number % 2}.{number}.0/24 port:443,80")
        matching("a port of a few networks each, or another",
                 lambda number: f"not zone:lab (net:10.{number % 2}.{number}.0/26 or net:10.1.{number}.128/26 port:22,443)")
    if "deliveries" in chosen:
        deliveries()


if __name__ == "__main__":
    main()

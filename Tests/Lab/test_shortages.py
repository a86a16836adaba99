"""What the scanner's own kernel and the reader of its results may be short of: it slows a scan down and is no verdict."""

import collections
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import cells
from counting import Syns
from namespaces import Namespace, agent


class NearHost(cells.Cell):
    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.address("lo", "10.78.0.1/32")
        self.target.setting("net.ipv4.icmp_ratelimit", 0)
        self.listen([("10.78.0.1", port) for port in range(13, 2000, 20)])
        self.targets = ["10.78.0.1"]


class Shortages(unittest.TestCase):
    def setUp(self):
        self.cell = NearHost("short")
        self.addCleanup(self.cell.close)
        self.library = cells.compiled("shortages", self.cell.folder, "-shared", "-fPIC", "-ldl")

    def scan(self, every, *arguments):
        """Rows by port, and how many calls the kernel refused."""
        log = os.path.join(self.cell.folder, "refused")
        done = subprocess.run(
            self.cell.scanner.command(
                "env", f"LD_PRELOAD={self.library}", f"SHORTAGE_EVERY={every}", f"SHORTAGE_LOG={log}", agent(), "scan",
                "10.78.0.1", "-Pn", "-o", "ndjson", *arguments),
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        by_port = {row["port"]: row for row in rows}
        self.assertEqual(len(by_port), len(rows))
        with open(log) as file:
            return by_port, int(file.read())

    def test_what_runs_out_now_and_then_is_waited_for(self):
        syns = Syns(self.cell.scanner)
        for every in (2, 7):
            with self.subTest(every=every):
                syns.reset()
                rows, refused = self.scan(every, "-p", "1-2000")
                self.assertEqual(set(rows), set(range(1, 2001)))
                self.assertGreater(refused, 2000 // every)
                for port, row in rows.items():
                    self.assertEqual(row["state"], "open" if port % 20 == 13 else "closed", row)
                # What was refused here was no try.
                self.assertEqual(syns.total, 2000)

    def test_datagrams_too(self):
        rows, refused = self.scan(3, "-sU", "-p", "U:40000-40049")
        self.assertEqual({row["state"] for row in rows.values()}, {"closed"})
        self.assertEqual(len(rows), 50)
        self.assertGreater(refused, 50 // 3)

    def test_what_never_comes_back_leaves_endpoints_unchecked(self):
        began = time.monotonic()
        rows, refused = self.scan(1, "-p", "13,14")
        self.assertEqual(
            {(row["state"], row["reason"]) for row in rows.values()}, {("unchecked", "local-resources")})
        self.assertEqual(len(rows), 2)
        # It was asked again and again, ever more slowly.
        self.assertGreater(time.monotonic() - began, 25)
        self.assertTrue(100 < refused < 2000, refused)


class StalledReader(unittest.TestCase):
    hosts = ["127.0.0.1", "127.0.0.2"]
    count = 2 * 65_535

    def setUp(self):
        self.namespace = Namespace("stall")
        self.addCleanup(self.namespace.remove)
        self.syns = Syns(self.namespace)

    def begin(self, *arguments):
        process = subprocess.Popen(
            self.namespace.command(agent(), "scan", *arguments, "-o", "ndjson"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

        def end():
            process.kill()
            process.wait()
            process.stdout.close()

        self.addCleanup(end)
        return process

    def stall(self):
        """Waits until nothing is sent any more, because nobody takes the results."""
        before, deadline = -1, time.monotonic() + 60
        while time.monotonic() < deadline:
            sent = self.syns.total
            if sent == before and sent > 1000:
                return sent
            before = sent
            time.sleep(1)
        raise AssertionError(f"the scan goes on: {before} sent")

    def every_row_once(self, lines):
        counts = collections.Counter()
        for line in lines:
            row = json.loads(line)
            counts[(row["address"], row["port"])] += 1
            self.assertEqual(row["state"], "closed", row)
        self.assertEqual(len(counts), self.count)
        self.assertEqual(set(counts.values()), {1})

    def test_a_reader_that_stalls_stops_the_scan_and_loses_nothing(self):
        process = self.begin(*self.hosts, "-p-")
        sent = self.stall()
        # 32,768 results wait at most, beside what the pipe and the buffers hold.
        self.assertLess(sent, 60_000)
        time.sleep(2)
        self.assertEqual(self.syns.total, sent)
        self.every_row_once(process.stdout)
        self.assertEqual(process.wait(), 0)
        # A connection to itself, as loopback has a few, is asked again.
        self.assertTrue(self.count <= self.syns.total < self.count + 200, self.syns.total)

    def test_a_scan_that_is_killed_while_its_reader_stalls_goes_on_and_loses_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            journal = os.path.join(folder, "journal")
            process = self.begin(*self.hosts, "-p-", "--resume", journal)
            self.stall()
            process.send_signal(signal.SIGKILL)
            process.wait()
            again = self.begin("--resume", journal)
            self.every_row_once(again.stdout)
            self.assertEqual(again.wait(), 0)


if __name__ == "__main__":
    unittest.main()

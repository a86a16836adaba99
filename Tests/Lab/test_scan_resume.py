"""Scans that go on where they were killed: nothing lost, nothing asked twice beyond the last second."""

import json
import os
import signal
import tempfile
import time
import unittest

from namespaces import run
from scanning import COUNTER, Bench

PORTS = [3001, 3002, 3003, 3004, 3005]
RATE = 400
# Every address of loopback's /24 leads to the listeners, whose counts tell each address apart.
TARGETS = "127.9.0.0/24"
HOSTS = 256


class ScanResume(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(self, "resume")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.journal = os.path.join(self.folder, "journal")
        self.counter = self.bench.start(COUNTER, *PORTS)

    def begin(self, *arguments, spec="3000-3006"):
        return self.bench.begin(
            TARGETS, "-Pn", "-p", spec, "--rate", RATE, "--resume", self.journal, "-o", "ndjson", *arguments)

    def kill_in_the_middle(self, process, seconds=2.5):
        until = time.monotonic() + 20
        while not os.path.exists(self.journal):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        time.sleep(seconds)
        self.assertIsNone(process.poll(), "the scan ended before it could be killed")
        process.send_signal(signal.SIGKILL)
        process.wait()

    def rows(self, output):
        rows = [json.loads(line) for line in output.splitlines()]
        keys = [(row["address"], row["port"]) for row in rows]
        self.assertEqual(len(keys), len(set(keys)), "an endpoint has two rows")
        return {key: row for key, row in zip(keys, rows)}

    def test_a_killed_scan_goes_on_and_is_whole(self):
        self.kill_in_the_middle(self.begin())
        output, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson")
        rows = self.rows(output)
        self.assertEqual(len(rows), HOSTS * 7)
        for (_, port), row in rows.items():
            self.assertEqual(row["state"], "open" if port in PORTS else "closed")
        counts = self.bench.counts(self.counter)
        self.assertEqual(len(counts), HOSTS * len(PORTS))
        twice = [key for key, count in counts.items() if count > 1]
        self.assertEqual([count for count in counts.values() if count > 2], [])
        self.assertLessEqual(len(twice), RATE, "more than the last second was asked again")
        # Once more prints the same and asks nobody.
        again, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson")
        again = self.rows(again)
        # Only of what is open times are kept.
        for row in (*rows.values(), *again.values()):
            if row["state"] != "open":
                row["rttMicroseconds"] = None
        self.assertEqual(again, rows)

    def test_a_scan_that_is_killed_again_and_again_comes_to_its_end(self):
        self.kill_in_the_middle(self.begin(), seconds=1.5)
        for _ in range(2):
            process = self.bench.begin("--resume", self.journal, "-o", "ndjson")
            time.sleep(1.5)
            process.send_signal(signal.SIGKILL)
            process.wait()
        output, _ = self.bench.scan("--resume", self.journal, "--rate", 100_000, "-o", "ndjson")
        self.assertEqual(len(self.rows(output)), HOSTS * 7)

    def test_a_host_goes_on_inside(self):
        process = self.bench.begin(
            "127.9.0.1", "-Pn", "-p", "1-3000", "--rate", RATE, "--resume", self.journal, "-oX",
            os.path.join(self.folder, "cut.xml"))
        self.kill_in_the_middle(process)
        with open(self.journal) as file:
            self.assertRegex(file.read(), r"(?m)^[0-9a-f]{8} run 0 0 0 \d+ closed conn-refused")
        start = time.monotonic()
        output, _ = self.bench.scan("--resume", self.journal)
        # Seven and a half seconds at this pace, of which at least one and a half were done.
        self.assertLess(time.monotonic() - start, 7.0)
        self.assertIn("127.9.0.1: 3000 closed (conn-refused)", output)

    def test_exclusions_that_were_added_are_not_asked_and_stay(self):
        self.kill_in_the_middle(self.begin())
        process = self.bench.begin(
            "--resume", self.journal, "--exclude", "127.9.0.200-255", "--exclude-ports", "3003", "-o", "ndjson")
        time.sleep(0.8)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open(self.journal) as file:
            before = file.read()
        self.assertIn("exclude 127.9.0.200-127.9.0.255", before)
        # The third call names no exclusion, and keeps to those of the second.
        output, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson")
        rows = self.rows(output)
        late = [key for key in rows if int(key[0].split(".")[3]) >= 200]
        self.assertEqual(late, [])
        counts = self.bench.counts(self.counter)
        self.assertEqual([key for key in counts if int(key[0].split(".")[3]) >= 200], [])
        # Some hosts had that port asked before it was excluded; the last ones never had.
        self.assertNotIn(("127.9.0.199", 3003), counts)
        self.assertIn(("127.9.0.199", 3004), counts)
        self.assertNotIn(("127.9.0.199", 3003), rows)

    def test_options_that_do_not_agree_are_named_in_one_line(self):
        self.kill_in_the_middle(self.begin(), seconds=1.2)
        with open(self.journal, "rb") as file:
            before = file.read()
        for arguments, word in (
            (["-p", "3000-3007"], "ports"), (["-sn"], "-sn"), (["127.9.0.0/23"], "127.9.1.0/24"), (["127.9.0.1"], "127.9.0.0"),
            (["-F"], "ports"),
        ):
            _, errors = self.bench.scan("--resume", self.journal, *arguments, expect=64)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn(word, errors)
        with open(self.journal, "rb") as file:
            self.assertEqual(file.read(), before)
        # The same again, and what may differ: exclusions, pace, outputs.
        output, _ = self.bench.scan(
            TARGETS, "-Pn", "-p", "3000-3006", "--resume", self.journal, "-T5", "--rate", 100_000, "--exclude",
            "127.9.0.255", "-oG", "-")
        self.assertEqual(output.count("Status: Up"), 255)
        self.assertEqual(output.count("3001/open/tcp"), 255)

    def test_a_torn_end_is_asked_again_and_a_damaged_middle_is_refused(self):
        self.kill_in_the_middle(self.begin())
        with open(self.journal, "rb") as file:
            whole = file.read()
        middle = whole.index(b" run ") + 5
        with open(self.journal, "wb") as file:
            file.write(whole[:middle] + b"9" + whole[middle + 1:])
        _, errors = self.bench.scan("--resume", self.journal, expect=1)
        line = whole[:middle].count(b"\n") + 1
        offset = whole[:middle].rindex(b"\n") + 1
        self.assertEqual(
            errors,
            f"periplus-agent: {self.journal} is damaged at line {line}, offset {offset}; nothing was probed\n")
        with open(self.journal, "wb") as file:
            file.write(whole[:-7])
        output, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson")
        self.assertEqual(len(self.rows(output)), HOSTS * 7)

    def test_what_is_no_journal_and_one_in_use_are_refused(self):
        with open(self.journal, "w") as file:
            file.write("my thesis\n")
        _, errors = self.bench.scan("127.0.0.1", "-p", "1", "--resume", self.journal, expect=1)
        self.assertIn("is not a journal of a scan", errors)
        with open(self.journal) as file:
            self.assertEqual(file.read(), "my thesis\n")
        os.unlink(self.journal)
        _, errors = self.bench.scan("--resume", self.journal, expect=64)
        self.assertIn("no target", errors)
        self.begin()
        until = time.monotonic() + 20
        while not os.path.exists(self.journal):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        _, errors = self.bench.scan("--resume", self.journal, expect=1)
        self.assertIn("in use by another scan", errors)

    def test_a_full_disk_stops_the_scan_which_goes_on_when_there_is_room(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk)
        self.addCleanup(run, "umount", disk)
        self.journal = os.path.join(disk, "journal")
        with open(os.path.join(disk, "ballast"), "wb") as file:
            file.write(b"\0" * 40_960)
        output, errors = self.bench.scan(
            TARGETS, "-Pn", "-p", "3000-3006", "--rate", RATE, "--resume", self.journal, "-o", "ndjson", expect=1)
        self.assertIn("No space left on device", errors)
        self.assertIn(f"go on with --resume {self.journal}", errors)
        self.assertLess(len(self.rows(output)), HOSTS * 7)
        os.unlink(os.path.join(disk, "ballast"))
        run("mount", "-o", "remount,size=8m", disk)
        output, _ = self.bench.scan("--resume", self.journal, "-o", "ndjson")
        self.assertEqual(len(self.rows(output)), HOSTS * 7)

    def test_hosts_alone_go_on_too(self):
        process = self.bench.begin("127.9.0.0/22", "-sn", "--rate", RATE, "--resume", self.journal, "-o", "ndjson")
        self.kill_in_the_middle(process, seconds=1.5)
        output, _ = self.bench.scan("--resume", self.journal, "--rate", 100_000, "-o", "ndjson")
        addresses = [json.loads(line)["address"] for line in output.splitlines()]
        self.assertEqual(len(addresses), 1024)
        self.assertEqual(len(set(addresses)), 1024)


if __name__ == "__main__":
    unittest.main()

"""A full disk: refused in one line, survived, and nothing lost."""

import os
import subprocess
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until


class FullDiskTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.disk = self.fleet.path("disk")
        os.mkdir(self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", self.disk], check=True)
        # Last in, first out: by then the coordinator, which is cleaned up later in the list, has ended.
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        self.fleet.database = os.path.join(self.disk, "p.sqlite")
        self.ballast = os.path.join(self.disk, "ballast")
        self.fleet.serve()

    def fill(self):
        with open(self.ballast, "ab", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                try:
                    while file.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    def free(self):
        os.unlink(self.ballast)

    def test_a_submission_is_refused_in_one_line_and_taken_when_there_is_space(self):
        self.fill()
        refused = until(self.refusal, "a refusal, once the file's own free pages are used up")
        lines = refused.messages.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^periplus: .*(disk|space)")
        self.assertEqual(refused.status, 1)
        self.assertTrue(self.fleet.coordinator.is_running, self.fleet.coordinator.lines)
        before = len(self.fleet.cli("scans", "-o", "json").rows)
        self.free()
        self.fleet.submit("127.0.0.1", "-p", "1")
        self.assertEqual(len(self.fleet.cli("scans", "-o", "json").rows), before + 1)

    def refusal(self):
        """Submissions that still find room are as good as none."""
        answer = self.fleet.cli("scans", "submit", "127.0.0.1", "-p", "1", "--note", "x" * 1_900, expect=None)
        return answer if answer.status != 0 else None

    def test_the_agents_results_wait_for_space_and_are_not_lost(self):
        # Each of these addresses leads to one listener and takes a row of its own: they need space.
        listener = Listener(self, "0.0.0.0")
        agent = self.fleet.agent("here", "--duties", "scan")
        scan = self.fleet.submit("127.45.0.0/19", "-p", str(listener.port), "--rate-per-agent", "500")
        self.fleet.wait_until_probed(scan)
        self.fill()
        until(self.refusal, "a refusal")
        # A chunk leaves each second, of five hundred probes: what is so far ahead of the receipt was refused.
        until(
            lambda: listener.count("127.45.") - self.fleet.coverage(scan)["probed"] > 1_500,
            "results that wait for space")
        self.free()
        self.assertEqual(self.fleet.wait_until_over(scan, within=180), "done")
        self.fleet.demand_whole(scan)
        self.assertEqual(self.fleet.scan(scan)["open"], 8_192)
        self.assertTrue(agent.is_running, agent.lines)
        self.assertTrue(self.fleet.coordinator.is_running, self.fleet.coordinator.lines)


if __name__ == "__main__":
    unittest.main()

"""A small scan behind a large one: the busy agent does it beside, at once, and the large one notices nothing."""

import sqlite3
import time
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until

# The goal is one second; a loaded machine with programs built for debugging is allowed five.
SOON = 5

# Addresses of this machine that nobody else probes.
LARGE, SMALL = "127.46.0.0/16", "127.47.0.1"


class ExpressTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.listener = Listener(self, SMALL)

    def leases(self, scan):
        """(job, epoch, attempt, outcome) of every lease of a scan, as the store has them."""
        connection = sqlite3.connect(f"file:{self.fleet.database}?mode=ro", uri=True)
        try:
            return connection.execute(
                "SELECT lease.job_id, lease.epoch, job.attempt, lease.outcome FROM lease "
                "JOIN job ON job.id = lease.job_id JOIN lane ON lane.id = job.lane_id WHERE lane.scan_id = ?",
                (scan,)).fetchall()
        finally:
            connection.close()

    def occupy(self, *options):
        """One agent in the midst of a scan that would take it hours."""
        agent = self.fleet.agent("lone", "--duties", "scan")
        large = self.fleet.submit(LARGE, "-p", "1-100", "--rate-per-agent", "200", *options)
        self.fleet.wait_until_probed(large)
        return agent, large

    def submit_small(self, ports):
        """Asks for the small scan; returns its number and when it was asked for."""
        asked = time.monotonic()
        status, receipt = self.fleet.request("POST", "/api/v1/scans", {"targets": [SMALL], "ports": ports})
        self.assertIn(status, (200, 201), receipt)
        return int(str(receipt["scan"]["id"]).removeprefix("scan:")), asked

    def test_a_small_scan_is_begun_at_once_beside_a_large_one_that_goes_on_undisturbed(self):
        agent, large = self.occupy()
        small, asked = self.submit_small(str(self.listener.port))
        until(lambda: self.listener.count(SMALL), "the small scan's probe")
        seconds = time.monotonic() - asked
        print(f"a /32 behind a running /16, one agent, busy: first probe after {seconds:.2f} s", flush=True)
        self.assertLessEqual(seconds, SOON)
        self.assertEqual(self.fleet.wait_until_over(small), "done")
        self.fleet.demand_whole(small)
        self.assertEqual(self.listener.count(SMALL), 1)

        # The large one goes on, and none of its jobs was given back, lost or begun again.
        before = self.fleet.coverage(large)["probed"]
        self.fleet.wait_until_probed(large, before + 1)
        leases = self.leases(large)
        self.assertTrue(leases)
        for job, epoch, attempt, outcome in leases:
            self.assertEqual((epoch, attempt), (1, 1), f"job {job}: {leases}")
            self.assertIn(outcome, (None, "done"), f"job {job}: {leases}")
        self.assertEqual(self.fleet.coverage(large)["failed"], 0)
        self.assertEqual(self.fleet.scan(large)["state"], "running")
        self.assertTrue(agent.is_running, agent.lines)
        self.fleet.cli("scans", "cancel", str(large))

    def test_small_scans_one_after_another_all_go_beside_the_large_one(self):
        _, large = self.occupy()
        for number in range(1, 6):
            small, _ = self.submit_small(str(self.listener.port))
            until(lambda number=number: self.listener.count(SMALL) >= number, "its probe", within=SOON)
            self.assertEqual(self.fleet.wait_until_over(small), "done")
            self.fleet.demand_whole(small)
        self.assertEqual(self.listener.count(SMALL), 5)
        self.assertTrue(all(epoch == 1 for _, epoch, _, _ in self.leases(large)))
        self.fleet.cli("scans", "cancel", str(large))

    def test_the_pace_of_an_agent_holds_over_all_jobs_of_a_scan(self):
        self.fleet.agent("lone", "--duties", "scan")
        hosts, rate = 8192, 800
        begun = time.monotonic()
        # More than the first job of an agent, so that its request for an express job is still open when that is done.
        scan = self.fleet.submit("127.46.0.0/19", "-p", "1", "--rate-per-agent", str(rate))
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        # The end alone cannot come too early on a slow machine.
        self.assertGreater(time.monotonic() - begun, 0.95 * hosts / rate)
        self.fleet.demand_whole(scan)

    def test_an_order_to_the_large_scan_leaves_the_small_one_alone(self):
        _, large = self.occupy()
        # Slow enough that it is still under way when the large one is cancelled.
        status, receipt = self.fleet.request(
            "POST", "/api/v1/scans",
            {"targets": [SMALL], "ports": f"1-40,{self.listener.port}", "ratePerAgent": 20})
        self.assertIn(status, (200, 201), receipt)
        small = int(str(receipt["scan"]["id"]).removeprefix("scan:"))
        until(lambda: self.fleet.scan(small)["state"] == "running", "the small scan at work", within=SOON)
        self.fleet.cli("scans", "cancel", str(large))
        self.assertEqual(self.fleet.wait_until_over(small), "done")
        self.fleet.demand_whole(small)
        self.assertEqual(self.listener.count(SMALL), 1)
        self.assertEqual(self.fleet.scan(large)["state"], "cancelled")
        self.fleet.coverage(large)


if __name__ == "__main__":
    unittest.main()

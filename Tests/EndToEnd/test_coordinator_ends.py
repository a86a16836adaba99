"""A coordinator that is killed or stopped in mid-scan: what it has answered it keeps, and the scan completes."""

import sqlite3
import unittest

from fleet import Fleet
from listeners import Listener
from programs import Program, binary


class CoordinatorEndTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.listener = Listener(self)
        self.fleet.serve()

    def start(self, ports, rate):
        agent = self.fleet.agent("here", "--duties", "scan")
        scan = self.fleet.submit(
            "127.0.0.1", "-p", f"{ports},{self.listener.port}", "--rate-per-agent", str(rate))
        self.fleet.wait_until_probed(scan)
        return agent, scan

    def test_a_scan_completes_by_itself_after_the_coordinator_was_killed(self):
        agent, scan = self.start("1-2000", 500)
        before = self.fleet.coverage(scan)["probed"]
        self.fleet.crash_coordinator()
        self.fleet.serve()
        self.assertGreaterEqual(self.fleet.coverage(scan)["probed"], before, "what was answered is kept")
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.assertTrue(agent.is_running, agent.lines)
        self.assertFalse([line for line in agent.lines if "failed" in line], agent.lines)
        self.fleet.demand_whole(scan)
        self.assertEqual(len(self.fleet.ports(f"port:{self.listener.port}", "state:open")), 1)

    def test_five_kills_in_a_row_leave_a_sound_database_and_a_receipt_that_adds_up(self):
        agent, scan = self.start("1-6000", 600)
        probed = 0
        for _ in range(5):
            self.fleet.crash_coordinator()
            self.fleet.serve()
            now = self.fleet.coverage(scan)["probed"]
            self.assertGreaterEqual(now, probed, "what was answered is kept")
            probed = now
            if self.fleet.scan(scan)["state"] == "running":
                self.fleet.wait_until_probed(scan, min(probed + 1, 6001))
        self.assertEqual(self.fleet.wait_until_over(scan, within=180), "done")
        self.assertTrue(agent.is_running, agent.lines)
        self.assertFalse([line for line in agent.lines if "failed" in line], agent.lines)
        self.fleet.demand_whole(scan)
        self.fleet.crash_coordinator()
        connection = sqlite3.connect(self.fleet.database)
        self.addCleanup(connection.close)
        self.assertEqual(connection.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(connection.execute("PRAGMA foreign_key_check").fetchall(), [])

    def test_a_coordinator_stopped_in_mid_scan_ends_at_once_and_goes_on_when_started_again(self):
        agent, scan = self.start("1-2000", 500)
        self.assertEqual(self.fleet.stop(self.fleet.coordinator), 0, self.fleet.coordinator.lines)
        self.fleet.serve()
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.assertTrue(agent.is_running, agent.lines)
        self.fleet.demand_whole(scan)

    def test_an_agent_started_before_its_coordinator_waits_for_it(self):
        identity = self.fleet.enrol("early", "--duties", "scan")
        self.fleet.crash_coordinator()
        agent = Program(
            binary("periplus-agent"), "run", "--identity", identity, environment=self.fleet.environment)
        self.addCleanup(agent.kill)
        agent.line("the coordinator does not answer, trying again")
        self.fleet.serve()
        agent.line("works for")
        scan = self.fleet.submit("127.0.0.1", "-p", str(self.listener.port), "--wait")
        self.fleet.demand_whole(scan)


if __name__ == "__main__":
    unittest.main()

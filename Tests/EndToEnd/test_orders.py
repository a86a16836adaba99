"""An operator's orders: halt, pause and drain stop the probing itself, say why nothing happens, and lose nothing."""

import time
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until

# The contract of a halt is one second after the command has answered; a loaded machine is allowed two.
CONTRACT = 2
# How long nothing may be probed thereafter. At the scans' pace some two hundred probes fit in it.
SILENCE = 2

PLACE = "127.48."
TARGETS, SIZE = "127.48.0.0/22", 1024


class OrderTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        # A thousand addresses of the loopback network lead to one listener, so that it sees every probe.
        self.listener = Listener(self, "0.0.0.0")
        self.fleet.serve()

    def begin(self, name="here"):
        """An agent in the midst of a scan of about ten seconds."""
        agent = self.fleet.agent(name, "--duties", "scan")
        scan = self.fleet.submit(TARGETS, "-p", str(self.listener.port), "--rate-per-agent", "100")
        self.fleet.wait_until_probed(scan, 20)
        return agent, scan

    def demand_silence(self, scan):
        time.sleep(CONTRACT)
        seen = self.listener.count(PLACE)
        probed = self.fleet.coverage(scan)["probed"]
        self.assertLess(seen, SIZE, "it was stopped in mid-scan")
        time.sleep(SILENCE)
        self.assertEqual(self.listener.count(PLACE), seen, "probes after the order")
        self.assertEqual(self.fleet.coverage(scan)["probed"], probed, "results after the order")

    def reason(self, scan):
        """What `scans show` says, once no job runs any more."""
        until(lambda: all(lane["runningJobs"] == 0 for lane in self.fleet.scan(scan)["lanes"]), "the job given back")
        return self.fleet.cli("scans", "show", str(scan)).output

    def demand_end(self, scan):
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.demand_whole(scan)
        for number in range(SIZE):
            address = f"127.48.{number // 256}.{number % 256}"
            self.assertGreater(self.listener.accepted[address], 0, address)
        rows = self.fleet.cli("scans", "coverage", str(scan), "-o", "json").rows
        self.assertEqual(sum(row["endpoints"] for row in rows), SIZE, rows)
        self.assertEqual({row["outcome"]: row["endpoints"] for row in rows}, {"probed": SIZE, "not reached": 0})

    def test_halt_stops_all_probing_until_unhalt(self):
        agent, scan = self.begin()
        halted, = self.fleet.cli("halt", "--note", "the printers are on fire", "-o", "json").rows
        self.assertEqual(halted["note"], "the printers are on fire")
        self.demand_silence(scan)
        self.assertTrue(agent.is_running, agent.lines)
        self.assertIn("probing is halted: the printers are on fire", self.reason(scan))
        self.assertIn("the printers are on fire", self.fleet.cli("halts").output)
        rows = self.fleet.cli("scans", "coverage", str(scan), "-o", "json").rows
        self.assertEqual(sum(row["endpoints"] for row in rows), SIZE, rows)
        left, = [row for row in rows if row["outcome"] == "not reached"]
        self.assertGreater(left["endpoints"], 0)
        self.assertEqual(left["reason"], "probing is halted: the printers are on fire")
        # What is asked for meanwhile waits as well.
        other = self.fleet.submit("127.0.0.1", "-p", "1")
        self.assertIn("probing is halted", self.reason(other))
        self.fleet.cli("unhalt")
        self.assertEqual(self.fleet.cli("halts", "-o", "json").rows, [])
        self.demand_end(scan)
        self.assertEqual(self.fleet.wait_until_over(other), "done")

    def test_a_halt_outlives_the_coordinator(self):
        _, scan = self.begin()
        self.fleet.cli("halt", "--note", "for the night")
        self.fleet.crash_coordinator()
        self.fleet.serve()
        self.demand_silence(scan)
        self.assertIn("probing is halted: for the night", self.reason(scan))
        self.fleet.cli("unhalt")
        self.demand_end(scan)

    def test_a_halt_of_one_zone_leaves_the_others_to_work(self):
        self.fleet.agent("in-east", "--duties", "scan", "--zone", "east", "--create-zone")
        self.fleet.agent("in-west", "--duties", "scan", "--zone", "west", "--create-zone")
        self.fleet.cli("halt", "--zone", "east", "--note", "maintenance")
        scan = self.fleet.submit("127.48.0.1", "-p", str(self.listener.port), "--zone", "east,west")

        def lanes():
            return {lane["zone"]: lane for lane in self.fleet.scan(scan)["lanes"]}

        until(lambda: lanes()["west"]["state"] == "done", "the west's lane")
        self.assertEqual(lanes()["east"]["coverage"]["probed"], "0")
        self.assertEqual(lanes()["east"]["pendingReason"], "probing is halted: maintenance")
        self.fleet.cli("unhalt", "--zone", "east")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.demand_whole(scan)

    def test_a_halt_needs_a_reason_and_a_zone_that_is_there(self):
        self.fleet.cli("halt", expect=64)
        self.assertNotEqual(self.fleet.cli("halt", "--zone", "nowhere", "--note", "x", expect=None).status, 0)
        self.assertEqual(self.fleet.cli("halts", "-o", "json").rows, [])

    def test_a_paused_scan_waits_and_is_resumed(self):
        _, scan = self.begin()
        self.assertIn("paused", self.fleet.cli("scans", "pause", str(scan)).messages)
        self.demand_silence(scan)
        self.assertEqual(self.fleet.scan(scan)["state"], "paused")
        self.assertIn("the scan is paused", self.reason(scan))
        # The agent is free for others.
        other = self.fleet.submit("127.0.0.1", "-p", "1", "--wait")
        self.fleet.demand_whole(other)
        self.fleet.cli("scans", "resume", str(scan))
        self.demand_end(scan)
        # What is over can be neither paused nor resumed.
        for verb in ("pause", "resume"):
            self.assertNotEqual(self.fleet.cli("scans", verb, str(scan), expect=None).status, 0, verb)
        self.assertEqual(self.fleet.scan(scan)["state"], "done")

    def test_a_paused_scan_can_be_cancelled(self):
        _, scan = self.begin()
        self.fleet.cli("scans", "pause", str(scan))
        self.fleet.cli("scans", "cancel", str(scan))
        self.assertEqual(self.fleet.scan(scan)["state"], "cancelled")
        self.fleet.cli("scans", "watch", str(scan), expect=5)
        self.assertGreater(self.fleet.coverage(scan)["notReached"], 0)

    def test_a_drained_agent_ends_its_job_and_is_given_no_other(self):
        agent, scan = self.begin()
        self.assertIn("still works on", self.fleet.cli(
            "agents", "wait", "1", "--timeout", "1s", expect=8).messages)
        self.assertIn("draining", self.fleet.cli("agents", "drain", "1").messages)
        self.fleet.cli("agents", "wait", "1")
        row, = self.fleet.cli("agents", "show", "1", "-o", "json").rows
        self.assertEqual((row["presence"], row["currentJob"]), ("draining", None))
        # The scan was one job: it has been ended, not given back.
        self.demand_end(scan)
        self.assertFalse([line for line in agent.lines if "given back" in line], agent.lines)
        # What comes now waits for it to be taken back into service.
        other = self.fleet.submit("127.0.0.1", "-p", "1")
        self.assertIn("every scanning agent in this site is drained (1)", self.reason(other))
        time.sleep(SILENCE)
        self.assertEqual(self.fleet.scan(other)["state"], "queued")
        self.fleet.cli("agents", "resume", "1")
        self.assertEqual(self.fleet.wait_until_over(other), "done")
        row, = self.fleet.cli("agents", "show", "1", "-o", "json").rows
        self.assertEqual(row["presence"], "online")


if __name__ == "__main__":
    unittest.main()

"""Cancelling stops the probing itself, within a second."""

import time
import unittest

from fleet import Fleet
from listeners import Listener

# The contract is one second; a loaded machine is allowed two before the last connections are counted.
CONTRACT = 2


class CancelTests(unittest.TestCase):
    def test_nothing_is_probed_any_more_a_moment_after_cancel(self):
        fleet = Fleet(self)
        # A thousand addresses of the loopback network lead to one listener, so that it sees every probe.
        listener = Listener(self, "0.0.0.0")
        fleet.serve()
        agent = fleet.agent("here", "--duties", "scan")
        scan = fleet.submit("127.45.0.0/22", "-p", str(listener.port), "--rate-per-agent", "100")
        fleet.wait_until_probed(scan, 20)
        fleet.cli("scans", "cancel", str(scan))
        cancelled = time.monotonic()
        agent.line("job:1 of scan:1 stopped: the scan is cancelled", within=CONTRACT)
        # The observation window itself: what comes later than the contract allows would be counted in it.
        time.sleep(max(0, cancelled + CONTRACT - time.monotonic()))
        seen = listener.count("127.45.")
        self.assertLess(seen, 1024, "it was cancelled in mid-scan")
        time.sleep(1)
        self.assertEqual(listener.count("127.45."), seen, "probes after the cancel")
        self.assertEqual(fleet.scan(scan)["state"], "cancelled")
        counts = fleet.coverage(scan)
        self.assertLessEqual(counts["probed"], seen)
        self.assertGreater(counts["notReached"], 0)

    def test_the_agent_is_free_for_other_work_after_a_cancel(self):
        fleet = Fleet(self)
        listener = Listener(self)
        fleet.serve()
        fleet.agent("here", "--duties", "scan")
        scan = fleet.submit("127.0.0.1", "-p", "1-3000", "--rate-per-agent", "100")
        fleet.wait_until_probed(scan)
        fleet.cli("scans", "cancel", "last")
        fleet.cli("scans", "cancel", "last")
        other = fleet.submit("127.0.0.1", "-p", str(listener.port), "--wait")
        fleet.demand_whole(other)
        self.assertIn("cancelled", fleet.cli("scans", "watch", str(scan), expect=5).output)

    def test_a_scan_cancelled_while_it_waits_is_never_begun(self):
        fleet = Fleet(self)
        listener = Listener(self, "127.45.0.1")
        fleet.serve()
        scan = fleet.submit("127.45.0.1", "-p", str(listener.port))
        fleet.cli("scans", "cancel", f"scan:{scan}")
        fleet.agent("late", "--duties", "scan")
        after = fleet.submit("127.0.0.1", "-p", "1", "--wait")
        fleet.demand_whole(after)
        self.assertEqual(listener.count("127.45."), 0)
        self.assertEqual(fleet.scan(scan)["state"], "cancelled")


if __name__ == "__main__":
    unittest.main()

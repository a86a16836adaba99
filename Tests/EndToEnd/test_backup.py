"""A coordinator is copied while it works, and brought back from the copy."""

import os
import re
import stat
import unittest

from fleet import Fleet
from listeners import Listener
from programs import binary, until


class BackupTest(unittest.TestCase):
    def test_brings_back_what_was_copied_and_refuses_older_leases(self):
        fleet = Fleet(self)
        fleet.serve()
        agent = fleet.agent("web1")
        ports = [Listener(self).port for _ in range(3)]
        scan = fleet.submit("127.0.0.0/26", "-p", "1-2000," + ",".join(map(str, ports)), "--rate-per-agent", "2000")
        fleet.wait_until_probed(scan)
        copy = fleet.path("copy")
        fleet.run(binary("periplus"), "backup", copy, "--database", fleet.database)
        self.assertEqual(stat.S_IMODE(os.stat(copy).st_mode), 0o600)
        again = fleet.run(binary("periplus"), "backup", copy, "--database", fleet.database, expect=1)
        self.assertIn("is there already", again.messages)
        running = fleet.run(binary("periplus"), "restore", copy, "--database", fleet.database, expect=1)
        self.assertEqual(len(running.messages.strip().splitlines()), 1, running.messages)
        before = fleet.request("GET", "/api/v1/status")[1]["generation"]
        covered = fleet.coverage(scan)["probed"]
        until(lambda: fleet.coverage(scan)["probed"] > covered, "work after the copy")
        fleet.crash_coordinator()
        os.rename(fleet.database, fleet.path("lost"))
        restored = fleet.run(binary("periplus"), "restore", copy, "--database", fleet.database)
        self.assertIn("1 agents", restored.messages)
        fleet.serve()
        self.assertGreater(fleet.request("GET", "/api/v1/status")[1]["generation"], before)
        # The agent's lease is of an earlier generation: it stops, asks anew, and the rest is done.
        self.assertEqual(fleet.wait_until_over(scan, 180), "done")
        fleet.demand_whole(scan)
        self.assertTrue(agent.is_running)
        found = {row["port"] for row in fleet.ports("state:open", "net:127.0.0.1")}
        self.assertLessEqual(set(ports), found)

    @staticmethod
    def shown(fleet, port):
        return [{key: row[key] for key in ("address", "port", "state", "firstSeen")} for row in fleet.ports(f"port:{port}")]

    def test_compacts_a_stopped_coordinators_file_and_no_other(self):
        fleet = Fleet(self)
        fleet.serve()
        port = Listener(self).port
        fleet.agent("web1")
        fleet.submit("127.0.0.1", "-p", str(port), "--wait")
        rows = self.shown(fleet, port)
        running = fleet.run(binary("periplus"), "compact", "--database", fleet.database, expect=1)
        self.assertEqual(len(running.messages.strip().splitlines()), 1, running.messages)
        self.assertEqual(fleet.stop(fleet.coordinator), 0)
        done = fleet.run(binary("periplus"), "compact", "--database", fleet.database)
        before, after = map(int, re.search(r"had (\d+) bytes, and has (\d+)", done.messages).groups())
        self.assertGreaterEqual(before, after)
        self.assertEqual(os.stat(fleet.database).st_size, after)
        self.assertEqual(stat.S_IMODE(os.stat(fleet.database).st_mode), 0o600)
        absent = fleet.run(binary("periplus"), "compact", "--database", fleet.path("none"), expect=1)
        self.assertIn("is not there", absent.messages)
        fleet.serve()
        self.assertEqual(self.shown(fleet, port), rows)


if __name__ == "__main__":
    unittest.main()

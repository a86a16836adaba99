"""History that is older than the operator keeps goes, and every command that meets the gap says so."""

import contextlib
import sqlite3
import unittest
import urllib.request

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE, until

HOST = "127.63.0.1"
MONTH = 30 * 86_400_000


class PurgeTests(unittest.TestCase):
    @staticmethod
    def figures(fleet):
        request = urllib.request.Request(f"{fleet.url}/metrics", headers={"Authorization": f"Bearer {fleet.token}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def test_a_purge_is_said_wherever_it_is_met(self):
        fleet = Fleet(self)
        fleet.serve()
        fleet.agent("here", "--duties", "scan")
        listener = Listener(self, HOST)
        port = listener.port

        def scan():
            number = fleet.submit(HOST, "-p", f"{port},1", "--wait")
            return f"scan:{number}"

        first = scan()
        listener.close()
        scan()
        Listener(self, HOST, port)
        second, third = scan(), scan()
        self.assertEqual(fleet.cli("changes", "-o", "json").messages, "")
        self.assertEqual(fleet.stop(fleet.coordinator), 0)
        # The first scan, and the time in which the port was open, were a month ago.
        with contextlib.closing(sqlite3.connect(fleet.database)) as database, database:
            database.execute("UPDATE scan SET finished_at = finished_at - ? WHERE id = ?", (MONTH, int(first[5:])))
            # What is over and is not what the newest change ended.
            database.execute("UPDATE view_run SET until_at = until_at - ? WHERE next_agent_id IS NULL", (MONTH,))
            self.assertGreater(database.execute("SELECT changes()").fetchone()[0], 0)
        fleet.serve("--keep-history", "20d")
        until(lambda: fleet.cli("scans", "show", first, "-o", "json").rows[0]["resultsPurgedAt"], "the purge")
        until(lambda: 'periplus_last_purge_rows{kind="port-states"}' in self.figures(fleet), "all of it")

        self.assertRegex(fleet.cli("scans", "show", first).output, r"RESULTS +purged at 20")
        refused = fleet.cli("diff", f"{first}..{second}", expect=None)
        self.assertNotEqual(refused.status, 0)
        self.assertRegex(refused.messages, rf"\A[^\n]*the results of {first} were purged at 20[^\n]*history reaches back to 20[^\n]*\n\Z")
        self.assertEqual({row["kind"] for row in fleet.cli("diff", f"{second}..{third}", "-o", "json").rows} - {"unchanged"}, set())
        for command in (("changes",), ("explain", f"{HOST}:{port}"), ("explain", HOST)):
            self.assertRegex(fleet.cli(*command, "-o", "json").messages, r"\Ahistory begins at 20[^\n]+ was purged\n\Z")
        self.assertEqual(fleet.cli("changes", "--from", "1h", "-o", "json").messages, "")
        row, = fleet.cli("explain", f"{HOST}:{port}", "-o", "json").rows
        self.assertEqual(row["views"][0]["state"], "open")
        self.assertEqual([run["change"] for run in row["views"][0]["runs"]], ["closed", "reopened"])
        figures = self.figures(fleet)
        for name in ('last_purge_rows{kind="scans"} 1.0', 'last_purge_rows{kind="port-history"}', "history_since_timestamp_seconds 1",
                     'last_purge_rows{kind="leases"}'):
            self.assertIn("periplus_" + name, figures)


if __name__ == "__main__":
    unittest.main()

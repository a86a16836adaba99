"""Why the chart says what it says: each line of an explanation against what the test has set up."""

import os
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until


class ExplainTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.fleet.agent("web1")

    def explain(self, place):
        rows = self.fleet.cli("explain", place, "-o", "json").rows
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def test_open_closed_and_not_looked_at_are_three_things(self):
        listener = Listener(self, "127.0.0.1")
        port = listener.port
        scan = self.fleet.submit("127.0.0.1", "-p", f"{port},1", "--wait")
        until(lambda: self.explain(f"127.0.0.1:{port}")["listeners"], "the inventory")

        row = self.explain(f"127.0.0.1:{port}")
        self.assertEqual((row["verdict"], row["agent"], row["scope"]), ("local-only", "web1", "web1/lo"))
        view, = row["views"]
        self.assertEqual((view["state"], view["agent"], view["isSelfView"]), ("open", "web1", True))
        self.assertEqual(view["scan"], f"scan:{scan}" if str(scan).isdigit() else str(scan))
        self.assertEqual([(run["state"], run["change"]) for run in view["runs"]], [("open", "found")])
        process = row["listeners"][0]["processes"][0]
        self.assertEqual(process["pid"], os.getpid())
        self.assertTrue(process["startTime"])

        row = self.explain("127.0.0.1:1")
        self.assertIsNone(row["verdict"])
        self.assertEqual([view["state"] for view in row["views"]], ["closed"])
        self.assertIn("not open", row["why"])

        row = self.explain("127.0.0.1:2")
        self.assertEqual(row["views"], [])
        self.assertIn("no zone has looked", row["why"])
        table = self.fleet.cli("explain", f"127.0.0.1:{port}").output
        for words in ("VERDICT", "local-only", "SEEN BY", "agent web1", f"pid {os.getpid()}"):
            self.assertIn(words, table)

    def test_what_changed_is_in_the_runs(self):
        listener = Listener(self, "127.52.0.1")
        port = listener.port
        self.fleet.submit("127.52.0.1", "-p", str(port), "--wait")
        listener.close()
        self.fleet.submit("127.52.0.1", "-p", str(port), "--wait")
        row = self.explain(f"127.52.0.1:{port}/tcp")
        own = self.fleet.cli("explain", f"127.52.0.1:{port}", "--zone", "default", "-o", "json").rows
        self.assertEqual([view["runs"] for view in own[0]["views"]], [view["runs"] for view in row["views"]])
        self.assertEqual(
            [(run["state"], run["change"]) for run in row["views"][0]["runs"]],
            [("open", "found"), ("closed", "closed")])

    def test_places_that_are_none_are_refused_with_what_is_expected(self):
        for place in ("10.0.0.1:", "host:80", "::1:80", "[::1]:99999", "10.0.0.1:80/icmp"):
            answer = self.fleet.cli("explain", place, expect=64)
            self.assertIn("expected HOST, HOST:PORT", answer.messages)
        self.assertIn(
            "there is no zone", self.fleet.cli("explain", "10.0.0.1:80", "--zone", "cellar", expect=None).messages)
        self.assertIn("there is no site", self.fleet.cli("explain", "nowhere/10.0.0.1:80", expect=None).messages)


if __name__ == "__main__":
    unittest.main()

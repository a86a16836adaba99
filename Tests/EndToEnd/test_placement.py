"""Where scans are placed, and who is given work."""

import unittest

from fleet import Fleet
from listeners import Listener
from programs import until

# An address of this machine that nobody else probes.
TARGET = "127.45.0.1"


class PlacementTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.listener = Listener(self, TARGET)
        self.port = str(self.listener.port)

    def lanes(self, scan):
        return {lane["zone"]: lane for lane in self.fleet.scan(scan)["lanes"]}

    def test_each_zone_surveys_for_itself(self):
        for zone in ("east", "west"):
            self.fleet.agent(f"in-{zone}", "--duties", "scan", "--zone", zone, "--create-zone")
        # The zone that every site begins with has no agent: its lane would wait.
        self.fleet.agent("in-default", "--duties", "scan")
        scan = self.fleet.submit(TARGET, "-p", self.port, "--zone", "each", "--wait")
        lanes = self.lanes(scan)
        self.assertEqual(set(lanes), {"default", "east", "west"})
        for zone, lane in lanes.items():
            self.assertEqual((lane["state"], lane["coverage"]["probed"]), ("done", "1"), zone)
        self.assertEqual(self.fleet.coverage(scan)["size"], 3)
        self.assertEqual(self.listener.count(TARGET), 3)

    def test_a_named_zone_is_surveyed_by_its_own_agents_only(self):
        self.fleet.agent("in-default", "--duties", "scan")
        self.fleet.agent("in-east", "--duties", "scan", "--zone", "east", "--create-zone")
        scan = self.fleet.submit(TARGET, "-p", self.port, "--zone", "east", "--wait")
        self.assertEqual(set(self.lanes(scan)), {"east"})
        row, = self.fleet.ports(f"port:{self.port}")
        self.assertEqual(row["zone"], "east")

    def test_a_lane_without_an_agent_says_why_it_waits_and_goes_when_one_comes(self):
        self.fleet.cli("zones", "add", "far")
        scan = self.fleet.submit(TARGET, "-p", self.port, "--zone", "far")
        self.assertIn("no agent in this zone has the duty to scan", self.fleet.cli("scans", "show", "last").output)
        self.fleet.agent("in-far", "--duties", "scan", "--zone", "far")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")

    def test_a_tag_given_later_places_a_scan_that_waits(self):
        self.fleet.agent("plain", "--duties", "scan", "--tag", "old")
        scan = self.fleet.submit(TARGET, "-p", self.port, "--tag", "lab")
        self.assertEqual(self.fleet.scan(scan)["state"], "queued")
        self.assertTrue(self.fleet.scan(scan)["lanes"][0]["pendingReason"])
        agent, = self.fleet.request("GET", "/api/v1/agents")[1]["rows"]
        answer = self.fleet.cli("agents", "tag", str(agent["id"]), "lab", "--remove", "old")
        self.assertEqual(answer.output.strip().split(": ")[1], "lab")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.cli("agents", "tag", str(agent["id"]), expect=64)
        self.assertIn("a name has", self.fleet.cli("agents", "tag", str(agent["id"]), "a b", expect=None).messages)

    def test_an_inventory_only_agent_is_given_no_job(self):
        self.fleet.agent("inside", "--duties", "inventory")
        self.fleet.wait_for_inventory("inside")
        scan = self.fleet.submit(TARGET, "-p", self.port)
        lane, = self.fleet.cli("scans", "show", str(scan), "-o", "json").rows[0]["lanes"]
        self.assertEqual(lane["pendingReason"], "no agent in this site has the duty to scan")
        self.assertEqual(self.fleet.scan(scan)["state"], "queued")
        row, = self.fleet.ports(f"port:{self.port}")
        self.assertIsNone(row.get("state"), "nobody has looked from outside")
        self.assertTrue(row["processes"], "the inside is known all the same")
        self.assertEqual(self.listener.count(TARGET), 0)

    def test_a_scan_only_agent_sends_no_inventory(self):
        self.fleet.agent("outside", "--duties", "scan")
        scan = self.fleet.submit(TARGET, "-p", self.port, "--wait")
        self.fleet.demand_whole(scan)
        self.assertEqual(self.fleet.cli("listeners", "-o", "json").rows, [])
        row, = self.fleet.ports(f"port:{self.port}")
        self.assertEqual((row["verdict"], row["processes"]), ("no-inside-view", []))

    def test_a_silent_agent_is_named_as_the_reason(self):
        agent = self.fleet.agent("lone", "--duties", "scan")
        self.assertEqual(self.fleet.stop(agent), 0)
        scan = self.fleet.submit(TARGET, "-p", self.port)
        reason = self.lanes(scan)["any"]["pendingReason"]
        self.assertIn("1", reason)
        self.assertEqual(self.lanes(scan)["any"]["state"], "queued")

    def test_several_agents_of_a_zone_share_a_scan(self):
        for name in ("one", "two"):
            self.fleet.agent(name, "--duties", "scan")
        scan = self.fleet.submit("127.0.0.1", "-p", "1-9000", "--rate-per-agent", "500")

        def both_work():
            rows = self.fleet.request("GET", "/api/v1/agents")[1]["rows"]
            return all(row.get("currentJob") for row in rows)

        until(both_work, "two agents at work on one host")
        self.fleet.cli("scans", "cancel", str(scan))

    def test_a_scan_of_another_site_leaves_this_sites_agents_alone(self):
        self.fleet.agent("here", "--duties", "scan", "--site", "default")
        self.fleet.cli("sites", "add", "lab")
        refused = self.fleet.cli("scans", "submit", TARGET, "-p", self.port, expect=64)
        self.assertIn("default, lab", refused.messages)
        scan = self.fleet.submit(TARGET, "-p", self.port, "--site", "lab")
        self.assertIn("no agent in this site", self.lanes(scan)["any"]["pendingReason"])
        self.assertEqual(self.listener.count(TARGET), 0)


if __name__ == "__main__":
    unittest.main()

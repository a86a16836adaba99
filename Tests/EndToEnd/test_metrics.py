"""What a monitor reads of the coordinator: whether it lives, whether it can work, and its figures."""

import http.client
import os
import re
import subprocess
import sys
import unittest

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import tool  # noqa: E402  (the lab's own module, found by the path above)


class MetricsTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def get(self, path, token=None):
        """Status, content type and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type"), response.read().decode()
        finally:
            connection.close()

    def figures(self):
        """The samples by name and labels; promtool has accepted the text they are read from."""
        status, kind, text = self.get("/metrics", self.fleet.token)
        self.assertEqual(status, 200, text)
        self.assertTrue(kind.startswith("text/plain; version=0.0.4"), kind)
        checked = subprocess.run(
            [tool("promtool"), "check", "metrics"], input=text, capture_output=True, text=True, timeout=PATIENCE,
            check=False)
        # Its remarks on style end it with 3, what is wrong with 1: neither is wanted.
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""), text)
        samples = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = re.fullmatch(r"(\S+) (\S+)", line).groups()
                self.assertNotIn(name, samples, "one sample of a name and labels")
                samples[name] = float(value)
        return samples

    def test_life_and_readiness_are_told_without_a_token(self):
        for path in ("/livez", "/readyz"):
            status, kind, text = self.get(path)
            self.assertEqual((status, text), (200, "ok\n"), path)
            self.assertTrue(kind.startswith("text/plain"), kind)

    def test_figures_are_for_those_who_may_see_everything(self):
        self.assertEqual(self.get("/metrics")[0], 401)
        self.assertEqual(self.get("/metrics", "A" * 43)[0], 401)
        viewer = self.fleet.cli("tokens", "add", "api", "--role", "viewer").output.strip()
        self.assertEqual(self.get("/metrics", viewer)[0], 200)
        bound = self.fleet.cli("tokens", "add", "api", "--role", "viewer", "--site", "default").output.strip()
        self.assertEqual(self.get("/metrics", bound)[0], 403)

    def test_a_coordinator_without_work_has_sound_figures(self):
        figures = self.figures()
        self.assertEqual(figures["periplus_leases_granted_total"], 0)
        self.assertEqual(figures['periplus_jobs{state="pending"}'], 0)
        self.assertEqual(figures['periplus_lease_left_seconds_bucket{le="+Inf"}'], 0)

    def test_figures_follow_the_work(self):
        listener = Listener(self)
        waiting = self.fleet.submit("127.0.0.1", "-p", "1-3000", "--rate-per-agent", "200")
        figures = self.figures()
        self.assertEqual(figures['periplus_scans{state="queued"}'], 1)
        self.fleet.agent("here", "--duties", "scan")
        self.fleet.wait_until_probed(waiting)
        # A renewal, a third of a lease on, is in the figures too.
        figures = until(
            lambda: (seen := self.figures())["periplus_lease_left_seconds_count"] > 0 and seen, "a renewal in the figures")
        self.assertEqual(figures['periplus_jobs{state="leased"}'], 1)
        self.assertEqual(figures['periplus_scans{state="running"}'], 1)
        self.assertEqual(figures['periplus_agents{presence="online"}'], 1)
        self.assertEqual(figures["periplus_leases_expired_total"], 0)
        self.assertEqual(figures["periplus_lease_overdue_seconds"], 0)
        self.fleet.cli("scans", "cancel", str(waiting))
        scan = self.fleet.submit("127.0.0.1", "-p", f"1-50,{listener.port}", "--wait")
        self.fleet.demand_whole(scan)
        figures = self.figures()
        self.assertGreaterEqual(figures["periplus_leases_granted_total"], 2)
        self.assertGreaterEqual(figures["periplus_chunks_counted_total"], 2)
        self.assertGreaterEqual(figures["periplus_sightings_total"], 1)
        self.assertEqual(figures['periplus_scans{state="done"}'], 1)
        self.assertEqual(figures['periplus_scans{state="cancelled"}'], 1)
        for name in ("periplus_commit_changes", "periplus_commit_seconds"):
            self.assertGreater(figures[f"{name}_count"], 0)
            self.assertEqual(figures[f'{name}_bucket{{le="+Inf"}}'], figures[f"{name}_count"])


if __name__ == "__main__":
    unittest.main()

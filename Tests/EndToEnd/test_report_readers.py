"""The chart's nmap XML before those who take such files in: Faraday's own program, DefectDojo's demands, ndiff's differences."""

import json
import os
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import run, tool  # noqa: E402  (the lab's own module, found by the path above)

DTD = "/usr/share/nmap/nmap.dtd"
PACKAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".build", "python")
HOST = "127.62.0.1"


class ReportReaderTests(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.fleet = fleet = Fleet(self)
        fleet.serve()
        self.four, self.six = Listener(self, HOST), Listener(self, "::1")
        fleet.agent("here")
        fleet.wait_for_inventory("here")
        self.scan()

    def scan(self):
        self.fleet.submit(HOST, "::1", "-p", f"{self.four.port},{self.six.port}", "--wait")

    def export(self, name, *query):
        path = self.fleet.write(name, self.fleet.cli("ports", *query, "-o", "nmap").output)
        run(tool("xmllint"), "--noout", "--dtdvalid", DTD, path)
        return path

    def faraday(self, path):
        done = subprocess.run(
            [sys.executable, os.path.join(PACKAGES, "bin", "faraday-plugins"), "process-report", "-drh", path],
            env=dict(self.fleet.environment, PYTHONPATH=PACKAGES, HOME=self.fleet.folder), text=True,
            capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout[done.stdout.index("{"):])

    def test_faraday_takes_hosts_and_services_and_sees_no_vulnerability(self):
        rows = self.fleet.ports(f"port:{self.four.port},{self.six.port}")
        read = self.faraday(self.export("chart.xml", f"port:{self.four.port},{self.six.port}"))
        self.assertEqual(read["command"]["tool"], "Nmap")
        self.assertEqual(
            sorted((host["ip"], service["port"], service["protocol"], service["status"])
                   for host in read["hosts"] for service in host["services"]),
            # Faraday knows open, closed and filtered; what nobody looked at is closed to it.
            sorted((row["address"], row["port"], row["protocol"], row["state"] or "closed") for row in rows))
        for host in read["hosts"]:
            self.assertEqual(host["vulnerabilities"], [])
            for service in host["services"]:
                self.assertEqual(service["vulnerabilities"], [])

    def dojo(self, path):
        """What DefectDojo makes of a file, by the demands of its parser: what it does not find there makes it fail."""
        root = ElementTree.parse(path).getroot()
        self.assertEqual(root.tag, "nmaprun")
        # Without a beginning it fails on a missing key.
        self.assertRegex(root.attrib["start"], r"\A[0-9]{10}\Z")
        found = {}
        for host in root.iter("host"):
            # One without an IPv4 address makes it fail.
            addresses = [entry.attrib["addr"] for entry in host.iter("address") if entry.attrib["addrtype"] == "ipv4"]
            self.assertEqual(len(addresses), 1, ElementTree.tostring(host))
            for name in host.iter("hostname"):
                self.assertIn("type", name.attrib)
            for port in host.iter("port"):
                self.assertIn(port.attrib["protocol"], ("tcp", "udp", "sctp"))
                # Only what is open is taken.
                if port.find("state").attrib["state"] == "open":
                    service = port.find("service")
                    self.assertIsNotNone(service)
                    found.setdefault(int(port.attrib["portid"]), []).append((addresses[0], service.attrib["extrainfo"]))
        return found

    def test_defectdojos_demands_are_met_by_the_export_for_readers_of_ipv4(self):
        found = self.dojo(self.export("four.xml", "net:0.0.0.0/0"))
        (address, shown), = found[self.four.port]
        self.assertEqual(address, HOST)
        self.assertIn("verdict: local-only", shown)
        open_rows = self.fleet.ports("net:0.0.0.0/0", "state:open")
        self.assertEqual(
            sorted((host, port) for port, entries in found.items() for host, _ in entries),
            sorted((row["address"], row["port"]) for row in open_rows))

    def test_every_host_of_the_chart_is_up_and_is_counted(self):
        root = ElementTree.parse(self.export("chart.xml")).getroot()
        states = [host.find("status").attrib for host in root.iter("host")]
        self.assertEqual({state["state"] for state in states}, {"up"})
        self.assertTrue(all(state["reason"] for state in states))
        hosts = root.find("runstats/hosts").attrib
        self.assertEqual((int(hosts["up"]), int(hosts["total"])), (len(states), len(states)))

    def test_ndiff_tells_what_differs_between_two_exports_and_nothing_else(self):
        query = (f"net:{HOST}", f"port:{self.four.port}", "state:open,closed")
        before = self.export("before.xml", *query)
        same = subprocess.run([tool("ndiff"), before, self.export("again.xml", *query)], text=True, capture_output=True,
                              timeout=PATIENCE, check=False)
        # The head tells when each was asked; ndiff holds that for no difference.
        self.assertEqual((same.returncode, same.stderr), (0, ""), same.stdout)
        self.four.close()
        self.scan()
        after = self.export("after.xml", *query)
        differs = subprocess.run([tool("ndiff"), before, after], text=True, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((differs.returncode, differs.stderr), (1, ""), differs.stdout)
        lines = [line for line in differs.stdout.splitlines() if re.match(r"[-+]\s*[0-9]+/tcp", line)]
        self.assertEqual(
            [re.match(r"([-+])\s*([0-9]+)/tcp\s+(\S+)", line).groups() for line in lines],
            [("-", str(self.four.port), "open"), ("+", str(self.four.port), "closed")], differs.stdout)


if __name__ == "__main__":
    unittest.main()

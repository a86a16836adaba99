"""nmap's formats: valid by nmap's DTD, read by those who read nmap's, and of the same content as nmap's own.

The readers are Debian's packages, for Debian's Python: libnmap, python-nmap and ndiff.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

from namespaces import run, tool
from scanning import LISTENER, Bench

DTD = "/usr/share/nmap/nmap.dtd"
SYSTEM_PYTHON = "/usr/bin/python3"

# Open ports by host as libnmap and as python-nmap read them, one after the other.
READERS = """
import json, sys
from libnmap.parser import NmapParser
import nmap
report = NmapParser.parse_fromfile(sys.argv[1])
first = {h.address: sorted(h.get_open_ports()) for h in report.hosts if h.is_up()}
states = {h.address: {s.port: s.state for s in h.services} for h in report.hosts}
scanner = nmap.PortScanner()
scanner.analyse_nmap_xml_scan(open(sys.argv[1]).read())
second = {
    host: sorted((port, "tcp") for port, entry in scanner[host].get("tcp", {}).items() if entry["state"] == "open")
    for host in scanner.all_hosts() if scanner[host].state() == "up"}
print(json.dumps({
    "libnmap": first, "nmap": second, "states": states, "stats": scanner.scanstats(), "up": report.hosts_up,
    "total": report.hosts_total, "exit": report.summary}))
"""

PORTS = "2000-2060,8080,9000"
OPEN = [2022, 8080]

RULES = """
table inet wall {
  chain input {
    type filter hook input priority 0;
    tcp dport 2001-2010 drop
  }
}
"""


class ScanFormats(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.bench = Bench(self, "formats")
        self.bench.namespace.nft(RULES)
        self.bench.start(LISTENER, *OPEN)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def demand_valid(self, path):
        run(tool("xmllint"), "--noout", "--dtdvalid", DTD, path)

    def read(self, path):
        self.demand_valid(path)
        self.assertTrue(os.access(SYSTEM_PYTHON, os.X_OK), f"{SYSTEM_PYTHON} is not installed")
        return json.loads(run(SYSTEM_PYTHON, "-c", READERS, path).stdout)

    def nmap(self, *arguments):
        return run(*self.bench.namespace.command(tool("nmap"), *arguments)).stdout

    @staticmethod
    def lines(path):
        with open(path) as file:
            return [line for line in file.read().splitlines() if not line.startswith("#")]

    @staticmethod
    def nmap_ports(lines):
        """PORT and STATE of a text for people, under their hosts."""
        found = {}
        host = None
        for line in lines:
            if line.startswith("Nmap scan report for "):
                host = line.split()[-1].strip("()")
                found[host] = {}
            elif match := re.match(r"(\d+)/tcp +(\S+)", line):
                found[host][int(match.group(1))] = match.group(2)
        return found

    @staticmethod
    def greppable_ports(lines):
        found = {}
        for line in lines:
            host = line.split()[1]
            for field in line.split("\t"):
                if field.startswith("Ports: "):
                    ports = [port.split("/") for port in field[len("Ports: "):].split(", ")]
                    found[host] = {int(port[0]): port[1] for port in ports}
        return found

    def test_all_formats_hold_what_nmap_holds(self):
        targets = ["127.0.0.1", "127.0.0.2"]
        self.nmap("-sT", "-Pn", "-n", "-p", PORTS, "-oA", self.path("theirs"), *targets)
        self.bench.scan(*targets, "-Pn", "-p", PORTS, "-oA", self.path("ours"))
        ours = self.read(self.path("ours.xml"))
        theirs = self.read(self.path("theirs.xml"))
        expected = {target: [[port, "tcp"] for port in OPEN] for target in targets}
        for reader in ("libnmap", "nmap"):
            self.assertEqual(ours[reader], expected, reader)
            self.assertEqual(ours[reader], theirs[reader], reader)
        # States that are told one by one: ten ports that swallow, and what is open.
        self.assertEqual(ours["states"], theirs["states"])
        self.assertEqual(len(ours["states"]["127.0.0.1"]), 12)
        self.assertEqual((ours["up"], ours["total"]), (theirs["up"], theirs["total"]))
        self.assertEqual(
            self.nmap_ports(self.lines(self.path("ours.nmap"))), self.nmap_ports(self.lines(self.path("theirs.nmap"))))
        self.assertEqual(
            self.greppable_ports(self.lines(self.path("ours.gnmap"))),
            self.greppable_ports(self.lines(self.path("theirs.gnmap"))))
        self.assertIn("Ignored State: closed (51)", self.lines(self.path("ours.gnmap"))[1])
        # ndiff ends with 0 where two scans are the same, and 1 where they differ; services have names of their own.
        difference = subprocess.run(
            [tool("ndiff"), "--text", self.path("theirs.xml"), self.path("ours.xml")], text=True, capture_output=True,
            check=False, timeout=60)
        self.assertIn(difference.returncode, (0, 1), difference.stderr)
        self.assertEqual(difference.stderr, "")
        for line in difference.stdout.splitlines():
            self.assertNotRegex(line, r"^[+-]\d+/tcp +(open|filtered|closed) .*(open|filtered|closed) ")
        same = subprocess.run(
            [tool("ndiff"), self.path("ours.xml"), self.path("ours.xml")], text=True, capture_output=True, check=False,
            timeout=60)
        self.assertEqual(same.returncode, 0, same.stderr)
        with open(self.path("ours.json")) as file:
            rows = json.load(file)
        self.assertEqual(len(rows), 2 * 63)
        self.assertEqual(sorted({row["port"] for row in rows if row["state"] == "open"}), OPEN)

    def test_a_format_on_standard_output_replaces_the_table(self):
        output, _ = self.bench.scan("127.0.0.1", "-p", PORTS, "-oX", "-")
        path = self.path("stdout.xml")
        with open(path, "w") as file:
            file.write(output)
        self.assertEqual(self.read(path)["libnmap"], {"127.0.0.1": [[port, "tcp"] for port in OPEN]})

    def test_open_alone_is_what_nmap_shows_with_open(self):
        self.nmap("-sT", "-n", "--open", "-p", PORTS, "-oX", self.path("theirs.xml"), "127.0.0.1")
        self.bench.scan("127.0.0.1", "--open", "-p", PORTS, "-oX", self.path("ours.xml"))
        self.assertEqual(self.read(self.path("ours.xml"))["states"], self.read(self.path("theirs.xml"))["states"])
        self.bench.scan("127.0.0.1", "--open", "-p", "2050", "-oX", self.path("none.xml"))
        none = self.read(self.path("none.xml"))
        self.assertEqual((none["states"], none["up"], none["total"]), ({}, 1, 1))

    def test_lists_are_nmaps(self):
        for targets in (["127.0.0.0/29"], ["10.0.0-1.1,5", "192.0.2.0/30"]):
            self.nmap("-sL", "-n", "-oA", self.path("theirs"), *targets)
            self.bench.scan("-sL", "-n", "-oA", self.path("ours"), *targets)
            for extension in ("nmap", "gnmap"):
                self.assertEqual(
                    self.lines(self.path(f"ours.{extension}")), self.lines(self.path(f"theirs.{extension}")))
            self.demand_valid(self.path("ours.xml"))
            output, _ = self.bench.scan("-sL", *targets)
            self.assertEqual(
                [f"Nmap scan report for {line}" for line in output.splitlines()], self.lines(self.path("theirs.nmap")))
        output, _ = self.bench.scan("-sL", "-R", "127.0.0.1")
        self.assertEqual(output, "127.0.0.1 (localhost)\n")
        self.assertIn("Nmap scan report for localhost (127.0.0.1)", self.nmap("-sL", "127.0.0.1"))

    def test_hosts_alone_are_those_that_nmap_finds(self):
        targets = "127.0.0.0/30"
        self.nmap("-sn", "-n", "-oA", self.path("theirs"), targets)
        self.bench.scan("-sn", "-oA", self.path("ours"), targets)
        self.assertEqual(
            [line.split(" (")[0] for line in self.lines(self.path("ours.nmap")) if "report" in line],
            [line for line in self.lines(self.path("theirs.nmap")) if "report" in line])
        self.assertEqual(self.lines(self.path("ours.gnmap")), self.lines(self.path("theirs.gnmap")))
        self.assertEqual(self.read(self.path("ours.xml"))["up"], 4)
        # Where there is no route nobody could look, which is no word on the host.
        self.bench.scan("-sn", "-v", "-oX", self.path("more.xml"), "127.0.0.1", "192.0.2.1")
        more = self.read(self.path("more.xml"))
        self.assertEqual((more["up"], more["total"]), (1, 2))
        with open(self.path("more.xml")) as file:
            self.assertIn('<status state="unknown" reason="no-local-route" reason_ttl="0"/>', file.read())
        output, _ = self.bench.scan("-sn", "-R", "127.0.0.1", "-o", "ndjson")
        row = json.loads(output)
        self.assertEqual(list(row), ["address", "state", "reason", "rttMicroseconds", "name"])
        self.assertEqual((row["address"], row["state"], row["name"]), ("127.0.0.1", "up", "localhost"))

    def test_an_interrupted_scan_leaves_valid_xml_that_says_so(self):
        path = self.path("cut.xml")
        process = self.bench.begin("127.0.0.1-3", "-p", "1-1000,2022", "--rate", "20", "-oX", path, "-v", "-T3")
        while self.catches_interrupt(process.pid) is not True:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 130, errors)
        read = self.read(path)
        self.assertEqual(read["stats"]["totalhosts"], str(read["total"]))
        with open(path) as file:
            text = file.read()
        self.assertIn('exit="error" errormsg="interrupted"', text)
        # What is told of a host and what was not reached add up to what was asked.
        host = next(part for part in text.split("<host ") if 'comment="partial: interrupted' in part)
        told = len(re.findall("<port ", host)) + sum(
            int(count) for count in re.findall(r'<extraports state="\w+" count="(\d+)"', host))
        unreached = int(re.search(r"interrupted, (\d+) ports not reached", host).group(1))
        self.assertEqual(told + unreached, 1001)
        self.assertRegex(errors, r"\d+ endpoints were not reached")

    def test_a_reader_that_goes_away_leaves_the_files_whole(self):
        path = self.path("beside.xml")
        process = self.bench.begin("127.0.0.1", "-p", "1-20000", "-o", "ndjson", "-oX", path)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 1)
        self.assertEqual(process.stderr.read(), "")
        self.demand_valid(path)
        with open(path) as file:
            self.assertIn('exit="error" errormsg="another report could not be written"', file.read())

    @staticmethod
    def catches_interrupt(pid):
        with open(f"/proc/{pid}/status") as file:
            mask = next(line for line in file if line.startswith("SigCgt:"))
        return int(mask.split()[1], 16) >> (signal.SIGINT - 1) & 1 == 1

    def test_a_file_that_cannot_be_written_is_told_in_one_line_before_anything_is_sent(self):
        _, errors = self.bench.scan(
            "127.0.0.1", "-p", "1", "-oN", self.path("a"), "-oX", self.path("no/such/folder"), expect=1)
        self.assertRegex(errors, r"\Aperiplus-agent: cannot write a report: open .*: No such file or directory.*\n\Z")
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_full_disk_is_told_in_one_line_and_leaves_no_half_file(self):
        disk = self.path("disk")
        os.mkdir(disk)
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk)
        self.addCleanup(run, "umount", disk)
        output, errors = self.bench.scan(
            "127.0.0.1", "-p", "1-20000", "-oJ", os.path.join(disk, "rows.json"), expect=1)
        self.assertRegex(
            errors,
            r"\Aperiplus-agent: cannot write .*rows.json: No space left on device; the half-written file was removed\n\Z")
        self.assertEqual(os.listdir(disk), [])
        self.assertIn("127.0.0.1: ", output)


if __name__ == "__main__":
    unittest.main()

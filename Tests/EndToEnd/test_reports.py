"""Listings that stream, nmap's XML of the chart, and reports: read by those who read such files, with hostile texts inside."""

import csv
import hashlib
import html.parser
import http.server
import io
import datetime
import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
import unittest
import urllib.request

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE, Program, binary

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import run, tool  # noqa: E402  (the lab's own modules, found by the path above)

DTD = "/usr/share/nmap/nmap.dtd"
SYSTEM_PYTHON = "/usr/bin/python3"

# What libnmap and python-nmap read, one after the other.
READERS = """
import json, sys
from libnmap.parser import NmapParser
import nmap
report = NmapParser.parse_fromfile(sys.argv[1])
first = {h.address: [[s.port, s.protocol, s.state, s.owner, s.banner] for s in h.services] for h in report.hosts}
scanner = nmap.PortScanner()
scanner.analyse_nmap_xml_scan(open(sys.argv[1]).read())
second = {
    host: sorted([port, protocol, entry["state"], entry["extrainfo"]]
                 for protocol in scanner[host].all_protocols() for port, entry in scanner[host][protocol].items())
    for host in scanner.all_hosts()}
print(json.dumps({"libnmap": first, "nmap": second, "up": report.hosts_up, "started": report.started}))
"""

# Calls itself by a hostile name, listens, and greets as a hostile HTTP server.
HOSTILE_NAME = "=1|<b>&'\""
HOSTILE_SERVER = "=cmd|<script>alert(1)</script>/1"
HOSTILE = """
import socket, sys
open("/proc/self/comm", "w").write(sys.argv[1])
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print("port", listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    try:
        connection.recv(4096)
        connection.sendall(("HTTP/1.1 200 OK\\r\\nServer: " + sys.argv[2] + "\\r\\nContent-Length: 40\\r\\n\\r\\n"
                            "<title>a|b</title><script>x()</script>  ").encode())
    except OSError:
        pass
    connection.close()
"""


class Page(html.parser.HTMLParser):
    """Demands that every element is closed where it belongs, and keeps names, attributes and text."""

    VOID = {"meta"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.names, self.attributes, self.texts = [], set(), [], []
        self.feed(text)
        self.close()
        if self.open:
            raise AssertionError(f"left open: {self.open}")

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")

    def handle_data(self, data):
        self.texts.append(data)


class HoldingProxy(http.server.ThreadingHTTPServer):
    """Passes requests on, and keeps back what follows an answer's first octets until `go` is set; with `cuts` it never comes."""

    daemon_threads = True
    first = 400_000

    def __init__(self, url):
        self.upstream, self.go, self.cuts = url, threading.Event(), False
        super().__init__(("127.0.0.1", 0), HoldingHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class HoldingHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        request = urllib.request.Request(
            self.server.upstream + self.path, headers={"Authorization": self.headers["Authorization"]})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self.chunk(answer.read(self.server.first))
                self.server.go.wait(PATIENCE)
                self.close_connection = self.server.cuts
                while not self.server.cuts and (rest := answer.read(1 << 16)):
                    self.chunk(rest)
                if not self.server.cuts:
                    self.chunk(b"")
            except OSError:
                # A reader that went away is what a test wants to see.
                self.close_connection = True

    def chunk(self, octets):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(octets), octets))

    def log_message(self, *_):
        pass


class ReportsTests(unittest.TestCase):
    maxDiff = None

    def fleet(self):
        fleet = Fleet(self)
        fleet.serve()
        return fleet

    def demand_valid(self, path):
        run(tool("xmllint"), "--noout", "--dtdvalid", DTD, path)

    def read(self, path):
        self.demand_valid(path)
        # ndiff ends with 0 where two scans are the same.
        same = subprocess.run(
            [tool("ndiff"), path, path], text=True, capture_output=True, check=False, timeout=PATIENCE)
        self.assertEqual((same.returncode, same.stderr), (0, ""))
        return json.loads(run(SYSTEM_PYTHON, "-c", READERS, path).stdout)

    def hostile(self):
        program = Program(sys.executable, "-c", HOSTILE, HOSTILE_NAME, HOSTILE_SERVER)
        self.addCleanup(program.kill)
        return int(program.line(r"port (\d+)")[1])

    def surveyed(self):
        """A fleet whose chart has a hostile service, a plain one on both families, and a rule with a hostile note."""
        fleet = self.fleet()
        port = self.hostile()
        four, six = Listener(self, "127.0.0.1"), Listener(self, "::1")
        fleet.agent("here")
        fleet.wait_for_inventory("here")
        fleet.cli("scope", "exclude", "127.9.0.0/16", "--name", "+rule", "--note", "</td><script>n()</script>|")
        fleet.submit(
            "127.0.0.1", "::1", "127.9.0.1", "-p", f"{port},{four.port},{six.port}", "-sV", "--name", "@scan",
            "--wait")
        return fleet, port, four, six

    @staticmethod
    def demand_digest(test, path):
        """What the report says of checking it, done."""
        shown = run("/bin/sh", "-c", f"sed '$d' {path} | sha256sum").stdout.split()[0]
        with open(path, encoding="utf-8") as file:
            test.assertIn(shown, file.read().splitlines()[-1])
        return shown

    def test_nmaps_readers_take_the_charts_xml(self):
        fleet, port, four, six = self.surveyed()
        path = fleet.write("chart.xml", fleet.cli("ports", "-o", "nmap").output)
        read = self.read(path)
        rows = {(row["address"], row["port"]): row for row in fleet.ports()}
        services = {(host, service[0]): service for host, found in read["libnmap"].items() for service in found}
        self.assertEqual(set(services), set(rows))
        for key, row in rows.items():
            # A listener that nobody looked at from outside is no fact about its port.
            self.assertEqual(services[key][2], row["state"] or "unknown", row)
        self.assertEqual(services[("127.0.0.1", port)][2], "open")
        self.assertIn(f"{HOSTILE_NAME} (pid ", services[("127.0.0.1", port)][3])
        self.assertIn(f"pid {os.getpid()}", services[("127.0.0.1", four.port)][3])
        self.assertEqual(services[("::1", six.port)][2], "open")
        extra = {entry[0]: entry[3] for entry in read["nmap"]["127.0.0.1"]}
        self.assertIn("verdict: local-only; zone: default", extra[four.port])
        self.assertEqual(read["up"], len({host for host, _ in rows}))
        self.assertGreater(read["started"], 1_700_000_000)
        # One family alone, for readers that know no other.
        path = fleet.write("four.xml", fleet.cli("ports", "net:0.0.0.0/0", "-o", "nmap").output)
        self.assertNotIn("::1", self.read(path)["libnmap"])
        path = fleet.write("none.xml", fleet.cli("ports", "port:1", "-o", "nmap").output)
        self.assertEqual(self.read(path)["libnmap"], {})
        self.assertIn("only ports have this format", fleet.cli("hosts", "-o", "nmap", expect=64).messages)

    def test_markdown_keeps_its_cells(self):
        fleet, port, _, _ = self.surveyed()
        lines = fleet.cli("ports", f"port:{port}", "-o", "md").output.splitlines()
        self.assertEqual(len(lines), 3)
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in lines]
        self.assertEqual(len(set(cells)), 1, lines)
        self.assertNotIn("<", lines[2])
        self.assertEqual(lines[1].replace(":", ""), "|" + " --- |" * (cells[0] - 1))

    def test_a_report_is_one_page_that_says_what_it_holds(self):
        fleet, port, four, _ = self.surveyed()
        path = fleet.path("report.html")
        answer = fleet.cli("report", "--from", "1h", "--format", "html", "--out", path)
        digest = self.demand_digest(self, path)
        self.assertIn(digest, answer.output)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        page = Page(text)
        self.assertFalse(page.names & {"script", "img", "iframe", "link", "object", "a", "b-"}, page.names)
        self.assertTrue({"svg", "rect", "table", "h3", "footer"} <= page.names)
        self.assertFalse([name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href")])
        shown = "".join(page.texts)
        kinds = [row["change"] for row in fleet.cli("changes", "-o", "json").rows]
        self.assertIn("found", kinds)
        self.assertIn(f"{len(kinds)} changes", shown)
        for part in ("+rule", "</td><script>n()</script>|", "(@scan)", HOSTILE_NAME, "127.9.0.0/16",
                     str(four.port), "local-only", "Audit log: there is none yet", "periplus report --from 1h"):
            self.assertIn(part, shown)
        self.assertNotIn("\x1b", text)
        self.assertEqual([name for name in os.listdir(fleet.folder) if "report.html." in name], [])
        # What closed since stands there as what changed; a report of a time before has it open, and tells nothing of it.
        before = fleet.cli("ports", f"port:{four.port}", "-o", "json").rows[0]["lastSeen"]
        four.close()
        fleet.submit("127.0.0.1", "-p", str(four.port), "--wait")
        fleet.cli("report", f"port:{four.port}", "--from", "1h", "--format", "md", "--out", path)
        with open(path, encoding="utf-8") as file:
            later = file.read()
        self.assertRegex(later, rf"\| closed \| 127\.0\.0\.1 \| {four.port} \| tcp \| open \| closed \|")
        fleet.cli("report", f"port:{four.port}", "--from", "1h", "--to", before, "--format", "md", "--out", path)
        with open(path, encoding="utf-8") as file:
            earlier = file.read()
        self.assertNotIn("| closed |", earlier)
        self.assertRegex(earlier, rf"\| {four.port} \| tcp \| open \|")
        # A whole day that is not over is one until now.
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        fleet.cli("report", "--from", "2020-01-01", "--to", today, "--format", "md", "--out", path)
        with open(path, encoding="utf-8") as file:
            self.assertRegex(file.read(), rf"\| closed \| 127\.0\.0\.1 \| {four.port} \|")
        # Before the first scan there was nothing; that is a report too.
        fleet.cli("report", "--from", "2020-01-01", "--to", "2020-01-31", "--out", path, "state:open")
        self.demand_digest(self, path)
        with open(path, encoding="utf-8") as file:
            empty = file.read()
        Page(empty)
        self.assertIn("From 2020-01-01T00:00:00.000Z to 2020-01-31T23:59:59.999Z", empty)
        for part in ("No endpoint fits", "No scan ran", "No rule was in force"):
            self.assertIn(part, empty)

    def test_reports_for_programs_are_read_by_programs(self):
        fleet, port, _, _ = self.surveyed()
        rows = fleet.ports("state:open")
        path = fleet.path("report.csv")
        answer = fleet.cli("report", "state:open", "--from", "1h", "--format", "csv", "--out", path)
        with open(path, "rb") as file:
            content = file.read()
        self.assertIn(hashlib.sha256(content).hexdigest(), answer.output)
        read = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
        self.assertEqual(
            [(row["address"], row["port"]) for row in read], [(row["address"], str(row["port"])) for row in rows])
        for row in read:
            self.assertNotIn(None, row)
            for cell in row.values():
                self.assertNotRegex(cell, r"\A\s*[=+@-]")
        hostile, = [row for row in read if row["port"] == str(port)]
        self.assertTrue(hostile["process"].startswith("'" + HOSTILE_NAME), hostile)
        path = fleet.path("report.xml")
        fleet.cli("report", "state:open", "--from", "1h", "--format", "nmap", "--out", path)
        self.demand_digest(self, path)
        found = self.read(path)["libnmap"]
        self.assertEqual(
            sorted((host, service[0]) for host, services in found.items() for service in services),
            sorted((row["address"], row["port"]) for row in rows))
        path = fleet.path("report.md")
        fleet.cli("report", "state:open", "--from", "1h", "--format", "md", "--out", path)
        self.demand_digest(self, path)
        with open(path, encoding="utf-8") as file:
            self.assertNotIn("<script", file.read())

    def test_a_report_takes_no_ones_place(self):
        fleet = self.fleet()
        arguments = ("report", "--from", "1d", "--out")
        link = fleet.path("link")
        os.symlink("/dev/null", link)
        for path in ("/dev/null", link, fleet.folder):
            self.assertIn("no regular file", fleet.cli(*arguments, path, expect=1).messages)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        self.assertIn("No such file", fleet.cli(*arguments, fleet.path("no/such/file"), expect=1).messages)
        kept = fleet.write("kept.html", "before")
        os.chmod(kept, 0o640)
        self.assertIn("character", fleet.cli(*arguments, kept, "prot:1", expect=64).messages)
        with open(kept, encoding="utf-8") as file:
            self.assertEqual(file.read(), "before")
        fleet.cli(*arguments, kept)
        self.assertEqual(stat.S_IMODE(os.stat(kept).st_mode), 0o640)
        for wrong in (["--from", "yesterday"], ["--from", "now", "--to", "2d"]):
            fleet.cli("report", *wrong, "--out", kept, expect=64)
        disk = fleet.path("disk")
        os.mkdir(disk)
        run("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk)
        self.addCleanup(run, "umount", disk)
        self.assertIn("No space left", fleet.cli(*arguments, os.path.join(disk, "r.html"), expect=1).messages)
        self.assertEqual(os.listdir(disk), [])

    def measured(self, fleet, *arguments):
        """Runs a command; returns the lines it printed and the most memory it held, in KiB."""
        environment = dict(fleet.environment, PERIPLUS_URL=fleet.url, PERIPLUS_TOKEN=fleet.token)
        process = subprocess.Popen(
            [binary("periplus"), *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        lines = sum(1 for _ in process.stdout)
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return lines, usage.ru_maxrss

    def test_listings_stream(self):
        fleet = self.fleet()
        listener = Listener(self, "0.0.0.0")
        listener.socket.listen(socket.SOMAXCONN)
        fleet.agent("here", "--duties", "scan")
        # Every address of 127.0.0.0/8 is this host's: 12,288 endpoints of one listener.
        fleet.submit("127.20.0.0-127.20.47.255", "-p", str(listener.port), "--wait")
        query = f"port:{listener.port}"
        total, _ = self.measured(fleet, "ports", query, "-o", "name")
        self.assertGreaterEqual(total, 12_000)

        proxy = HoldingProxy(fleet.url)
        self.addCleanup(proxy.server_close)
        self.addCleanup(proxy.shutdown)

        def begin(form):
            process = subprocess.Popen(
                [binary("periplus"), "ports", query, "-o", form, "--url", proxy.url],
                env=dict(fleet.environment, PERIPLUS_TOKEN=fleet.token), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            self.addCleanup(process.stderr.close)
            return process

        # The first rows are there while the others are not.
        for form, first in (("ndjson", b'{"address":"127.20.0.'), ("csv", b"address,port,"), ("nmap", b"<?xml")):
            proxy.go.clear()
            process = begin(form)
            line = process.stdout.readline()
            self.assertTrue(line.startswith(first), line)
            for _ in range(500):
                self.assertTrue(process.stdout.readline())
            self.assertIsNone(process.poll())
            proxy.go.set()
            rest = process.stdout.read()
            process.stdout.close()
            self.assertEqual(process.wait(PATIENCE), 0)
            self.assertGreater(rest.count(b"\n"), 11_000)

        # A reader that goes away ends it, and so does an answer that breaks off.
        proxy.go.clear()
        process = begin("ndjson")
        process.stdout.readline()
        process.stdout.close()
        proxy.go.set()
        self.assertNotEqual(process.wait(PATIENCE), 0)
        proxy.cuts = True
        process = begin("ndjson")
        rows = process.stdout.read().splitlines()
        process.stdout.close()
        self.assertGreater(len(rows), 500)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertRegex(process.stderr.read().decode(), r"\Aperiplus: the answer ended before its last row[^\n]+\n\Z")

        # Twelve times the rows take hardly more memory than one page.
        for form in ("ndjson", "csv", "nmap"):
            _, page = self.measured(fleet, "ports", query, "--limit", "1000", "-o", form)
            lines, whole = self.measured(fleet, "ports", query, "-o", form)
            self.assertGreaterEqual(lines, total)
            self.assertLess(whole - page, 12_000, f"{form}: {page} KiB for a page, {whole} KiB for all")

        # A reader that has stopped reading does not hold up the coordinator's end.
        process = subprocess.Popen(
            [binary("periplus"), "ports", query, "-o", "ndjson", "--url", fleet.url],
            env=dict(fleet.environment, PERIPLUS_TOKEN=fleet.token), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        process.stdout.readline()
        self.assertEqual(fleet.stop(fleet.coordinator), 0, fleet.coordinator.lines)
        process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(PATIENCE), 1)


if __name__ == "__main__":
    unittest.main()

"""Foreign scans as vantages: a real scan of nmap's, taken in, agrees with ours; twice changes nothing; broken files leave nothing."""

import datetime
import os
import re
import subprocess
import sys
import time
import unittest

from fleet import Fleet
from listeners import Listener, closed_port
from programs import Program

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

HOST = "127.61.0.1"
A, B = "10.79.0.1", "10.79.0.2"
SERVER = """
import socket, sys, threading
for port in sys.argv[2:]:
    server = socket.create_server((sys.argv[1], int(port)))
    def serve(server=server):
        while True: server.accept()[0].close()
    threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""


class DifferentialTests(unittest.TestCase):
    """nmap and our agent look from one host at another, with a firewall between."""

    def test_a_scan_of_nmaps_agrees_with_ours_and_is_a_vantage_of_its_own(self):
        here, there = Namespace("a"), Namespace("b")
        for namespace in (here, there):
            self.addCleanup(namespace.remove)
        here.link("eth0", there, "eth0")
        here.address("eth0", f"{A}/24")
        there.address("eth0", f"{B}/24")
        there.nft("""
            table inet test {
              chain input {
                type filter hook input priority 0;
                tcp dport 8204 drop
                tcp dport 8205 reject with icmpx type admin-prohibited
              }
            }
        """)
        server = Program(*there.command(sys.executable, "-c", SERVER), B, "8201", "8202", "8204")
        self.addCleanup(server.kill)
        server.line("ready")
        fleet = Fleet(self, wrap=here.command())
        fleet.serve("--insecure-http", address=A)
        path = fleet.path("nmap.xml")
        for options in (("-sT",), ("-sS",)):
            subprocess.run([str(word) for word in here.command("nmap", "-n", "-Pn", *options, "-p", "8200-8210", "-oX", path, B)],
                           check=True, capture_output=True)
            row, = fleet.cli("import", path, "--vantage", f"laptop{options[0]}", "-o", "json").rows
            self.assertEqual((row["scanner"], row["hostCount"]), ("nmap", 1))
        identity = fleet.enrol("watcher", "--duties", "scan", token_file=fleet.join_token(), wrap=here.command())
        fleet.start_agent(identity, wrap=here.command())
        fleet.submit(B, "-p", "8200-8210", "--wait")
        for port in range(8200, 8211):
            row, = fleet.cli("explain", f"{B}:{port}", "-o", "json").rows
            states = {view["zone"]: view["state"] for view in row["views"]}
            self.assertEqual(sorted(states), ["default", "laptop-sS", "laptop-sT"], port)
            self.assertEqual(len(set(states.values())), 1, (port, row["views"]))
            told = {view["zone"]: view["agent"] for view in row["views"]}
            self.assertEqual(told["laptop-sT"], "nmap (nmap.xml)")
        rows = {row["port"]: row for row in fleet.ports(f"net:{B}", "state:open")}
        self.assertEqual(sorted(rows), [8201, 8202])
        self.assertEqual({row["name"] for row in fleet.cli("zones", "-o", "json").rows}, {"default", "laptop-sT", "laptop-sS"})


class MasscanTests(unittest.TestCase):
    """Debian's masscan looks from one host at another; what it writes is taken in as it is."""

    def test_a_scan_of_masscans_tells_open_ports_at_its_times(self):
        here, there = Namespace("a"), Namespace("b")
        for namespace in (here, there):
            self.addCleanup(namespace.remove)
        here.link("eth0", there, "eth0")
        here.address("eth0", f"{A}/24")
        # It has a network stack of its own: an address of its own keeps the kernel from resetting its connections, and it asks a
        # router whichever neighbour it wants.
        there.address("eth0", f"{B}/24", "10.79.0.3/24")
        here.ip("route", "add", "default", "via", B)
        server = Program(*there.command(sys.executable, "-c", SERVER), "0.0.0.0", "8201", "8202")
        self.addCleanup(server.kill)
        server.line("ready")
        fleet = Fleet(self, wrap=here.command())
        fleet.serve("--insecure-http", address=A)
        path = fleet.path("masscan.xml")
        begun = int(time.time())
        done = subprocess.run(
            [str(word) for word in here.command(
                "masscan", f"{B},10.79.0.3", "-p", "8200-8203", "--rate", "100", "--wait", "3", "--retries", "2",
                "--source-ip", "10.79.0.99", "-e", "eth0", "-oX", path)],
            capture_output=True, text=True, timeout=120, check=False)
        ended = int(time.time()) + 1
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path, encoding="utf-8") as file:
            written = file.read()
        self.assertIn('scanner="masscan"', written, done.stderr)
        taken = fleet.cli("import", path, "--vantage", "laptop", "-o", "json")
        row, = taken.rows
        # It writes an element for each answer that comes, and answers come again; they are the same hosts and ports.
        self.assertGreaterEqual(written.count("<host "), 4)
        self.assertEqual((row["scanner"], row["hostCount"]), ("masscan", 2), written)
        self.assertIn("hosts: 2; ports that are open: 4, that are not: 0", taken.messages)
        rows = fleet.ports("zone:laptop")
        self.assertEqual(
            sorted((row["address"], row["port"], row["state"], row["zone"]) for row in rows),
            [(host, port, "open", "laptop") for host in (B, "10.79.0.3") for port in (8201, 8202)], written)
        for row in rows:
            first, last = (
                datetime.datetime.fromisoformat(row[key].replace("Z", "+00:00")).timestamp()
                for key in ("firstSeen", "lastSeen"))
            told = [int(time) for time in re.findall(
                rf'<host endtime="([0-9]+)"><address addr="{row["address"]}"[^/]*/><ports><port protocol="tcp" '
                rf'portid="{row["port"]}"', written)]
            self.assertEqual((first, last), (min(told), max(told)))
            self.assertTrue(begun <= first <= last <= ended, (begun, row, ended))
        view, = fleet.cli("explain", f"{B}:8201", "-o", "json").rows[0]["views"]
        self.assertEqual((view["agent"], view["reason"]), ("masscan (masscan.xml)", "syn-ack"))
        # It tells of open ports alone: of others nothing is known.
        self.assertEqual(fleet.cli("explain", f"{B}:8200", "-o", "json").rows[0]["views"], [])
        self.assertIn("taken in before", fleet.cli("import", path, "--vantage", "laptop").messages)


class ImportTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.held, self.closed = closed_port()
        self.addCleanup(self.held.close)

    def nmap(self, ports, name="nmap.xml"):
        path = self.fleet.path(name)
        subprocess.run(["nmap", "-n", "-Pn", "-sT", "-p", ports, "-oX", path, HOST], check=True, capture_output=True)
        return path

    def take(self, path, *options, expect=0):
        return self.fleet.cli("import", path, *options, expect=expect)

    def dump(self):
        """All that the chart tells, but for ids of what took it in."""
        return self.fleet.cli("ports", "-o", "json").output + self.fleet.cli("changes", "-o", "json").output

    def test_the_same_file_twice_changes_nothing(self):
        listener = Listener(self, HOST)
        path = self.nmap(f"{listener.port},{self.closed}")
        first, = self.take(path, "-o", "json").rows
        before = self.dump()
        again = self.take(path, "-o", "json")
        self.assertIn("taken in before", again.messages)
        self.assertEqual(again.rows[0]["id"], first["id"])
        self.assertEqual(self.dump(), before)
        self.assertEqual(len(self.fleet.cli("scans", "-o", "json").rows), 1)

    def test_what_closed_between_two_files_is_told_at_the_files_times(self):
        listener = Listener(self, HOST)
        port = listener.port
        first = self.nmap(str(port))
        self.take(first)
        listener.close()
        # Files tell times in whole seconds.
        time.sleep(1.1)
        self.take(self.nmap(str(port), "second.xml"))
        change, = self.fleet.cli("changes", "--kind", "closed", "-o", "json").rows
        self.assertEqual((change["port"], change["agent"]), (port, "nmap (second.xml)"))
        # The first file again, late: it changes nothing.
        self.take(first, "--vantage", "import")
        self.assertEqual(len(self.fleet.cli("changes", "--kind", "closed", "-o", "json").rows), 1)

    def test_scans_and_agents_stay_out_of_the_vantage(self):
        listener = Listener(self, HOST)
        self.take(self.nmap(str(listener.port)), "--vantage", "laptop")
        self.assertIn("no agent stands", self.fleet.cli("scans", "submit", HOST, "--zone", "laptop", expect=64).messages)
        self.assertIn("what files tell", self.fleet.cli("tokens", "add", "join", "--zone", "laptop", expect=1).messages)
        self.fleet.agent("watcher", "--duties", "scan")
        self.assertEqual(self.fleet.wait_until_over(self.fleet.submit(HOST, "-p", str(listener.port), "--zone", "each")), "done")
        self.assertIn("vantage of its own", self.take(self.fleet.path("nmap.xml"), "--vantage", "default", expect=1).messages)

    def test_broken_and_hostile_files_leave_nothing(self):
        listener = Listener(self, HOST)
        with open(self.nmap(str(listener.port)), encoding="utf-8") as file:
            text = file.read()
        for name, content, words in [
                ("cut.xml", text[:len(text) * 2 // 3], "too early"),
                ("bomb.xml", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><nmaprun scanner="nmap">&b;</nmaprun>', "not read"),
                ("outside.xml", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><nmaprun scanner="nmap">&a;</nmaprun>', "not read"),
                ("other.xml", "<html/>", "1:"), ("empty.xml", "", "too early")]:
            answer = self.take(self.fleet.write(name, content), expect=1)
            self.assertRegex(answer.messages, rf"{name}:\d+:\d+: .*{words}" if words != "1:" else rf"{name}:1:\d+: ")
        self.assertIn("cannot be read", self.take("/nonexistent.xml", expect=1).messages)
        self.assertEqual(self.fleet.cli("scans", "-o", "json").rows, [])
        self.assertEqual(self.fleet.ports("state:open"), [])
        self.take(self.fleet.path("nmap.xml"), "--dry-run")
        self.assertEqual(self.fleet.cli("scans", "-o", "json").rows, [])


if __name__ == "__main__":
    unittest.main()

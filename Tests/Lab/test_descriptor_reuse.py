"""The three hazards of using a socket for one probe after the other, each with one slot alone.

    scanner 10.77.255.1 --- 10.77.255.2 target (10.78.0.1) --- 10.97.0.2 witness
"""

import json
import subprocess
import sys
import time
import unittest

import cells
from counting import Syns
from namespaces import agent

UDP_SILENCE = """
import signal, socket
kept = []
for port in range(3000, 3100, 2):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("10.78.0.1", port))
    kept.append(server)
print("ready", flush=True)
signal.pause()
"""


class ReuseCell(cells.Cell):
    """A host that is near, so that its word comes while the system call that asks is still under way."""

    def build(self):
        self.cable()
        self.scanner.address("v0", "fd77::1/64")
        self.target.address("v1", "fd77::2/64")
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.address("lo", "10.78.0.1/32")
        for namespace in (self.scanner, self.target):
            namespace.setting("net.ipv4.icmp_ratelimit", 0)
            namespace.setting("net.ipv4.icmp_msgs_per_sec", 100_000)
            namespace.setting("net.ipv4.icmp_msgs_burst", 100_000)
            namespace.setting("net.ipv6.icmp.ratelimit", 0)
        self.listen([(address, port) for address in ("10.78.0.1", "fd77::2") for port in (2000, 2010, 2020)])
        self.targets = ["10.78.0.1"]


class SlowWordCell(cells.Cell):
    """A host whose ICMP errors take 300 ms to arrive, and all else none."""

    def build(self):
        self.line(0, 0, ["10.78.0.0/24"], icmp_delay_microseconds=300_000)
        self.target.address("lo", "10.78.0.1/32")
        self.target.setting("net.ipv4.icmp_ratelimit", 0)
        self.listen([("10.78.0.1", port) for port in (2000, 2010, 2020)])
        self.targets = ["10.78.0.1"]


class DescriptorReuse(unittest.TestCase):
    def cell(self, kind=ReuseCell):
        cell = kind("reuse")
        self.addCleanup(cell.close)
        return cell

    def scan(self, cell, *arguments, timeout=120):
        done = subprocess.run(
            cell.scanner.command(agent(), "scan", *arguments, "-o", "ndjson"), capture_output=True, text=True,
            timeout=timeout)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len({(row["address"], row["port"]) for row in rows}), len(rows))
        return {row["port"]: (row["state"], row["reason"]) for row in rows}

    def test_an_idle_socket_that_hangs_up_launches_nothing(self):
        cell = self.cell()
        cell.target.nft(
            "table inet cell {\nchain input {\ntype filter hook input priority 0;\n"
            "tcp dport 2001-2009 drop\ntcp dport 2011-2019 reject with icmpx admin-prohibited\n}\n}\n")
        syns = Syns(cell.scanner)
        for address in ("10.78.0.1", "fd77::2"):
            with self.subTest(address):
                syns.reset()
                # Between two probes the one socket is idle and gets the event of its own abort. What is silent is tried once
                # more, well before the kernel itself would send another SYN.
                rows = self.scan(
                    cell, address, "-Pn", "-p", "2000-2030", "--max-in-flight", "1", "--rate", "25",
                    "--timeout", "15ms", "--retries", "1")
                silent = [port for port, row in rows.items() if row == ("filtered", "no-response")]
                self.assertEqual(sorted(silent), list(range(2001, 2010)))
                self.assertEqual([port for port, row in rows.items() if row[0] == "open"], [2000, 2010, 2020])
                expected = {port: 2 if port in silent else 1 for port in range(2000, 2031)}
                self.assertEqual(syns.by_port, expected)
                self.assertEqual(syns.total, 31 + 9)

    def test_a_port_that_is_rejected_and_opens_too_leaves_nothing_to_the_next(self):
        cell = self.cell()
        witness = cell.namespace("witness")
        cell.target.link("v2", witness, "v3")
        cell.target.address("v2", "10.97.0.1/24")
        witness.address("v3", "10.97.0.2/24")
        witness.ip("route", "add", "10.77.255.0/30", "via", "10.97.0.1")
        witness.ip("route", "add", "10.78.0.0/24", "via", "10.97.0.1")
        witness.setting("net.ipv4.icmp_ratelimit", 0)
        for namespace in (witness, cell.target):
            namespace.setting("net.ipv4.ip_forward", 1)
        # The witness rejects a copy of each SYN to an open port, while the host itself answers it: the error is queued while
        # the connection comes about, and stays behind when the socket goes on.
        witness.nft(
            "table ip cell {\nchain forward {\ntype filter hook forward priority 0;\n"
            "ip daddr 10.78.0.1 counter reject with icmp admin-prohibited\n}\n}\n")
        cell.target.nft(
            "table ip cell {\nchain early {\ntype filter hook prerouting priority 0;\n"
            "iif v1 tcp flags & (syn | ack) == syn tcp dport { 2000, 2010, 2020 } dup to 10.97.0.2 device v2\n}\n"
            "chain input {\ntype filter hook input priority 0;\ntcp dport { 2011, 2021 } drop\n}\n}\n")
        # The link must be known, or the copies wait for ARP and come too late.
        self.scan(cell, "10.78.0.1", "-Pn", "-p", "2000")
        for _ in range(5):
            rows = self.scan(cell, "10.78.0.1", "-Pn", "-p", "1999-2022", "--max-in-flight", "1", "--retries", "0")
            for port, found in rows.items():
                expected = ("open", "syn-ack") if port in (2000, 2010, 2020) else (
                    ("filtered", "no-response") if port in (2011, 2021) else ("closed", "conn-refused"))
                self.assertEqual(found, expected, port)
        listing = subprocess.run(
            witness.command("nft", "list", "table", "ip", "cell"), capture_output=True, text=True, check=True).stdout
        self.assertIn("counter packets 16", listing)

    def test_an_error_that_comes_when_the_socket_is_at_another_port_says_nothing_of_that_port(self):
        cell = self.cell(SlowWordCell)
        cell.target.nft(
            "table ip cell {\nchain input {\ntype filter hook input priority 0;\n"
            "tcp dport 2001-2009 reject with icmp admin-prohibited\ntcp dport 2011-2019 drop\n}\n}\n")
        cell.start(cell.target.command(sys.executable, "-c", UDP_SILENCE))
        # One port to leave from makes the sockets as alike as can be.
        cell.scanner.setting("net.ipv4.ip_local_port_range", "40000 40000")
        rows = self.scan(
            cell, "10.78.0.1", "-Pn", "-p", "2000-2030", "--max-in-flight", "1", "--timeout", "100ms", "--retries", "0")
        for port, found in rows.items():
            late = port in range(2001, 2010) or port in range(2011, 2020)
            expected = ("filtered", "no-response") if late else (
                ("open", "syn-ack") if port in (2000, 2010, 2020) else ("closed", "conn-refused"))
            self.assertEqual(found, expected, port)
        # Every other UDP port is held by a socket that says nothing; the others' refusals come too late, in its time.
        rows = self.scan(
            cell, "10.78.0.1", "-sU", "-Pn", "-p", "U:3000-3019", "--max-in-flight", "1", "--timeout", "100ms",
            "--retries", "0")
        self.assertEqual(set(rows.values()), {("open-or-filtered", "no-response")})

    def test_every_rejected_port_gets_its_reject_whenever_the_error_comes(self):
        cell = self.cell()
        cell.target.nft(
            "table inet cell {\nchain input {\ntype filter hook input priority 0;\n"
            "tcp dport 3000-3299 reject with icmpx admin-prohibited\n"
            "tcp dport 3300-3599 reject with icmpx port-unreachable\n"
            "tcp dport 3600-3899 reject with icmpx no-route\n}\n}\n")
        syns = Syns(cell.scanner)
        reasons = {3000: ("filtered", "admin-prohibited"), 3300: ("filtered", "port-unreach"),
                   3600: ("unreachable", "net-unreach")}
        for address in ("10.78.0.1", "fd77::2"):
            for arguments in (["--max-in-flight", "1"], []):
                with self.subTest(address, arguments=arguments):
                    syns.reset()
                    began = time.monotonic()
                    # Left to time out, one slot would need a second for each of 900 ports.
                    rows = self.scan(cell, address, "-Pn", "-p", "3000-3899", *arguments, timeout=60)
                    self.assertLess(time.monotonic() - began, 30)
                    self.assertEqual(
                        rows, {port: reasons[3000 + (port - 3000) // 300 * 300] for port in range(3000, 3900)})
                    # An error that was not noticed would have cost another try.
                    self.assertEqual(syns.total, 900)


if __name__ == "__main__":
    unittest.main()

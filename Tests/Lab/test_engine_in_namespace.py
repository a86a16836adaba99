"""What the connect engine makes of firewalls, routers and silence, in namespaces of this test's own.

    scanner 10.99.0.1 --- 10.99.0.254 router 10.98.0.254 --- 10.98.0.2 target
"""

import json
import resource
import signal
import subprocess
import sys
import unittest

from namespaces import Namespace, agent, tool
from nmap_beside import nmap_opened

LISTENER = """
import signal, socket
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    listener = socket.socket(family)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind((address, 1005))
    listener.listen(64)
    listener.detach()
print("ready", flush=True)
signal.pause()
"""

HOLDER = """
import signal, socket
kept = socket.create_connection(("10.98.0.2", 1005))
print("ready", flush=True)
signal.pause()
"""

TARGET_RULES = """
table inet target {
  chain input {
    type filter hook input priority 0;
    tcp dport 1001 drop
    tcp dport 1002 reject
    tcp dport 1003 reject with tcp reset
    tcp dport 1004 reject with icmpx admin-prohibited
    ip version 4 tcp dport 1007 reject with icmp host-prohibited
    tcp dport 1008 reject with icmpx no-route
    tcp dport 1009 reject with icmpx host-unreachable
    ip version 4 tcp dport 1014 reject with icmp prot-unreachable
  }
}
"""

ROUTER_RULES = """
table inet router {
  chain forward {
    type filter hook forward priority 0;
    ip daddr 10.98.0.0/24 tcp dport 1012 reject with icmp net-prohibited
    ip daddr 10.98.0.0/24 tcp dport 1013 reject
  }
}
"""

SCANNER_RULES = """
table inet scanner {
  chain output {
    type filter hook output priority 0;
    tcp dport 1010 reject
    tcp dport 1011 reject with icmpx host-unreachable
  }
}
"""


# What the rules above make of the target's ports.
IPV4_STATES = {
    1001: ("filtered", "no-response"),
    1002: ("filtered", "port-unreach"),
    1003: ("closed", "conn-refused"),
    1004: ("filtered", "admin-prohibited"),
    1005: ("open", "syn-ack"),
    1006: ("closed", "conn-refused"),
    1007: ("filtered", "host-prohibited"),
    1008: ("unreachable", "net-unreach"),
    1009: ("unreachable", "host-unreach"),
    1012: ("filtered", "net-prohibited"),
    1013: ("filtered", "port-unreach"),
    1014: ("filtered", "proto-unreach"),
}

IPV6_STATES = {
    1001: ("filtered", "no-response"),
    1002: ("filtered", "port-unreach"),
    1003: ("closed", "conn-refused"),
    1004: ("filtered", "admin-prohibited"),
    1005: ("open", "syn-ack"),
    1006: ("closed", "conn-refused"),
    1008: ("unreachable", "net-unreach"),
    1009: ("unreachable", "host-unreach"),
}

# Twenty more addresses of the target.
MORE = range(10, 30)


class EngineInNamespace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scanner = Namespace("scanner")
        cls.addClassCleanup(cls.scanner.remove)
        cls.router = Namespace("router")
        cls.addClassCleanup(cls.router.remove)
        cls.target = Namespace("target")
        cls.addClassCleanup(cls.target.remove)
        cls.scanner.link("near", cls.router, "left")
        cls.router.link("right", cls.target, "far")
        cls.scanner.address("near", "10.99.0.1/24", "fd99::1/64")
        cls.router.address("left", "10.99.0.254/24", "fd99::254/64")
        cls.router.address("right", "10.98.0.254/24", "fd98::254/64")
        cls.target.address("far", "10.98.0.2/24", "fd98::2/64")
        cls.target.address("far", *[f"10.98.0.{number}/24" for number in MORE], *[f"fd98::{n}/64" for n in MORE])
        cls.scanner.ip("route", "add", "10.98.0.0/24", "via", "10.99.0.254")
        cls.scanner.ip("route", "add", "fd98::/64", "via", "fd99::254")
        cls.target.ip("route", "add", "10.99.0.0/24", "via", "10.98.0.254")
        cls.target.ip("route", "add", "fd99::/64", "via", "fd98::254")
        cls.router.setting("net.ipv4.ip_forward", 1)
        cls.router.setting("net.ipv6.conf.all.forwarding", 1)
        # The kernel sends few ICMP errors a second to one host by default: here each probe must get its own.
        for namespace in (cls.router, cls.target, cls.scanner):
            namespace.setting("net.ipv4.icmp_ratelimit", 0)
            namespace.setting("net.ipv6.icmp.ratelimit", 0)
        cls.target.nft(TARGET_RULES)
        cls.router.nft(ROUTER_RULES)
        cls.scanner.nft(SCANNER_RULES)
        listener = subprocess.Popen(
            cls.target.command(sys.executable, "-c", LISTENER), stdout=subprocess.PIPE, text=True
        )
        cls.addClassCleanup(cls.end, listener)
        assert listener.stdout.readline() == "ready\n"

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        process.stdout.close()

    def scan(self, *arguments, limit=None):
        """The rows of a scan from the scanner's namespace, by address and port; each endpoint comes once."""

        def lower():
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        done = subprocess.run(
            self.scanner.command(agent(), "scan", *arguments, "-o", "ndjson"),
            text=True,
            capture_output=True,
            timeout=120,
            preexec_fn=lower if limit else None,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {}
        for line in done.stdout.splitlines():
            row = json.loads(line)
            key = (row["address"], row["port"])
            self.assertNotIn(key, rows, "an endpoint is observed once")
            rows[key] = row
        return rows

    def assertStates(self, rows, address, expected):
        found = {port: (row["state"], row["reason"]) for (host, port), row in rows.items() if host == address}
        self.assertEqual(found, expected)

    def assert_nmap_opens(self, hosts, ports, *arguments):
        """nmap, in the same run, finds the same ports open: 1005 alone. A host that says it is unreachable makes nmap give
        it up now and then, which is no answer."""
        theirs = nmap_opened(self.scanner, hosts, ",".join(map(str, ports)), "-T4", "--max-retries", "2", *arguments)
        self.assertTrue(theirs)
        self.assertLessEqual(theirs, {(host, 1005) for host in hosts})

    def test_firewalls_of_the_target_and_on_the_way_over_ipv4(self):
        hosts = ["10.98.0.2", *[f"10.98.0.{number}" for number in MORE]]
        rows = self.scan(*hosts, "-p", ",".join(map(str, IPV4_STATES)), "--timeout", "300ms")
        for host in hosts:
            self.assertStates(rows, host, IPV4_STATES)
        self.assert_nmap_opens(hosts, IPV4_STATES)

    def test_firewalls_of_the_target_over_ipv6(self):
        hosts = ["fd98::2", *[f"fd98::{number}" for number in MORE]]
        rows = self.scan(*hosts, "-p", ",".join(map(str, IPV6_STATES)), "--timeout", "300ms")
        for host in hosts:
            self.assertStates(rows, host, IPV6_STATES)
        self.assert_nmap_opens(hosts, IPV6_STATES, "-6")

    def assertEvidence(self, rows, address, expected):
        """Type, code and sender of the ICMP errors that decided; a RST and silence have none."""
        found = {port: tuple(row["icmp"][key] for key in ("type", "code", "sender")) if "icmp" in row else None
                 for (host, port), row in rows.items() if host == address}
        self.assertEqual(found, expected)

    def test_rows_name_type_code_and_sender_of_the_icmp_errors_that_decided(self):
        rows = self.scan("10.98.0.2", "-p", "1001-1009,1012-1014", "--timeout", "300ms")
        target, router = "10.98.0.2", "10.99.0.254"
        self.assertEvidence(rows, target, {
            1001: None, 1002: (3, 3, target), 1003: None, 1004: (3, 13, target), 1005: None, 1006: None,
            1007: (3, 10, target), 1008: (3, 0, target), 1009: (3, 1, target), 1012: (3, 9, router),
            1013: (3, 3, router), 1014: (3, 2, target)})
        rows = self.scan("fd98::2", "-p", "1001-1004,1008-1009", "--timeout", "300ms")
        self.assertEvidence(rows, "fd98::2", {
            1001: None, 1002: (1, 4, "fd98::2"), 1003: None, 1004: (1, 1, "fd98::2"), 1008: (1, 0, "fd98::2"),
            1009: (1, 3, "fd98::2")})

    def test_a_link_local_address_needs_and_takes_its_zone(self):
        link = subprocess.run(
            [tool("ip"), "-n", self.router.name, "-j", "-6", "address", "show", "dev", "left", "scope", "link"],
            check=True, text=True, capture_output=True,
        )
        # ip leaves an empty object for each address that it does not show.
        (found,) = [info["local"] for entry in json.loads(link.stdout) for info in entry.get("addr_info", [])
                    if "local" in info]
        address = found + "%near"
        rows = self.scan(address, "-p", "1006")
        self.assertStates(rows, address, {1006: ("closed", "conn-refused")})

    def test_what_this_host_itself_refuses_is_no_fact_about_the_target(self):
        for target in ("10.98.0.2", "fd98::2", "10.99.0.254"):
            with self.subTest(target=target):
                rows = self.scan(target, "-p", "1010,1011", "--timeout", "500ms")
                self.assertStates(
                    rows, target, {1010: ("unchecked", "local-denied"), 1011: ("unchecked", "local-denied")}
                )

    def test_without_a_route_nothing_was_looked_at(self):
        rows = self.scan("198.51.100.1", "2001:db8::1", "-p", "80,443")
        for target in ("198.51.100.1", "2001:db8::1"):
            expected = ("unchecked", "no-local-route")
            self.assertStates(rows, target, {80: expected, 443: expected})

    def test_a_dark_neighbour_is_unreachable_once_arp_has_failed(self):
        # ARP gives up after three seconds; the wait must outlast it.
        rows = self.scan("10.99.0.77", "fd99::77", "-p", "80", "--timeout", "8s", "--retries", "0")
        self.assertStates(rows, "10.99.0.77", {80: ("unreachable", "host-unreach")})
        self.assertStates(rows, "fd99::77", {80: ("unreachable", "host-unreach")})

    def test_a_dark_neighbour_is_filtered_or_unreachable_with_a_short_wait(self):
        rows = self.scan("10.99.0.78", "-p", "80", "--timeout", "300ms")
        self.assertIn(rows[("10.99.0.78", 80)]["state"], ("filtered", "unreachable"))

    def test_dark_neighbours_hide_no_live_one(self):
        rows = self.scan("10.99.0.0/24", "-p", "1006", "--timeout", "300ms", "--retries", "0")
        self.assertEqual(len(rows), 256)
        self.assertEqual(rows[("10.99.0.254", 1006)]["state"], "closed")
        self.assertEqual(rows[("10.99.0.1", 1006)]["state"], "closed")

    def test_a_shortage_of_descriptors_slows_down_and_changes_nothing(self):
        for limit in (20, 64):
            with self.subTest(limit=limit):
                rows = self.scan("10.98.0.2", "-p", "1005-3000", "--timeout", "2s", limit=limit)
                self.assertEqual(len(rows), 1996)
                self.assertEqual(rows[("10.98.0.2", 1005)]["state"], "open")
                self.assertEqual(
                    sorted(port for (_, port), row in rows.items() if row["state"] == "unchecked"), [1010, 1011])
                self.assertEqual(
                    {row["state"] for (_, port), row in rows.items() if port > 1014}, {"closed"})

    def test_few_ephemeral_ports_are_no_obstacle(self):
        self.addCleanup(self.scanner.setting, "net.ipv4.ip_local_port_range", "32768 60999")
        for last in (40019, 40199):
            with self.subTest(last=last):
                self.scanner.setting("net.ipv4.ip_local_port_range", f"40000 {last}")
                rows = self.scan("10.98.0.2", "-p", "2000-4000")
                self.assertEqual({row["state"] for row in rows.values()}, {"closed"})
                self.assertEqual(len(rows), 2001)

    def test_ephemeral_ports_that_never_come_back_leave_one_endpoint_unchecked_and_no_other(self):
        # One port to leave from, and it is taken for this one destination as long as the holder lives.
        self.scanner.setting("net.ipv4.ip_local_port_range", "40000 40000")
        self.addCleanup(self.scanner.setting, "net.ipv4.ip_local_port_range", "32768 60999")
        holder = subprocess.Popen(
            self.scanner.command(sys.executable, "-c", HOLDER), stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(self.end, holder)
        self.assertEqual(holder.stdout.readline(), "ready\n")
        rows = self.scan("10.98.0.2", "-p", "1005,1006,2000-2010")
        self.assertEqual(rows[("10.98.0.2", 1005)]["state"], "unchecked")
        self.assertEqual(rows[("10.98.0.2", 1005)]["reason"], "local-resources")
        others = {row["state"] for (_, port), row in rows.items() if port != 1005}
        self.assertEqual(others, {"closed"})

    def test_loopback_of_a_fresh_namespace_shows_no_connection_to_itself(self):
        rows = self.scan("127.0.0.1", "-p", "-")
        self.assertEqual(len(rows), 65535)
        self.assertEqual([port for (_, port), row in rows.items() if row["state"] == "open"], [])

    def test_an_interruption_prints_what_was_found_and_exits_with_130(self):
        process = subprocess.Popen(
            # At one connection a second this would take most of a day.
            self.scanner.command(agent(), "scan", "10.98.0.2", "-p", "-", "--rate", "1", "-o", "ndjson"),
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        try:
            # The output is buffered, so the kernel's own word that the scan is under way is its signal handler.
            while "connect-engine" not in self.threads(process.pid):
                self.assertIsNone(process.poll(), "the scan ended by itself")
            while not self.catches_interrupt(process.pid):
                self.assertIsNone(process.poll(), "the scan ended by itself")
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=30)
        finally:
            process.kill()
            process.wait()
        self.assertEqual(process.returncode, 130, error)
        self.assertIn("interrupted", error)
        for line in out.splitlines():
            json.loads(line)

    @staticmethod
    def threads(pid):
        import glob

        names = []
        for path in glob.glob(f"/proc/{pid}/task/*/comm"):
            try:
                with open(path) as file:
                    names.append(file.read().strip())
            except OSError:
                continue
        return names

    @staticmethod
    def catches_interrupt(pid):
        with open(f"/proc/{pid}/status") as file:
            for line in file:
                if line.startswith("SigCgt:"):
                    return int(line.split()[1], 16) >> (signal.SIGINT - 1) & 1 == 1
        return False


if __name__ == "__main__":
    unittest.main()

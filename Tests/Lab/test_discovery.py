"""Who is there, told by echoes and by the neighbour table, and who is not; dark networks; a neighbour table that is full."""

import json
import subprocess
import tempfile
import threading
import time
import unittest

import cells
from counting import Wire
from namespaces import Namespace, agent, run, tool


class SilentHosts(cells.Cell):
    """Hosts that drop all TCP, and answer echoes over IPv4 and IPv6; routed, so that no neighbour table gives them away."""

    addresses = ["10.78.0.1", "10.78.0.2", "fd78::1", "fd78::2"]

    def build(self):
        self.cable()
        self.scanner.address("v0", "fd77::1/64")
        self.target.address("v1", "fd77::2/64")
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.scanner.ip("route", "add", "fd78::/64", "via", "fd77::2")
        self.target.address("lo", *[f"{a}/{32 if '.' in a else 128}" for a in self.addresses])
        self.scanner.setting("net.ipv4.ping_group_range", "0 2147483647")
        self.target.nft(
            "table inet cell {\nchain input {\ntype filter hook input priority 0;\nmeta l4proto tcp drop\n}\n}\n")
        self.targets = self.addresses


def hosts(cell, *arguments, timeout=60):
    done = subprocess.run(
        cell.scanner.command(agent(), "scan", "-sn", *arguments, "-o", "ndjson"), capture_output=True, text=True,
        timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"scan failed: {done.stderr}")
    return {row["address"]: (row["state"], row["reason"]) for row in map(json.loads, done.stdout.splitlines())}


def rows(cell, *arguments, timeout=120):
    done = subprocess.run(
        cell.scanner.command(agent(), "scan", *arguments, "-o", "ndjson"), capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"scan failed: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


class InLab(unittest.TestCase):
    def cell(self, kind):
        cell = kind("disc")
        self.addCleanup(cell.close)
        return cell

    def test_a_host_that_drops_tcp_is_up_by_its_echo(self):
        cell = self.cell(SilentHosts)
        # The third of each is nobody's, and nothing comes back from there.
        cell.target.nft(
            "table inet dark {\nchain early {\ntype filter hook prerouting priority 0;\n"
            "ip daddr 10.78.0.3 drop\nip6 daddr fd78::3 drop\n}\n}\n")
        found = hosts(cell, *cell.targets, "10.78.0.3", "fd78::3")
        self.assertEqual(found, {
            **{address: ("up", "echo-reply") for address in cell.addresses},
            "10.78.0.3": ("silent", "no-response"), "fd78::3": ("silent", "no-response")})
        # With ports: heard of, so that all of them are looked at.
        states = {(row["address"], row["state"], row["reason"]) for row in rows(cell, *cell.addresses, "-p", "1-300")}
        self.assertEqual(states, {(address, "filtered", "no-response") for address in cell.addresses})

    def test_an_echo_from_another_address_says_nothing_of_the_one_that_was_asked(self):
        cell = self.cell(SilentHosts)
        cell.target.nft(
            "table ip cell4 {\nchain output {\ntype filter hook output priority 0;\n"
            "icmp type echo-reply ip saddr 10.78.0.1 ip saddr set 10.78.0.2\n}\n}\n"
            "table ip6 cell6 {\nchain output {\ntype filter hook output priority 0;\n"
            "icmpv6 type echo-reply ip6 saddr fd78::1 ip6 saddr set fd78::2\n}\n}\n")
        self.assertEqual(hosts(cell, "10.78.0.1", "fd78::1"), {
            "10.78.0.1": ("silent", "no-response"), "fd78::1": ("silent", "no-response")})
        self.assertEqual(hosts(cell, "10.78.0.2", "fd78::2"), {
            "10.78.0.2": ("up", "echo-reply"), "fd78::2": ("up", "echo-reply")})

    def test_an_entry_of_the_neighbour_table_that_nobody_confirmed_is_no_presence(self):
        cell = self.cell(cells.OnLinkNetwork)
        hand_made = {"10.76.0.78": "permanent", "10.76.0.79": "noarp"}
        dark = {"10.76.0.77": "stale", **hand_made}
        for address, state in dark.items():
            # An address of hardware that is nobody's (RFC 7042, 2.1.2).
            cell.scanner.ip("neigh", "replace", address, "lladdr", "02:00:5e:10:00:01", "dev", "v0", "nud", state)
        # Hosts that answer ARP and drop the rest are there, whether they were known from earlier or not.
        mute, known = cells.OnLinkNetwork.live[:2]
        cell.target.nft(
            "table ip cell {\nchain input {\ntype filter hook input priority 0;\n"
            f"ip daddr {{ {mute}, {known} }} drop\n}}\n}}\n")
        hardware = json.loads(run(*cell.target.command(tool("ip"), "-j", "link", "show", "v1")).stdout)[0]["address"]
        cell.scanner.ip("neigh", "replace", known, "lladdr", hardware, "dev", "v0", "nud", "stale")
        found = hosts(cell, *dark, mute, known)
        self.assertEqual(found, {
            mute: ("up", "arp-response"), known: ("up", "arp-response"), "10.76.0.77": ("unreachable", "host-unreach"),
            **{address: ("silent", "no-response") for address in hand_made}})
        cell.scanner.ip("neigh", "replace", "10.76.0.77", "lladdr", "02:00:5e:10:00:01", "dev", "v0", "nud", "stale")
        ports = rows(cell, "10.76.0.77-79", "-p", "80,443")
        self.assertEqual(len(ports), 6)
        for row in ports:
            gone = row["address"] == "10.76.0.77"
            self.assertEqual((row["state"], row["reason"]),
                             ("unreachable", "host-unreach") if gone else ("filtered", "no-response"), row)
        # Whoever answers by itself waits for nothing.
        quick = cells.OnLinkNetwork.live[2]
        cell.scanner.ip("neigh", "replace", quick, "lladdr", hardware, "dev", "v0", "nud", "stale")
        began = time.monotonic()
        self.assertEqual({row["state"] for row in rows(cell, quick, "-p", "1-500")}, {"open", "closed"})
        self.assertLess(time.monotonic() - began, 4)

    def test_a_dark_network_is_found_dark_soon(self):
        cell = self.cell(cells.DarkNetwork)
        began = time.monotonic()
        found = hosts(cell, *cell.targets)
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(len(found), 256)
        self.assertEqual(set(found.values()), {("silent", "no-response")})
        began = time.monotonic()
        ports = rows(cell, *cell.targets, "-F")
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(len({(row["address"], row["port"]) for row in ports}), 25_600)
        self.assertEqual(len(ports), 25_600)
        self.assertEqual({(row["state"], row["reason"]) for row in ports}, {("filtered", "no-response")})

    def fill(self, leave=0):
        """Fills the kernel's one table of IPv4 neighbours, which all namespaces share (arp(7), gc_thresh3), but for so many
        entries, until the test is over. Entries that were confirmed or changed just now are not collected."""
        crowd = Namespace("crowd")
        self.addCleanup(crowd.remove)
        crowd.ip("link", "add", "d0", "type", "veth", "peer", "name", "d1")
        crowd.ip("link", "set", "d1", "up")
        crowd.address("d0", "10.90.0.1/16")
        with open("/proc/sys/net/ipv4/neigh/default/gc_thresh3") as file:
            entries = range(int(file.read()) + 64)

        def address(number):
            return f"10.90.{number // 250 + 1}.{number % 250 + 1}"

        def batch(lines):
            with tempfile.NamedTemporaryFile("w") as file:
                file.write("".join(lines))
                file.flush()
                return subprocess.run(
                    [tool("ip"), "-n", crowd.name, "-force", "-batch", file.name], capture_output=True, text=True)

        # Other hardware each time: what has not changed for five seconds may be collected (neigh_forced_gc).
        def enter(turn):
            return batch(
                f"neigh replace {address(number)} lladdr 02:00:00:{turn % 250:02x}:{number >> 8:02x}:{number & 255:02x} "
                "dev d0 nud reachable\n" for number in entries)

        def held():
            return run(tool("ip"), "-n", crowd.name, "neigh", "show", "dev", "d0").stdout.count("REACHABLE")

        self.assertIn("No buffer space", enter(0).stderr, "the table did not overflow")
        if leave:
            entries = range(held() - leave)
            batch(f"neigh del {address(number)} dev d0\n" for number in range(entries.stop, entries.stop + leave + 200))
        over = threading.Event()

        def keep():
            turn = 1
            while not over.wait(2):
                enter(turn)
                turn += 1

        keeper = threading.Thread(target=keep)
        keeper.start()
        self.addCleanup(keeper.join)
        self.addCleanup(over.set)
        return held

    def scan_with_full_table(self, leave):
        """Endpoints that were looked at and that were not."""
        cell = self.cell(cells.OnLinkNetwork)
        # The hosts' kernel is the scanner's: whoever has no room for an entry answers no ARP request (arp_process).
        hardware = json.loads(run(*cell.scanner.command(tool("ip"), "-j", "link", "show", "v0")).stdout)[0]["address"]
        cell.target.ip("neigh", "replace", "10.76.0.1", "lladdr", hardware, "dev", "v1", "nud", "permanent")
        held = self.fill(leave)
        before = held()
        self.assertGreater(before, 800)
        # The network's own address and the one for all are nobody's.
        found = rows(cell, "10.76.0.2-254", "-p", ",".join(map(str, cells.USUAL)))
        self.assertGreater(held(), 0.9 * before, "the table was not full any more")
        self.assertEqual(len(found), 253 * len(cells.USUAL))
        self.assertEqual(len({(row["address"], row["port"]) for row in found}), len(found))
        looked, missed = set(), set()
        for row in found:
            endpoint = (row["address"], row["port"])
            outcome = (row["state"], row["reason"])
            if outcome == ("unchecked", "local-resources"):
                missed.add(endpoint)
                continue
            looked.add(endpoint)
            if row["address"] not in cell.live:
                self.assertEqual(outcome, ("unreachable", "host-unreach"), row)
            else:
                self.assertEqual(outcome, ("open", "syn-ack") if endpoint in cell.open else ("closed", "conn-refused"), row)
        return looked, missed

    def test_a_full_neighbour_table_makes_no_verdict(self):
        _, missed = self.scan_with_full_table(leave=0)
        self.assertTrue(missed, "the table was not full")

    def test_a_neighbour_table_with_little_room_makes_no_wrong_verdict(self):
        looked, _ = self.scan_with_full_table(leave=30)
        self.assertTrue(looked & {(address, 22) for address in cells.OnLinkNetwork.live})

    def test_ports_ascend_where_that_is_asked_for(self):
        cell = self.cell(cells.LossyHosts)
        sent = Wire(cell.scanner)
        ports = "1-60,70-400,8080"
        with sent:
            found = rows(cell, "10.78.0.1-3", "-p", ports, "-r")
        self.assertEqual(len(found), 3 * 392)
        for address in ("10.78.0.1", "10.78.0.2", "10.78.0.3"):
            seen = sent.first(address)
            # Questions whether the host is there go out beside.
            asked = [port for port in seen if port not in (443, 80, 22, 445, 3389)]
            self.assertEqual(asked, sorted(asked))
            self.assertGreater(len(asked), 370)
        with sent:
            rows(cell, "10.78.0.1", "-p", ports)
        asked = sent.first("10.78.0.1")
        self.assertNotEqual(asked, sorted(asked))
        self.assertLess(asked.index(8080), 106)

    def test_a_silent_host_is_given_up_after_its_hundred_lowest_ports_where_they_ascend(self):
        cell = self.cell(cells.DarkNetwork)
        found = {row["port"]: (row["state"], row["reason"]) for row in rows(cell, "10.78.0.1", "-p", "1-1000", "-r")}
        self.assertEqual(
            found, {port: ("filtered", "no-response") if port <= 100 else ("unchecked", "host-silent")
                    for port in range(1, 1001)})


if __name__ == "__main__":
    unittest.main()

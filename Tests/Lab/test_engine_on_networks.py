"""What the engine finds on slow, lossy, dark and limited networks with its defaults, against the truth and nmap."""

import json
import re
import subprocess
import sys
import threading
import time
import unittest

import cells
from namespaces import agent, run, tool
from nmap_beside import nmap_opened


def scan(cell, *arguments, timeout=120):
    """Rows of a scan of the cell's targets and ports, as dictionaries."""
    ports = ["-F"] if cell.ports is None else ["-p", cell.ports]
    done = subprocess.run(
        cell.scanner.command(agent(), "scan", *cell.targets, *ports, "-o", "ndjson", *arguments),
        capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise AssertionError(f"scan failed: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def opened(rows):
    return {(row["address"], row["port"]) for row in rows if row["state"] == "open"}


class OnNetworks(unittest.TestCase):
    def cell(self, kind):
        cell = kind(kind.__name__[:5].lower())
        self.addCleanup(cell.close)
        return cell

    def assert_as_good_as_nmap(self, cell, rows, ports, *arguments, hosts=None):
        """Asks nmap for a part of the cell in the same run: whatever it finds open there, the rows have too, and they have
        all that is open and nothing else."""
        hosts = set(hosts or {address for address, _ in cell.open})
        ports = set(ports)
        theirs = nmap_opened(cell.scanner, hosts, ",".join(map(str, sorted(ports))), *arguments)

        def part(endpoints):
            return {(address, port) for address, port in endpoints if address in hosts and port in ports}

        ours = part(opened(rows))
        self.assertEqual(ours, part(cell.open))
        self.assertTrue(theirs)
        self.assertLessEqual(theirs, ours)

    def every_endpoint_once(self, rows, count):
        self.assertEqual(len(rows), count)
        self.assertEqual(len({(row["address"], row["protocol"], row["port"]) for row in rows}), count)

    def test_a_lossy_line_hides_no_port(self):
        cell = self.cell(cells.LossyHosts)
        rows = scan(cell)
        self.every_endpoint_once(rows, 20_000)
        self.assertEqual(opened(rows), cell.open)
        # Closed ports are told as closed: none was lost into filtered.
        self.assertEqual({row["state"] for row in rows}, {"open", "closed"})
        self.assert_as_good_as_nmap(cell, rows, sorted({port for _, port in cell.open}), "-T4")

    def test_hosts_that_have_ipv6_alone(self):
        cell = self.cell(cells.IPv6Hosts)
        rows = scan(cell)
        self.every_endpoint_once(rows, 32 * 5)
        self.assertEqual(opened(rows), cell.open)
        rejected = [row for row in rows if row["address"] in cell.rejecting and row["state"] != "open"]
        self.assertEqual({(row["state"], row["reason"]) for row in rejected}, {("filtered", "admin-prohibited")})
        # Two addresses are nobody's.
        self.assertEqual({row["address"] for row in rows if row["state"] == "unreachable"}, {"fd76::2e", "fd76::2f"})
        self.assert_as_good_as_nmap(cell, rows, map(int, cell.ports.split(",")), "-6", "-T4")

    def test_discovery_tells_who_is_there(self):
        cell = self.cell(cells.FirewalledNetwork)
        done = run(*cell.scanner.command(agent(), "scan", "-sn", *cell.targets, "-o", "ndjson"))
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(rows), 256)
        up = {row["address"] for row in rows if row["state"] == "up"}
        # A host that drops all but its services shows itself where one of those is asked for.
        asked = {address for address, port in cell.open if port in (22, 80, 443, 445, 3389)}
        talking = {address for number, address in enumerate(sorted({a for a, _ in cell.open})) if number % 2 == 1}
        self.assertEqual(up, asked | talking)
        self.assertEqual({row["state"] for row in rows}, {"up", "silent"})

    def test_a_firewalled_network_with_and_without_discovery(self):
        cell = self.cell(cells.FirewalledNetwork)
        for arguments in ([], ["-Pn"]):
            rows = scan(cell, *arguments)
            self.every_endpoint_once(rows, 25_600)
            self.assertEqual(opened(rows), cell.open)
            dark = {f"10.78.0.{number}" for number in range(1, 5)}
            self.assert_as_good_as_nmap(
                cell, rows, (22, 53, 80, 443), "-T4", hosts=dark | {address for address, _ in cell.open})

    def test_a_firewalled_network_behind_a_lossy_line(self):
        cell = self.cell(cells.LossyFirewalledNetwork)
        rows = scan(cell)
        self.every_endpoint_once(rows, 25_600)
        self.assertEqual(opened(rows), cell.open)
        self.assert_as_good_as_nmap(cell, rows, (22, 53, 80, 443), "-T4", "--max-retries", "3")

    def test_a_network_on_the_link_and_nmaps_answer(self):
        cell = self.cell(cells.OnLinkNetwork)
        rows = scan(cell)
        self.every_endpoint_once(rows, 25_600)
        self.assertEqual(opened(rows), cell.open)
        dark = {row["address"] for row in rows if row["state"] == "unreachable"}
        live = {address for address, _ in cell.open}
        self.assertFalse(dark & live)
        # The scanner's own address, the network's and the broadcast address are no hosts of the target.
        self.assertGreaterEqual(len(dark), 232)
        self.assert_as_good_as_nmap(
            cell, rows, (80, 443, 22, 3306), "-T4", hosts=live | {f"10.76.0.{number}" for number in range(221, 229)})

    def test_no_live_host_is_lost_among_2048_dark_neighbours(self):
        cell = self.cell(cells.WideOnLinkNetwork)
        cell.ports = ",".join(map(str, cells.USUAL))
        rows = scan(cell)
        self.every_endpoint_once(rows, 2048 * len(cells.USUAL))
        self.assertEqual(opened(rows), cell.open)
        dark = {f"10.76.4.{number}" for number in range(1, 33)}
        self.assert_as_good_as_nmap(
            cell, rows, (80, 443, 22), "-T4", "--min-hostgroup", "64", hosts=dark | set(cell.live))

    def test_a_host_that_limits_the_rate_shows_every_port(self):
        for kind, part in ((cells.LimitedHost, 200), (cells.FasterLimitedHost, 1000)):
            with self.subTest(kind.__name__):
                cell = self.cell(kind)
                rows = scan(cell)
                self.every_endpoint_once(rows, 1000)
                self.assertEqual(opened(rows), cell.open)
                self.assertEqual({row["state"] for row in rows}, {"open", "closed"})
                self.assert_as_good_as_nmap(cell, rows, range(1, part + 1), "-T3")

    def test_hosts_that_limit_the_rate_each_for_itself_show_every_port(self):
        cell = self.cell(cells.LimitedHosts)
        rows = scan(cell)
        self.every_endpoint_once(rows, 20 * 200)
        self.assertEqual(opened(rows), cell.open)
        self.assertEqual({row["state"] for row in rows}, {"open", "closed"})
        self.assert_as_good_as_nmap(cell, rows, (13, 33, 53, 73, 80), "-T3")

    def test_a_tarpit_is_cut_short_and_said_to_be_one(self):
        cell = self.cell(cells.Tarpit)
        rows = scan(cell)
        self.every_endpoint_once(rows, 65_535)
        cut = [row for row in rows if row["reason"] == "everything-open"]
        self.assertGreater(len(cut), 64_000)
        self.assertEqual({row["state"] for row in cut}, {"unchecked"})

    def test_twenty_tarpits_are_cut_short_and_open_where_they_were_asked(self):
        cell = self.cell(cells.Tarpits)
        rows = scan(cell)
        self.every_endpoint_once(rows, 20 * 2000)
        self.assertEqual({(row["state"], row["reason"]) for row in rows},
                         {("open", "syn-ack"), ("unchecked", "everything-open")})
        for address in cell.addresses:
            count = sum(1 for row in rows if row["address"] == address and row["state"] == "open")
            self.assertTrue(256 <= count < 1000, count)
        # Of few ports all are told, as nmap tells them.
        cell.ports = "1-50"
        cell.open = {(address, port) for address in cell.addresses for port in range(1, 51)}
        rows = scan(cell)
        self.every_endpoint_once(rows, 20 * 50)
        self.assert_as_good_as_nmap(cell, rows, range(1, 51), "-T4")

    def test_a_hosts_time_limit_leaves_the_rest_unchecked(self):
        cell = self.cell(cells.LimitedHost)
        rows = scan(cell, "--host-timeout", "1s")
        self.every_endpoint_once(rows, 1000)
        late = [row for row in rows if row["reason"] == "host-timeout"]
        self.assertGreater(len(late), 500)
        self.assertEqual({row["state"] for row in late}, {"unchecked"})
        self.assertTrue(any(row["state"] in ("open", "closed") for row in rows))

    def test_a_silent_hosts_unlikely_ports_stay_unchecked_unless_asked_for(self):
        cell = self.cell(cells.FirewalledNetwork)
        cell.targets = ["10.78.0.1"]
        cell.ports = "1-1000"
        rows = scan(cell)
        self.every_endpoint_once(rows, 1000)
        states = {}
        for row in rows:
            states.setdefault((row["state"], row["reason"]), []).append(row["port"])
        self.assertEqual({key: len(ports) for key, ports in states.items()},
                         {("filtered", "no-response"): 100, ("unchecked", "host-silent"): 900})
        self.assertIn(443, states["filtered", "no-response"])
        self.assertEqual({row["state"] for row in scan(cell, "-Pn")}, {"filtered"})

    def lose(self, what):
        """Rows of a scan during which the scanner loses its way to the target."""
        cell = self.cell(cells.LimitedHost)
        process = subprocess.Popen(
            cell.scanner.command(agent(), "scan", *cell.targets, "-p", cell.ports, "-o", "ndjson"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.kill)
        rows = [json.loads(process.stdout.readline()) for _ in range(50)]
        what(cell)
        limit = threading.Timer(90, process.kill)
        limit.start()
        rows += [json.loads(line) for line in process.stdout]
        limit.cancel()
        process.wait()
        process.stdout.close()
        self.every_endpoint_once(rows, 1000)
        self.assertFalse([row for row in rows if row["state"] in ("filtered", "unreachable")])
        self.assertTrue(any(row["reason"] == "no-local-route" for row in rows))

    def test_an_interface_that_goes_down_in_mid_scan_makes_no_verdict(self):
        self.lose(lambda cell: cell.scanner.ip("link", "set", "v0", "down"))

    def test_a_cable_that_is_pulled_in_mid_scan_makes_no_verdict(self):
        self.lose(lambda cell: cell.target.ip("link", "set", "v1", "down"))

    def test_a_cable_that_is_pulled_makes_no_neighbour_unreachable(self):
        cell = self.cell(cells.OnLinkNetwork)
        cell.target.ip("link", "set", "v1", "down")
        cell.targets, cell.ports = ["10.76.0.10-20"], "22,80"
        self.assertEqual({(row["state"], row["reason"]) for row in scan(cell)}, {("unchecked", "no-local-route")})

    def test_a_neighbour_entered_by_hand_is_scanned_like_any_other(self):
        cell = self.cell(cells.OnLinkNetwork)
        address = sorted(cell.open)[0][0]
        hardware = json.loads(run(*cell.target.command(tool("ip"), "-j", "link", "show", "v1")).stdout)[0]["address"]
        cell.scanner.ip("neigh", "replace", address, "lladdr", hardware, "dev", "v0", "nud", "permanent")
        cell.target.nft("table ip cell {\nchain input {\ntype filter hook input priority 0;\ntcp dport 1-20 drop\n}\n}\n")
        cell.targets, cell.ports = [address], "1-100"
        rows = scan(cell, "-Pn", timeout=60)
        self.assertEqual({row["port"] for row in rows if row["state"] == "filtered"}, set(range(1, 21)))

    def test_discovery_at_a_slow_pace_ends(self):
        cell = self.cell(cells.FirewalledNetwork)
        live = sorted({address for address, _ in cell.open})[1]
        for arguments in (["-T2"], ["--rate-per-host", "10"], ["--max-in-flight", "1"], ["--exclude-ports", "1-65535"]):
            done = run(*cell.scanner.command(agent(), "scan", "-sn", live, "10.78.0.1", *arguments, "-o", "ndjson"))
            states = {row["address"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
            refused = "--exclude-ports" in arguments
            # Asked for nothing, a host is not silent: nobody looked.
            self.assertEqual(states, {live: "unchecked" if refused else "up",
                                      "10.78.0.1": "unchecked" if refused else "silent"})

    def test_a_rate_per_host_is_kept(self):
        cell = self.cell(cells.LossyHosts)
        counter = "table inet count {\nset hosts { type ipv4_addr; flags dynamic; counter; }\n" \
            "chain out {\ntype filter hook output priority 0;\n" \
            "tcp flags & (syn | ack) == syn add @hosts { ip daddr }\n}\n}\n"
        cell.scanner.nft(counter)
        done = subprocess.run(
            cell.scanner.command("sh", "-c", f"timeout -s INT 2 {agent()} scan 10.78.0.1-4 -p1-1000 -Pn --rate-per-host 50"),
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 124, done.stderr)
        listing = run(*cell.scanner.command(tool("nft"), "list", "set", "inet", "count", "hosts")).stdout
        counts = [int(number) for number in re.findall(r"counter packets (\d+)", listing)]
        self.assertEqual(len(counts), 4)
        # Two seconds at 50, and the kernel sends a SYN again after one.
        self.assertTrue(all(60 <= count <= 115 for count in counts), counts)

    def test_udp_open_closed_and_silent(self):
        cell = self.cell(cells.LimitedHost)
        cell.start(cell.target.command(sys.executable, "-c", UDP_SERVICES))
        done = subprocess.run(
            cell.scanner.command(agent(), "scan", "10.78.0.1", "-sU", "-p", "U:53,123,161,9999,40000-40005", "-o", "ndjson"),
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = {row["port"]: row for row in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(len(rows), 10)
        self.assertEqual({rows[port]["state"] for port in (53, 123)}, {"open"})
        self.assertEqual(rows[9999]["state"], "open-or-filtered")
        self.assertEqual(rows[161]["state"], "closed")
        self.assertEqual({rows[port]["state"] for port in range(40000, 40006)}, {"closed"})


UDP_SERVICES = """
import os, select, socket
kept = []
for port, answers in ((53, True), (123, True), (9999, False)):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("10.78.0.1", port))
    kept.append((server, answers))
print("ready", flush=True)
poll = select.epoll()
for server, _ in kept:
    poll.register(server, select.EPOLLIN)
by_number = {server.fileno(): (server, answers) for server, answers in kept}
while True:
    for number, _ in poll.poll():
        server, answers = by_number[number]
        data, sender = server.recvfrom(2048)
        if answers and data:
            server.sendto(b"answer", sender)
"""


if __name__ == "__main__":
    unittest.main()

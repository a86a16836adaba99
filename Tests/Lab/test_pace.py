"""How hard a scan probes: what leaves the scanner is counted, not what it says."""

import json
import subprocess
import time
import unittest

import cells
from counting import Syns, Wire
from namespaces import agent


class FarHost(cells.Cell):
    """A host 200 ms away that answers every probe: what is in flight is bound by nothing but the scanner."""

    def build(self):
        self.line(100_000, 0, ["10.78.0.0/24"])
        self.target.address("lo", "10.78.0.1/32")
        self.targets = ["10.78.0.1"]


class TwoDarkNetworks(cells.DarkNetwork):
    def build(self):
        super().build()
        self.scanner.ip("route", "add", "10.79.0.0/24", "via", "10.77.255.2")
        self.target.nft(
            "table ip other {\nchain early {\ntype filter hook prerouting priority 0;\nip daddr 10.79.0.0/24 drop\n}\n}\n")


class Pace(unittest.TestCase):
    def cell(self, kind):
        cell = kind("pace")
        self.addCleanup(cell.close)
        return cell

    def scan(self, cell, *arguments, timeout=60):
        """Rows, and the seconds that the scan took."""
        began = time.monotonic()
        done = subprocess.run(
            cell.scanner.command(agent(), "scan", *arguments, "-o", "ndjson"), capture_output=True, text=True,
            timeout=timeout)
        took = time.monotonic() - began
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()], took

    def scan_for(self, cell, seconds, *arguments):
        """A scan that is interrupted after a while."""
        done = subprocess.run(
            cell.scanner.command("timeout", "-s", "INT", str(seconds), agent(), "scan", *arguments), capture_output=True,
            text=True, timeout=60)
        self.assertEqual(done.returncode, 124, done.stderr)

    def test_the_slow_templates_keep_their_distance_and_no_more(self):
        cell = self.cell(cells.LimitedHost)
        syns = Syns(cell.scanner)
        for template, ports, distance in (("-T2", 8, 0.4), ("-T1", 2, 15)):
            with self.subTest(template):
                syns.reset()
                rows, took = self.scan(cell, "10.78.0.1", template, "-Pn", "-p", f"1-{ports}")
                self.assertEqual(len(rows), ports)
                self.assertEqual(syns.total, ports)
                self.assertGreaterEqual(took, (ports - 1) * distance)
                # Start and end of the program, and a late timer now and then.
                self.assertLess(took, (ports - 1) * distance + 3)

    def test_the_fast_templates_go_up_to_their_bound_for_one_host(self):
        cell = self.cell(FarHost)
        for template, bound in (("-T3", 100), ("-T4", 300), ("-T5", 1000)):
            with self.subTest(template):
                with Wire(cell.scanner) as wire:
                    self.scan_for(cell, 5, "10.78.0.1", template, "-Pn", "-p-")
                # -T5 waits 250 ms at first, and 300 ms once the host has answered.
                most = wire.most_in_flight(240)["10.78.0.1"]
                self.assertLessEqual(most, bound)
                self.assertGreater(most, 0.8 * bound)

    def test_a_silent_host_gets_few_at_once_whatever_the_template(self):
        cell = self.cell(cells.DarkNetwork)
        for template, wait in (("-T3", 950), ("-T4", 500), ("-T5", 250)):
            with self.subTest(template):
                with Wire(cell.scanner) as wire:
                    self.scan_for(cell, 2.5, "10.78.0.1-3", template, "-Pn", "-p-")
                # Half of the wait: on a busy machine a SYN leaves later than its wait begins.
                self.assertEqual(wire.most_in_flight(wait / 2), {f"10.78.0.{last}": 20 for last in (1, 2, 3)})

    def test_each_bound_on_what_is_in_flight_holds(self):
        cell = self.cell(TwoDarkNetworks)

        def most(*arguments):
            """The most in flight in all, by host and by /24."""
            with Wire(cell.scanner) as wire:
                self.scan_for(
                    cell, 2.5, "10.78.0.1-40", "10.79.0.1-40", "-Pn", "-p-", "--timeout", "500ms", *arguments)
            # Half of the wait: on a busy machine a SYN leaves later than its wait begins.
            return (wire.most_in_flight(250, lambda address: ""), wire.most_in_flight(250),
                    wire.most_in_flight(250, lambda address: address.rsplit(".", 1)[0]))

        every, _, _ = most("--max-in-flight", "37")
        self.assertEqual(every, {"": 37})
        _, hosts, _ = most("--max-in-flight-per-host", "3")
        self.assertEqual(len(hosts), 80)
        self.assertEqual(set(hosts.values()), {3})
        every, _, networks = most("--max-in-flight-per-network", "51")
        self.assertEqual(networks, {"10.78.0": 51, "10.79.0": 51})
        self.assertEqual(every, {"": 102})
        # The lowest of several decides.
        every, hosts, networks = most(
            "--max-in-flight", "70", "--max-in-flight-per-network", "25", "--max-in-flight-per-host", "4")
        self.assertEqual(networks, {"10.78.0": 25, "10.79.0": 25})
        self.assertEqual(max(hosts.values()), 4)

    def test_each_bound_on_what_starts_in_a_second_holds(self):
        cell = self.cell(TwoDarkNetworks)
        syns = Syns(cell.scanner)
        both = ["10.78.0.1-40", "10.79.0.1-40"]
        # Waits below a second, so that the kernel itself sends no SYN again.
        common = ["-Pn", "-p-", "--timeout", "500ms"]

        def sent(*arguments):
            syns.reset()
            self.scan_for(cell, 3, *both, *common, *arguments)
            networks = {"10.78.0": 0, "10.79.0": 0}
            for host, count in syns.by_host.items():
                networks[host.rsplit(".", 1)[0]] += count
            return networks

        # Three seconds less the program's start and end, and a hundredth of a second's worth at once.
        networks = sent("--rate-per-network", "100")
        for count in networks.values():
            self.assertLessEqual(count, 3 * 100 + 2)
            self.assertGreaterEqual(count, 1.5 * 100)
        networks = sent("--rate", "100")
        self.assertLessEqual(sum(networks.values()), 3 * 100 + 2)
        self.assertGreaterEqual(sum(networks.values()), 1.5 * 100)
        networks = sent("--rate", "60", "--rate-per-network", "50", "--rate-per-host", "1")
        self.assertLessEqual(sum(networks.values()), 3 * 60 + 2)
        self.assertGreaterEqual(sum(networks.values()), 1.5 * 60)
        self.assertLessEqual(max(syns.by_host.values()), 4)


if __name__ == "__main__":
    unittest.main()

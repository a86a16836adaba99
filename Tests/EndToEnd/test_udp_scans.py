"""UDP ports through the coordinator, in network namespaces: the same states as the agent finds alone, each endpoint counted
once, at the pace that was asked for."""

import os
import sys
import time
import unittest

from fleet import Fleet
from programs import Program, binary

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace, tool  # noqa: E402  (the lab's own module, found by the path above)

A, B = "10.78.0.1", "10.78.0.2"
DNS, MUTE, DROPPED, CLOSED = 53, 5353, 5354, 5355
PORTS = f"{DNS},{MUTE},{DROPPED},{CLOSED}"

# Hears what comes on a range of ports and never answers; says at the end how many came and over how long.
EARS = """
import selectors, signal, socket, sys, time
selector = selectors.DefaultSelector()
for port in range(int(sys.argv[2]), int(sys.argv[3]) + 1):
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.bind((sys.argv[1], port))
    ear.setblocking(False)
    selector.register(ear, selectors.EVENT_READ)
times = []
def end(*_):
    print("heard", len(times), times[-1] - times[0] if times else 0, flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        key.fileobj.recv(2048)
        times.append(time.monotonic())
"""


class UDPScanTests(unittest.TestCase):
    def setUp(self):
        self.here, self.there = self.namespace("a"), self.namespace("b")
        self.here.link("eth0", self.there, "eth0")
        self.here.address("eth0", f"{A}/24")
        self.there.address("eth0", f"{B}/24")
        self.there.nft(f"""
            table inet test {{
              chain input {{
                type filter hook input priority 0;
                iif "eth0" udp dport {DROPPED} drop
              }}
            }}
        """)
        self.fleet = Fleet(self, wrap=self.here.command())
        self.fleet.serve("--insecure-http", address=A)

    def namespace(self, name):
        namespace = Namespace(name)
        self.addCleanup(namespace.remove)
        return namespace

    def agent(self):
        self.fleet.start_agent(
            self.fleet.enrol("a", token_file=self.fleet.join_token("--duties", "scan"), wrap=self.here.command()),
            wrap=self.here.command())

    def program(self, *command):
        program = Program(*self.there.command(*command))
        self.addCleanup(program.kill)
        return program

    def ears(self, first, last):
        program = self.program(sys.executable, "-c", EARS, B, str(first), str(last))
        program.line("ready")
        return program

    def test_states_are_those_that_the_agent_finds_alone(self):
        names = self.program(
            tool("dnsmasq"), "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "-u", "root", "--pid-file=",
            f"--listen-address={B}", "--bind-interfaces", "--log-facility=-")
        names.line("started")
        self.ears(MUTE, MUTE)
        # Bound, too: the firewall before it says nothing.
        self.ears(DROPPED, DROPPED)
        alone = self.fleet.run(
            *self.here.command(binary("periplus-agent")), "scan", B, "-Pn", "-sU", "-sT", "-p", PORTS, "-o", "json").rows
        self.agent()
        scan = self.fleet.submit(B, "-sU", "-sT", "-p", PORTS, "--wait")
        self.fleet.demand_whole(scan)
        self.assertEqual(self.fleet.coverage(scan)["size"], 8, "four ports of each protocol")
        self.assertEqual(self.fleet.scan(scan)["ports"], f"T:{DNS},{MUTE}-{CLOSED},U:{DNS},{MUTE}-{CLOSED}")
        self.assertEqual(self.fleet.scan(scan)["open"], 2)
        states = {(row["protocol"], row["port"]): row["state"] for row in alone}
        self.assertEqual(states["udp", DNS], "open")
        self.assertEqual(states["udp", CLOSED], "closed")
        self.assertEqual(states["udp", MUTE], "open-or-filtered")
        self.assertEqual(states["udp", DROPPED], "open-or-filtered")
        merged = {(row["protocol"], row["port"]): row["state"] for row in self.fleet.ports(f"net:{B}/32", "state:open")}
        self.assertEqual(merged, {key: state for key, state in states.items() if state == "open"})

    def test_a_silent_udp_port_is_told_as_such_once_something_listens_there(self):
        ears = self.ears(MUTE, MUTE)
        self.fleet.start_agent(
            self.fleet.enrol("b", "--duties", "inventory", wrap=self.there.command()), wrap=self.there.command())
        self.fleet.wait_for_inventory("b")
        self.agent()
        self.fleet.demand_whole(self.fleet.submit(B, "-sU", "-p", str(MUTE), "--wait"))
        row, = self.fleet.ports(f"net:{B}/32", f"port:{MUTE}")
        self.assertEqual((row["state"], row["protocol"]), ("open-or-filtered", "udp"))
        self.assertEqual(row["verdict"], "unverified", "silence exposes nothing")
        self.assertEqual(row["processes"][0]["pid"], ears.pid)

    def test_the_rate_that_was_asked_for_holds_over_udp(self):
        ears = self.ears(20001, 20040)
        self.agent()
        began = time.monotonic()
        self.fleet.demand_whole(self.fleet.submit(B, "-sU", "-p", "20001-20040", "--rate", "20", "--wait"))
        self.assertGreater(time.monotonic() - began, 2)
        ears.process.terminate()
        heard = ears.line(r"heard (\d+) (\S+)")
        count, seconds = int(heard[1]), float(heard[2])
        self.assertGreaterEqual(count, 40)
        # Twenty a second, ten milliseconds' worth at once.
        self.assertLessEqual(count - 1, 20 * seconds + 1.5)

    def test_a_cancel_stops_it_at_once(self):
        ears = self.ears(20001, 20200)
        self.agent()
        scan = self.fleet.submit(B, "-sU", "-p", "20001-20200", "--rate", "20")
        self.fleet.wait_until_probed(scan)
        self.fleet.cli("scans", "cancel", str(scan))
        time.sleep(2)
        ears.process.terminate()
        self.assertLess(int(ears.line(r"heard (\d+)")[1]), 200)
        self.assertEqual(self.fleet.scan(scan)["state"], "cancelled")

    def test_dry_runs_and_refusals_tell_what_is_asked(self):
        receipt, = self.fleet.cli("scans", "submit", B, "-sU", "-F", "--dry-run", "-o", "json").rows
        self.assertEqual((receipt["portsPerAddress"], receipt["transports"]), (100, ["udp"]))
        refused = self.fleet.cli("scans", "submit", B, "-p", "U:53", expect=64)
        self.assertIn("only -sU", refused.messages)
        raw = self.fleet.cli("scans", "submit", B, "-sS", expect=64)
        self.assertIn("-sS is not available", raw.messages)
        scan = self.fleet.submit(B, "-sU", "-p", "53")
        self.assertEqual(
            self.fleet.scan(scan)["lanes"][0]["pendingReason"], "no agent in this site has the duty to scan")


if __name__ == "__main__":
    unittest.main()

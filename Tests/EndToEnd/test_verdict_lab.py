"""One host with everything that makes the inside and the outside view differ, and what the chart says of each of its ports: the
verdict, the finding, and the proof."""

import datetime
import os
import sys
import unittest

from fleet import Fleet
from programs import Program, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

OUTSIDE, HOST, BRIDGE, BOX = "10.78.0.1", "10.78.0.2", "172.31.78.1", "172.31.78.2"
EXPOSED, SHIELDED, MAPPED, LOCAL, STOPPED, GROUP, FORWARDED, IMPOSTOR = 8001, 8002, 8003, 8004, 8005, 8006, 8080, 443
ALL = ",".join(map(str, (EXPOSED, SHIELDED, MAPPED, LOCAL, STOPPED, GROUP, FORWARDED, IMPOSTOR)))

# Listens at one place, says the socket's inode, and waits. `both` is a v6 wildcard that takes v4 too, `group` SO_REUSEPORT.
SERVER = """
import os, socket, sys, threading
address, port, *how = sys.argv[1:]
server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
if "group" in how: server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
if "both" in how: server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
server.bind((address, int(port)))
server.listen()
print("ready", os.fstat(server.fileno()).st_ino, flush=True)
while True: server.accept()[0].close()
"""


def start_time(pid):
    """When a process began, in seconds since 1970."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    with open("/proc/stat", encoding="utf-8") as file:
        boot = next(int(line.split()[1]) for line in file if line.startswith("btime"))
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class VerdictLabTests(unittest.TestCase):
    def setUp(self):
        self.outside, self.host, self.box = (self.namespace(name) for name in ("out", "host", "box"))
        self.outside.link("eth0", self.host, "eth0")
        self.outside.address("eth0", f"{OUTSIDE}/24")
        self.host.address("eth0", f"{HOST}/24")
        self.host.link("docker0", self.box, "eth0")
        self.host.address("docker0", f"{BRIDGE}/24")
        self.box.address("eth0", f"{BOX}/24")
        self.box.ip("route", "add", "default", "via", BRIDGE)
        self.host.setting("net.ipv4.ip_forward", 1)
        self.host.nft(f"""
            table inet filter {{
              chain input {{
                type filter hook input priority 0;
                iif "eth0" tcp dport {SHIELDED} drop
              }}
            }}
            table ip nat {{
              chain prerouting {{
                type nat hook prerouting priority -100;
                iif "eth0" tcp dport {FORWARDED} dnat to {BOX}:80
              }}
              chain postrouting {{
                type nat hook postrouting priority 100;
                oif "docker0" masquerade
              }}
            }}
        """)
        self.servers = {
            EXPOSED: self.listen(self.host, "0.0.0.0", EXPOSED), SHIELDED: self.listen(self.host, HOST, SHIELDED),
            MAPPED: self.listen(self.host, "::", MAPPED, "both"), LOCAL: self.listen(self.host, "127.0.0.1", LOCAL),
            STOPPED: self.listen(self.host, "0.0.0.0", STOPPED), GROUP: self.listen(self.host, "0.0.0.0", GROUP, "group"),
            IMPOSTOR: self.listen(self.host, "0.0.0.0", IMPOSTOR)}
        self.second = self.listen(self.host, "0.0.0.0", GROUP, "group")
        self.inner = self.listen(self.box, "0.0.0.0", 80)
        self.fleet = Fleet(self, wrap=self.outside.command())
        self.fleet.serve("--insecure-http", address=OUTSIDE)
        self.agent("scanner", self.outside, "--zone", "outside", "--create-zone", "--duties", "scan")
        self.agent("host", self.host, "--zone", "inside", "--create-zone", "--duties", "inventory")
        self.fleet.wait_for_inventory("host")
        self.begun = seconds(self.explain(EXPOSED)["inventoryAt"])

    def namespace(self, name):
        namespace = Namespace(name)
        self.addCleanup(namespace.remove)
        return namespace

    def listen(self, namespace, *place):
        server = Program(*namespace.command(sys.executable, "-c", SERVER), *map(str, place))
        self.addCleanup(server.kill)
        server.inode = int(server.line(r"ready (\d+)")[1])
        return server

    def agent(self, name, namespace, *options):
        identity = self.fleet.enrol(name, token_file=self.fleet.join_token(*options), wrap=namespace.command())
        self.fleet.start_agent(identity, wrap=namespace.command())

    def scan(self):
        return self.fleet.submit(HOST, "-p", ALL, "--zone", "outside", "--wait")

    def explain(self, port, address=HOST):
        row, = self.fleet.cli("explain", f"{address}:{port}", "-o", "json").rows
        return row

    def demand_owners(self, row, *servers):
        """The processes that listen, each with what the kernel says of it now."""
        listener = row["listeners"][0]
        self.assertIn(listener["inode"], [server.inode for server in servers])
        self.assertEqual(listener["agent"], "host")
        self.assertLessEqual(seconds(listener["firstSeen"]), seconds(listener["lastSeen"]))
        self.assertEqual({process["pid"] for process in listener["processes"]}, {server.pid for server in servers})
        for process in listener["processes"]:
            self.assertEqual(process["executable"], os.readlink(f"/proc/{process['pid']}/exe"))
            self.assertEqual(process["user"], "root")
            self.assertAlmostEqual(seconds(process["startTime"]), start_time(process["pid"]), delta=2)
            self.assertTrue(process["name"].startswith("python"), process)

    def demand_view(self, row, scan, state):
        """What the scanner saw, when, in which job of which scan."""
        view, = row["views"]
        self.assertEqual((view["zone"], view["agent"], view["isSelfView"]), ("outside", "scanner", False))
        self.assertEqual((view["state"], view["scan"]), (state, f"scan:{scan}"))
        self.assertRegex(view["job"], r"^job:\d+$")
        self.assertGreaterEqual(seconds(view["observedAt"]), self.begun - 5)
        self.assertTrue(row["isInventoryCurrent"])
        self.assertEqual(row["agent"], "host")

    def test_every_port_has_its_verdict_its_finding_and_its_proof(self):
        scan = self.scan()
        self.fleet.demand_whole(scan)
        for port, verdict, state in (
                (EXPOSED, "exposed", "open"), (MAPPED, "exposed", "open"), (STOPPED, "exposed", "open"),
                (GROUP, "exposed", "open"), (IMPOSTOR, "exposed", "open"), (SHIELDED, "shielded", "filtered")):
            with self.subTest(port=port):
                row = self.explain(port)
                self.assertEqual(row["verdict"], verdict, row["why"])
                self.demand_view(row, scan, state)
                self.demand_owners(row, self.servers[port], *([self.second] if port == GROUP else []))
        self.assertEqual(self.explain(MAPPED)["listeners"][0]["address"], "::")

        # Nothing of the host itself listens there; what does is told where it is, and is no owner.
        row = self.explain(FORWARDED)
        self.assertEqual((row["verdict"], row["listeners"]), ("forwarded", []))
        self.demand_view(row, scan, "open")
        self.assertIn("port forward", row["why"])
        inner, = [row for row in self.fleet.cli("listeners", "port:80", "-o", "json").rows
                  if row["namespaceName"] == f"/run/netns/{self.box.name}"]
        self.assertEqual((inner["inode"], [process["pid"] for process in inner["processes"]]),
                         (self.inner.inode, [self.inner.pid]))

        # From outside the loopback's port is closed, and inside it is one of the host's own.
        row = self.explain(LOCAL)
        self.assertEqual((row["verdict"], row["listeners"]), (None, []))
        self.assertEqual(row["views"][0]["state"], "closed")
        row = self.explain(LOCAL, "127.0.0.1")
        self.assertEqual((row["verdict"], row["scope"], row["views"]), ("local-only", "host/lo", []))
        self.demand_owners(row, self.servers[LOCAL])

        findings = {(row["rule"], row["port"]): row for row in self.fleet.cli(
            "findings", "list", HOST, "-o", "json").rows}
        self.assertEqual(set(findings), {("unexpected-process", IMPOSTOR), ("forwarded", FORWARDED)})
        impostor = findings["unexpected-process", IMPOSTOR]
        self.assertEqual([process["pid"] for process in impostor["processes"]], [self.servers[IMPOSTOR].pid])
        self.assertTrue(impostor["advice"] and findings["forwarded", FORWARDED]["advice"])

        # The host itself: up, with its agent, and what is open there.
        row, = self.fleet.cli("hosts", HOST, "-o", "json").rows
        self.assertEqual((row["state"], row["agent"], row["openPorts"]), ("up", "host", 6))
        row, = self.fleet.cli("explain", HOST, "-o", "json").rows
        self.assertEqual([(view["zone"], view["state"], view["agent"]) for view in row["views"]],
                         [("outside", "up", "scanner")])

        self.what_stops_is_told(scan)

    def what_stops_is_told(self, before):
        server = self.servers[STOPPED]
        server.kill()
        until(lambda: not self.explain(STOPPED)["listeners"], "an inventory without the listener")
        # Between the two samples times decide: open when it was looked at, by what is there no more.
        row = self.explain(STOPPED)
        self.assertEqual(row["verdict"], "unverified")
        self.assertIn("has gone since", row["why"])
        findings = self.fleet.cli("findings", "list", f"port:{STOPPED}", "-o", "json").rows
        self.assertEqual(findings, [])
        after = self.scan()
        row = self.explain(STOPPED)
        self.assertIsNone(row["verdict"])
        self.demand_view(row, after, "closed")
        self.assertEqual([(run["state"], run["change"]) for run in row["views"][0]["runs"]],
                         [("open", "found"), ("closed", "closed")])
        rows = self.fleet.cli("diff", f"scan:{before}..scan:{after}", "-o", "json").rows
        self.assertEqual([(row["change"], row["port"]) for row in rows], [("closed", STOPPED)])
        past, = self.fleet.cli("ports", f"port:{STOPPED}", HOST, "--as-of", row["views"][0]["runs"][0]["to"], "-o", "json").rows
        self.assertEqual((past["verdict"], [process["pid"] for process in past["processes"]]), ("exposed", [server.pid]))
        self.what_comes_is_told()

    def what_comes_is_told(self):
        server = self.listen(self.host, "0.0.0.0", STOPPED)
        until(lambda: self.explain(STOPPED)["listeners"], "an inventory with the listener")
        # The look that found it closed was before it came: nothing stands before it.
        row = self.explain(STOPPED)
        self.assertEqual(row["verdict"], "unverified")
        self.assertIn("was met later", row["why"])
        scan = self.scan()
        row = self.explain(STOPPED)
        self.assertEqual(row["verdict"], "exposed")
        self.demand_view(row, scan, "open")
        self.demand_owners(row, server)

    def test_a_host_that_answers_at_every_port_is_a_tarpit(self):
        self.host.nft(f"""
            table ip tarpit {{
              chain prerouting {{
                type nat hook prerouting priority -90;
                iif "eth0" tcp dport 2000-2999 redirect to :{EXPOSED}
              }}
            }}
        """)

        def scan(status):
            # What an agent leaves out was not looked at, and is told as such.
            self.fleet.cli("scans", "submit", HOST, "-p", "2000-2999", "--zone", "outside", "--wait", expect=status)
            rows = self.fleet.cli("findings", "list", "--rule", "tarpit", "-o", "json").rows
            return [row["subject"] for row in rows]

        self.assertEqual(scan(5), [HOST])
        listing = self.fleet.cli("findings", "list", "--rule", "tarpit").output
        self.assertIn("prove nothing", listing)
        self.host.nft("delete table ip tarpit")
        self.assertEqual(scan(0), [])

    def test_a_host_that_answers_no_more_is_gone_and_comes_back(self):
        up = self.scan()
        self.host.ip("address", "del", f"{HOST}/24", "dev", "eth0")
        self.scan()
        # Its agent was heard of a moment ago: something may stand before it.
        row, = self.fleet.cli("explain", HOST, "-o", "json").rows
        self.assertEqual(row["state"], "up")
        self.fleet.cli("agents", "remove", "agent:2")
        gone = self.scan()
        row, = self.fleet.cli("explain", HOST, "-o", "json").rows
        self.assertEqual((row["state"], row["agent"]), ("gone", None))
        self.assertIn("nothing answered", row["views"][0]["why"])
        self.host.address("eth0", f"{HOST}/24")
        back = self.scan()
        changes = self.fleet.cli("changes", HOST, "--kind", "host-found,host-gone,host-back", "-o", "json").rows
        self.assertEqual([row["change"] for row in changes], ["host-back", "host-gone", "host-found"])
        for first, second, kind in ((up, gone, "host-gone"), (gone, back, "host-back"), (up, back, None)):
            rows = self.fleet.cli("diff", f"scan:{first}..scan:{second}", HOST, "-o", "json").rows
            self.assertEqual([row["change"] for row in rows if row["port"] is None], [kind] if kind else [])
        answer = self.fleet.cli("diff", f"scan:{up}..scan:{gone}", "--kind", "host-gone")
        self.assertIn("1 host-gone", answer.messages)
        self.assertEqual({(row["agent"], row["zone"], row["port"]) for row in changes}, {("scanner", "outside", None)})
        row, = self.fleet.cli("hosts", HOST, "--as-of", changes[1]["at"], "-o", "json").rows
        self.assertEqual(row["state"], "gone")


if __name__ == "__main__":
    unittest.main()

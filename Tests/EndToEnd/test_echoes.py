"""Hosts that answer nothing but pings, behind a router: found, gone after so many looks, back; and an agent that may not ping.

The router matters: on a link of its own an agent learns by ARP that nobody is there.
"""

import os
import sys
import unittest
from xml.etree import ElementTree

from fleet import Fleet
from programs import Program

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

LISTENER = """
import socket, sys, time
listener = socket.create_server((sys.argv[1], 8080))
print("ready", flush=True)
time.sleep(600)
"""

LOUD = "10.9.2.1"
QUIET = "10.9.2.2"


class Echoes(unittest.TestCase):
    def setUp(self):
        self.scanner = Namespace("echo")
        self.addCleanup(self.scanner.remove)
        router = Namespace("router")
        self.addCleanup(router.remove)
        self.hosts = Namespace("quiet")
        self.addCleanup(self.hosts.remove)
        self.scanner.link("lab0", router, "lab0")
        router.link("lab1", self.hosts, "lab1")
        self.scanner.address("lab0", "10.9.1.9/24")
        router.address("lab0", "10.9.1.1/24")
        router.address("lab1", "10.9.2.254/24")
        router.setting("net.ipv4.ip_forward", 1)
        self.hosts.address("lab1", f"{LOUD}/24", f"{QUIET}/24")
        self.scanner.ip("route", "add", "10.9.2.0/24", "via", "10.9.1.1")
        self.hosts.ip("route", "add", "10.9.1.0/24", "via", "10.9.2.254")
        self.allow_pings(True)
        self.fleet = Fleet(self, wrap=self.scanner.command())
        self.program = None

    def serve(self, *options):
        self.fleet.serve(*options)
        self.identity = self.fleet.enrol(
            "prober", token_file=self.fleet.join_token("--duties", "scan"), wrap=self.scanner.command())
        self.restart_agent()

    def restart_agent(self):
        """Whether the kernel lets it ping is found out by an agent as it begins."""
        if self.program:
            self.program.kill()
        self.program = self.fleet.start_agent(self.identity, wrap=self.scanner.command())

    def allow_pings(self, allowed):
        self.scanner.setting("net.ipv4.ping_group_range", "0 2147483647" if allowed else "1 0")

    def drop(self, *rules):
        """What the quiet host drops; of others it refuses ports and answers pings."""
        self.hosts.nft("\n".join([
            # Made, so that it can be taken away.
            "table inet quiet", "delete table inet quiet", "table inet quiet {", "chain incoming {",
            "type filter hook input priority 0; policy accept;",
            *[f"ip daddr {QUIET} {rule} drop" for rule in rules], "}", "}", ""]))

    def scan(self, ports="80,443"):
        scan = self.fleet.submit("10.9.2.1-3", "-p", ports, "--wait")
        self.fleet.demand_whole(scan)

    def host(self, address=QUIET, *options):
        rows = {row["address"]: row for row in self.fleet.cli("hosts", *options, "-o", "json").rows}
        return (rows[address]["state"], rows[address].get("reason")) if address in rows else None

    def changes(self):
        return [row["change"] for row in self.fleet.cli("changes", QUIET, "-o", "json").rows]

    def test_a_host_that_answers_pings_alone_is_up_and_goes_and_comes_back(self):
        self.serve("--close-after", "2")
        self.drop("meta l4proto tcp")
        self.scan()
        self.assertEqual(self.host(), ("up", "echo-reply"))
        self.assertEqual(self.host(LOUD), ("up", None), "a port says it")
        self.assertIsNone(self.host("10.9.2.3"))
        self.assertEqual(self.changes(), ["host-found"])
        told = self.fleet.cli("explain", QUIET).output
        self.assertIn("up (echo-reply): it answered an echo when it was looked at last, and no port did", told)
        explained = self.fleet.cli("explain", QUIET, "-o", "json").rows[0]
        self.assertEqual(explained["reason"], "echo-reply")
        while_up = explained["lastSeen"]
        self.drop("meta l4proto tcp", "meta l4proto icmp")
        self.scan()
        self.assertEqual(self.host(), ("up", "echo-reply"), "one look of two")
        self.scan("22")
        self.assertEqual(self.host(), ("gone", None))
        self.assertEqual(self.host(LOUD), ("up", None))
        self.assertEqual(self.host(QUIET, "--as-of", while_up), ("up", "echo-reply"))
        self.assertEqual(self.changes(), ["host-gone", "host-found"])
        self.drop("meta l4proto tcp")
        self.scan()
        self.assertEqual(self.host(), ("up", "echo-reply"))
        self.assertEqual(self.changes(), ["host-back", "host-gone", "host-found"])

    def test_an_agent_that_may_not_ping_makes_no_such_host_gone(self):
        self.serve()
        # A host that refused, and then drops it: the ports of a ping-only host are as silent as those of one that is gone.
        self.drop()
        self.scan()
        self.assertEqual(self.host(), ("up", None))
        self.drop("meta l4proto tcp")
        self.scan()
        self.assertEqual(self.host(), ("up", "echo-reply"))
        self.allow_pings(False)
        self.restart_agent()
        self.drop("meta l4proto tcp", "meta l4proto icmp")
        for _ in range(2):
            self.scan()
            self.assertEqual(self.host(), ("up", "echo-reply"))
        self.assertEqual(self.changes(), ["host-found"])
        self.allow_pings(True)
        self.restart_agent()
        self.scan()
        self.assertEqual(self.host(), ("gone", None))

    def test_on_the_link_arp_is_no_answer_to_a_ping(self):
        cable = ("lab5", "10.9.5.9/24", "fd00:9:5::9/64"), ("lab5", "10.9.5.2/24", "fd00:9:5::2/64")
        self.scanner.link("lab5", self.hosts, "lab5")
        self.scanner.address(*cable[0])
        self.hosts.address(*cable[1])
        self.serve()

        def drop(*rules):
            self.hosts.nft("\n".join([
                "table inet quiet", "delete table inet quiet", "table inet quiet {", "chain incoming {",
                "type filter hook input priority 0; policy accept;", *[f"{rule} drop" for rule in rules], "}", "}", ""]))

        def states(expect=0):
            self.fleet.cli("scans", "submit", "10.9.5.2", "fd00:9:5::2", "-p", "80,443", "--wait", expect=expect)
            rows = self.fleet.cli("hosts", "-o", "json").rows
            return {row["address"]: (row["state"], row.get("reason")) for row in rows}

        def both(state):
            return {"10.9.5.2": state, "fd00:9:5::2": state}

        drop("meta l4proto tcp")
        self.assertEqual(states(), both(("up", "echo-reply")))
        # It answers ARP and neighbour discovery still.
        drop("meta l4proto tcp", "icmp type echo-request", "icmpv6 type echo-request")
        self.assertEqual(states(), both(("gone", None)))
        drop("meta l4proto tcp")
        self.assertEqual(states(), both(("up", "echo-reply")))
        self.hosts.ip("link", "set", "lab5", "down")
        self.assertEqual(states(expect=5), both(("up", "echo-reply")), "a cable without a carrier tells of nobody")
        # The cable is whole again, and nobody has the addresses any more: a link that was down has lost that of IPv6.
        self.hosts.ip("address", "delete", "10.9.5.2/24", "dev", "lab5")
        self.hosts.ip("link", "set", "lab5", "up")
        self.assertEqual(states(), both(("gone", None)))

    def test_exports_tell_the_reason(self):
        self.serve()
        self.listen()
        self.scan("80,8080")
        self.assertEqual([row["state"] for row in self.fleet.ports(QUIET)], ["open"])
        self.drop("meta l4proto tcp")
        self.scan("80,8080")
        text = self.fleet.cli("ports", f"{QUIET} state:filtered", "-o", "nmap").output
        host = ElementTree.fromstring(text).find("host")
        self.assertEqual(host.find("address").get("addr"), QUIET)
        self.assertEqual((host.find("status").get("state"), host.find("status").get("reason")), ("up", "echo-reply"))
        self.assertEqual(self.host(), ("up", "echo-reply"))

    def listen(self):
        program = Program(*self.hosts.command(sys.executable, "-c", LISTENER, QUIET))
        self.addCleanup(program.kill)
        program.line("ready")


if __name__ == "__main__":
    unittest.main()

"""Names of hosts: what `scans submit -R` learns from the name server of the agent's own namespace, a real one."""

import json
import os
import shutil
import sys
import unittest
from xml.etree import ElementTree

from fleet import Fleet
from programs import Program, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace, tool  # noqa: E402  (the lab's own module, found by the path above)

LISTENER = """
import socket, sys, time
listeners = [socket.create_server((address, 8080)) for address in sys.argv[1:]]
print("ready", flush=True)
time.sleep(600)
"""

# Asks what 10.9.0.1 is called (RFC 1035, 4.1) and waits a second for any answer.
QUESTION = """
import socket
labels = [b"1", b"0", b"9", b"10", b"in-addr", b"arpa"]
question = b"".join(bytes([len(label)]) + label for label in labels) + b"\\0" + bytes.fromhex("000c0001")
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(1)
asking.sendto(bytes.fromhex("000101000001000000000000") + question, ("127.0.0.53", 53))
asking.recv(512)
"""


class HostNames(unittest.TestCase):
    def setUp(self):
        self.namespace = Namespace("ptr")
        self.addCleanup(self.namespace.remove)
        # ip-netns(8): files below /etc/netns/NAME take the place of those in /etc for what is run in the namespace.
        folder = f"/etc/netns/{self.namespace.name}"
        os.makedirs(folder)
        self.addCleanup(shutil.rmtree, folder)
        with open(f"{folder}/resolv.conf", "w", encoding="ascii") as file:
            file.write("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n")
        with open(f"{folder}/hosts", "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost\n")
        with open(f"{folder}/nsswitch.conf", "w", encoding="ascii") as file:
            file.write("hosts: files dns\npasswd: files\ngroup: files\n")
        hosts = Namespace("named")
        self.addCleanup(hosts.remove)
        self.namespace.link("lab0", hosts, "lab0")
        self.namespace.address("lab0", "10.9.0.9/24")
        hosts.address("lab0", "10.9.0.1/24", "10.9.0.2/24", "10.9.0.3/24")
        self.server = None
        listener = Program(*hosts.command(sys.executable, "-c", LISTENER, "10.9.0.1", "10.9.0.2", "10.9.0.3"))
        self.addCleanup(listener.kill)
        listener.line("ready")
        self.fleet = Fleet(self, wrap=self.namespace.command())
        self.fleet.serve()
        identity = self.fleet.enrol(
            "prober", token_file=self.fleet.join_token("--duties", "scan"), wrap=self.namespace.command())
        self.fleet.start_agent(identity, wrap=self.namespace.command())

    def name(self, *records):
        """A name server that knows these, and of everything else that it does not exist."""
        if self.server:
            self.server.kill()
        self.server = Program(*self.namespace.command(
            tool("dnsmasq"), "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "-u", "root", "--pid-file=",
            "--bind-interfaces", "--listen-address=127.0.0.53", "--auth-ttl=0", "--local=/9.10.in-addr.arpa/",
            *[f"--ptr-record={address},{name}" for address, name in records]))
        self.addCleanup(self.server.kill)
        until(self.answers, "the name server")

    def answers(self):
        probe = Program(*self.namespace.command(sys.executable, "-c", QUESTION))
        try:
            return probe.ended() == 0
        finally:
            probe.kill()

    def scan(self, *options):
        scan = self.fleet.submit("10.9.0.1-4", "-p", "8080", *options, "--wait")
        self.fleet.demand_whole(scan)
        return {row["address"]: row["names"] for row in self.fleet.cli("hosts", "-o", "json").rows}

    def test_names_come_from_the_agents_name_server_and_change_with_it(self):
        self.name(("1.0.9.10.in-addr.arpa", "web.lab.test"), ("2.0.9.10.in-addr.arpa", "DB.lab.test"))
        self.assertEqual(self.scan(), {"10.9.0.1": [], "10.9.0.2": [], "10.9.0.3": []}, "nobody asked")
        self.assertEqual(
            self.scan("-R"), {"10.9.0.1": ["web.lab.test"], "10.9.0.2": ["db.lab.test"], "10.9.0.3": []})
        self.assertTrue(self.fleet.cli("scans", "list", "-o", "json").rows[0]["looksUpNames"])
        self.find()
        self.name(("1.0.9.10.in-addr.arpa", "shop.lab.test"))
        self.assertEqual(self.scan("-R"), {"10.9.0.1": ["shop.lab.test"], "10.9.0.2": [], "10.9.0.3": []})
        told = self.fleet.cli("explain", "10.9.0.1").output
        self.assertIn("web.lab.test", told)
        self.assertIn("shop.lab.test", told)
        self.assertIn("as the resolver of zone default says, asked by agent prober", told)
        history = self.fleet.cli("explain", "10.9.0.2", "-o", "json").rows[0]["nameHistory"]
        self.assertEqual([entry["name"] for entry in history], ["db.lab.test", None])

    def find(self):
        """What is found and written by names."""
        def addresses(*words):
            return [row["address"] for row in self.fleet.cli("ports", *words, "-o", "json").rows]

        self.assertEqual(addresses("name:db.lab.test"), ["10.9.0.2"])
        self.assertEqual(addresses("name:*.LAB.test", "not", "name:web*"), ["10.9.0.2"])
        self.assertEqual(addresses("not name:*.lab.test"), ["10.9.0.3"])
        self.assertEqual(
            [row["address"] for row in self.fleet.cli("hosts", "name:web.lab.test", "-o", "json").rows], ["10.9.0.1"])
        lines = self.fleet.cli("ports", "-o", "ndjson").output.splitlines()
        rows = {row["address"]: row["names"] for row in map(json.loads, lines)}
        self.assertEqual(rows, {"10.9.0.1": ["web.lab.test"], "10.9.0.2": ["db.lab.test"], "10.9.0.3": []})
        self.assertIn("web.lab.test", self.fleet.cli("ports", "--columns", "address,names").output)
        hosts = ElementTree.fromstring(self.fleet.cli("ports", "-o", "nmap").output).findall("host")
        self.assertEqual(
            {host.find("address").get("addr"): [(name.get("name"), name.get("type")) for name in host.iter("hostname")]
             for host in hosts},
            {"10.9.0.1": [("web.lab.test", "PTR")], "10.9.0.2": [("db.lab.test", "PTR")], "10.9.0.3": []})

    def test_a_name_server_that_is_away_says_nothing_of_names(self):
        self.name(("1.0.9.10.in-addr.arpa", "web.lab.test"))
        self.scan("-R")
        self.server.kill()
        # The scan is whole without it, and what was known stays: no answer is no name that went away.
        self.assertEqual(self.scan("-R")["10.9.0.1"], ["web.lab.test"])


if __name__ == "__main__":
    unittest.main()

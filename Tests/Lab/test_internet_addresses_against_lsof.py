"""-i against lsof: random addresses of lsof's grammar name the same sockets."""

import collections
import json
import random
import subprocess
import unittest

from namespaces import agent, tool
from socket_zoo import Zoo

PORTS = [22, 53, 80, 123, 443, 1000, 2000, 5353, 8000, 8001, 8080, 8443, 40000, 40001]
# By protocol, as lsof looks them up; none for a name that both know.
SERVICES = {"tcp": ["ssh", "http", "https"], "udp": ["domain", "ntp"], None: ["ssh", "http", "https", "domain", "ntp"]}
IPV4 = ["127.0.0.1", "127.0.0.2", "10.77.0.1", "10.77.0.99", "192.0.2.1"]
IPV6 = ["::1", "2001:db8:77::1", "2001:db8::9"]
MAPPED = ["::ffff:127.0.0.1", "::ffff:10.77.0.1"]


class Grammar:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.used = collections.Counter()

    def pick(self, what, choices):
        choice = self.random.choice(choices)
        self.used[f"{what} {choice or 'nothing'}"] += 1
        return choice

    def address(self):
        version = self.pick("version", ["", "", "4", "6"])
        protocol = self.pick("protocol", ["", "", "tcp", "TCP", "udp", "UDP", "Tcp", "udplite"])
        hosts = ["nothing", "nothing"]
        # Not every machine's localhost is IPv6 too.
        hosts += ["IPv4", "name"] if version != "6" else []
        hosts += ["mapped"] if version == "" else []
        hosts += ["IPv6"] if version != "4" else []
        host = self.pick("host", hosts)
        text = version + protocol
        text += {"nothing": "", "name": "@localhost", "IPv4": "@" + self.random.choice(IPV4),
                 "IPv6": f"@[{self.random.choice(IPV6)}]", "mapped": f"@[{self.random.choice(MAPPED)}]"}[host]
        if self.random.random() < 0.6:
            text += ":" + ",".join(self.port(protocol.lower()) for _ in range(self.random.choice([1, 1, 2, 3])))
        else:
            self.used["no ports"] += 1
        return text

    def port(self, protocol):
        form = self.pick("port", ["number", "number", "range", "name", "range to a name"])
        low = self.random.choice(PORTS)
        # No name of UDP-Lite stands in /etc/services.
        names = SERVICES.get(protocol or None)
        if form == "range":
            return f"{low}-{low + self.random.choice([0, 1, 50, 1000])}"
        if form == "name" and names:
            return self.random.choice(names)
        if form == "range to a name" and names:
            return "1-" + self.random.choice(names)
        return str(low)


class InternetAddressesAgainstLsof(unittest.TestCase):
    ROUNDS = 120

    @classmethod
    def setUpClass(cls):
        cls.zoo = Zoo("lsof")
        cls.addClassCleanup(cls.zoo.remove)

    def run_in(self, *command):
        return subprocess.run(self.zoo.command(*command), text=True, capture_output=True, timeout=60, check=False)

    def lsof(self, addresses):
        """Inodes, which lsof calls devices."""
        options = [f"-i{address}" for address in addresses]
        done = self.run_in(tool("lsof"), "-nP", "-w", *options, "-Fd")
        # It answers 1 where nothing was found.
        self.assertEqual(done.stderr, "", options)
        return {int(line[1:]) for line in done.stdout.splitlines() if line.startswith("d")}

    def agent(self, addresses):
        options = [f"-i{address}" for address in addresses]
        done = self.run_in(agent(), "sockets", "-nP", *options, "-o", "ndjson")
        self.assertEqual((done.returncode, done.stderr), (0, ""), options)
        rows = map(json.loads, done.stdout.splitlines())
        # lsof shows files that are open: sockets that somebody holds.
        return {row["inode"] for row in rows if row["processes"]}

    def test_random_addresses_name_the_sockets_that_lsof_names(self):
        grammar = Grammar(20271)
        found = 0
        for _ in range(self.ROUNDS):
            # A version alone works on the addresses behind it in lsof; so it stands alone here.
            count = grammar.random.choice([1, 1, 1, 2, 3])
            addresses = [grammar.address() for _ in range(count)]
            if count > 1:
                addresses = [address for address in addresses if address not in ("", "4", "6")] or [":22"]
                grammar.used["several"] += 1
            with self.subTest(addresses):
                theirs = self.lsof(addresses)
                self.assertEqual(self.agent(addresses), theirs)
                found += bool(theirs)
        print(f"\n{self.ROUNDS} addresses, {found} of them with sockets; productions used:")
        print(", ".join(f"{name}: {count}" for name, count in sorted(grammar.used.items())))
        expected = [
            "version nothing", "version 4", "version 6", "protocol nothing", "protocol tcp", "protocol TCP", "protocol udp",
            "protocol UDP", "protocol Tcp", "protocol udplite", "host nothing", "host name", "host IPv4", "host IPv6",
            "host mapped", "no ports", "port number", "port range", "port name", "port range to a name", "several",
        ]
        self.assertEqual([name for name in expected if not grammar.used[name]], [])
        self.assertGreater(found, self.ROUNDS // 3)

    def test_a_filter_narrows_an_address(self):
        done = self.run_in(agent(), "sockets", "-i:22", "state", "established", "sport", "=", ":22", "-o", "ndjson")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertTrue(rows)
        self.assertEqual({(row["state"], row["localPort"]) for row in rows}, {("established", 22)})

    def test_both_refuse_the_same_addresses(self):
        for address in ["sctp", "46", "tcp4", "@", "@:80", "@[::1", "@0.0.0.0", "@[::]", "4@[::1]", "6@127.0.0.1", ":",
                        "TCP:", ":22-", ":-22", ":22-23-24", ":*", ":443,,22", "udp:ssh", "@127.0.0.0/8", "@[::1]80"]:
            with self.subTest(address):
                done = self.run_in(agent(), "sockets", f"-i{address}")
                self.assertEqual((done.stdout, done.returncode), ("", 64))
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIn("-i ", done.stderr)
                refusal = self.run_in(tool("lsof"), "-nP", "-w", f"-i{address}")
                self.assertEqual(refusal.stdout, "")
                self.assertIn("lsof:", refusal.stderr)


if __name__ == "__main__":
    unittest.main()

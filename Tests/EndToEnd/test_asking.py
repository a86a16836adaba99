"""Questions that name words and an order: what services say is found, and lists are sorted by what they show."""

import json
import unittest

import test_identified_scans as identified
from namespaces import Namespace


class AskingTests(unittest.TestCase):
    def setUp(self):
        self.namespace = Namespace("asking")
        self.addCleanup(self.namespace.remove)
        self.bench = identified.Bench(self, self.namespace)
        self.fleet = self.bench.fleet
        self.bench.talker(b"220 mail.example ESMTP Postfix (Debian/GNU)\r\n", 3001, 3012)
        self.bench.talker(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", 4001, 4003)
        self.bench.talker(b"\x00 text:nothing\" OR record_word MATCH 'a*' \xc3\x96l\r\n", 5001, 5001)
        self.bench.agent()
        self.scan = self.fleet.submit("127.0.0.1", "-p", "3001-3012,4001-4003,5001", "-sV", "--wait")
        self.fleet.demand_whole(self.scan)

    def found(self, *query):
        return [row["port"] for row in self.fleet.ports(*query)]

    def test_words_of_services_are_found(self):
        mail, ssh = list(range(3001, 3013)), [4001, 4002, 4003]
        self.assertEqual(self.found("text:postfix"), mail)
        self.assertEqual(self.found('text:"mail.example esmtp"'), mail)
        self.assertEqual(self.found("text:opens*"), ssh)
        self.assertEqual(self.found("text:DEBIAN"), mail + ssh)
        self.assertEqual(self.found("text:debian not text:postfix"), ssh)
        self.assertEqual(self.found("text:postfix,openssh", "port:>3011"), [3012] + ssh)
        self.assertEqual(self.found("text:öl"), [5001])
        self.assertEqual(self.found('text:"or record_word match"'), [5001])
        self.assertEqual(self.found('text:"postfix\\" OR text:openssh"'), [])
        self.assertEqual(self.found("text:openssh", "--as-of", "now"), ssh)
        self.assertEqual(self.found("text:openssh", "--as-of", "1d"), [])
        rows = self.fleet.cli("changes", "text:openssh", "-o", "json").rows
        self.assertEqual({row["port"] for row in rows}, set(ssh))
        status, problem = self.fleet.request("GET", "/api/v1/ports?query=text:*ssh")
        self.assertEqual(status, 422, problem)
        self.assertIn("at the end", json.dumps(problem))

    def test_lists_are_sorted(self):
        def ports(*arguments):
            return [row["port"] for row in self.fleet.cli("ports", *arguments, "-o", "json").rows]

        everything = sorted(ports())
        self.assertEqual(len(everything), 16)
        self.assertEqual(ports("--sort", "-port"), everything[::-1])
        # The first of all rows, not an order of the first.
        self.assertEqual(ports("--sort", "-port", "--limit", "3"), everything[:-4:-1])
        self.assertEqual(
            ports("port:>4000", "--sort", "service,-port"),
            [row["port"] for row in sorted(
                self.fleet.ports("port:>4000"), key=lambda row: (row["service"] is None, row["service"] or "", -row["port"]))])
        names = self.fleet.cli("ports", "port:4001..5001", "--sort", "-port", "-o", "name").output.split()
        self.assertEqual(names, [f"127.0.0.1:{port}/tcp" for port in (5001, 4003, 4002, 4001)])
        table = self.fleet.cli("ports", "port:>4000", "--sort", "-port", "--no-headers", "--columns", "port").output.split()
        self.assertEqual(table, ["5001", "4003", "4002", "4001"])
        lines = self.fleet.cli("ports", "port:>4000", "--sort", "port", "-o", "csv", "--columns", "port").output.split()
        self.assertEqual(lines, ["port", "4001", "4002", "4003", "5001"])
        changes = self.fleet.cli("changes", "--sort", "port", "--limit", "2", "-o", "json").rows
        self.assertEqual([row["port"] for row in changes if row["port"]], [3001, 3002])
        self.fleet.cli("hosts", "--sort", "-openPorts,address", "-o", "json")
        self.assertEqual(len(self.fleet.cli("agents", "--sort", "-lastSeen", "-o", "json").rows), 1)
        self.fleet.demand_whole(self.fleet.submit("127.0.0.1", "-p", "3001", "--wait"))
        scans = [row["id"] for row in self.fleet.cli("scans", "--sort", "id", "--limit", "1", "-o", "json").rows]
        self.assertEqual(scans, [f"scan:{self.scan}"])
        refused = self.fleet.cli("ports", "--sort", "prot", expect=64)
        self.assertIn("did you mean port?", refused.messages)
        self.assertIn("nmap", self.fleet.cli("ports", "--sort", "port", "-o", "nmap", expect=64).messages)
        # Counts in another order are the first of all of them, not of the most frequent.
        counted = self.fleet.cli("ports", "--group-by", "port", "--sort", "-value", "--limit", "2", "-o", "json").rows
        self.assertEqual([row["value"] for row in counted], [str(port) for port in everything[:-3:-1]])
        # Whoever cannot be told comes last, by name and not by what stands in the cell, in every format.
        owned = ports("--sort", "proc")
        table = self.fleet.cli("ports", "--sort", "proc", "--no-headers", "--columns", "port").output.split()
        self.assertEqual(owned, [int(port) for port in table])
        # More than are sorted may be asked for where there are fewer.
        many = self.fleet.cli("ports", "--sort", "port", "--limit", "100001", "-o", "json").rows
        self.assertEqual([row["port"] for row in many], sorted(row["port"] for row in self.fleet.ports()))


if __name__ == "__main__":
    unittest.main()

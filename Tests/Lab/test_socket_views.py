"""What `sockets` prints beside the plain listing: counts, summary, columns, names, and what it says when something is missing."""

import csv
import io
import json
import platform
import subprocess
import sys
import unittest

from namespaces import agent, tool
from socket_zoo import Zoo


class SocketViews(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.zoo = Zoo("views")
        cls.addClassCleanup(cls.zoo.remove)

    def run_in(self, *arguments, prefix=(), code=0):
        done = subprocess.run(
            self.zoo.command(*prefix, agent(), "sockets", *arguments), text=True, capture_output=True, timeout=60,
            check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def rows(self, *arguments, **options):
        return [json.loads(line) for line in self.run_in(*arguments, "-o", "ndjson", **options).stdout.splitlines()]

    def test_the_summary_adds_up_to_the_rows(self):
        every = self.rows("-a")
        summary = self.rows("-s")
        self.assertEqual(summary[0], {"protocol": "all", "state": "all", "total": len(every),
                                      "ipv4": sum(row["family"] == "ipv4" for row in every),
                                      "ipv6": sum(row["family"] == "ipv6" for row in every)})
        for line in summary[1:]:
            fitting = [row for row in every if row["protocol"] == line["protocol"]
                       and line["state"] in ("all", row["state"])]
            self.assertEqual(line["total"], len(fitting), line)
        self.assertEqual(self.rows("-s", "sport", "=", ":22")[0]["total"], len(self.rows("-a", "sport", "=", ":22")))

    def test_a_count_is_the_number_of_rows_that_fit(self):
        done = self.run_in("-tua", "--count", "(sport=:22,443)")
        self.assertEqual(int(done.stdout), len(self.rows("-tua", "(sport=:22,443)")))

    def test_columns_are_chosen_by_key(self):
        done = self.run_in("-tl", "--columns", "pid,process,user", "-o", "csv", "sport = :22")
        rows = list(csv.reader(io.StringIO(done.stdout)))
        self.assertEqual(rows[0], ["pid", "process", "user"])
        self.assertEqual([(row[0], row[2]) for row in rows[1:]], [(str(self.zoo.holder.pid), "root")])
        table = self.run_in("-tl", "--columns", "process,localPort", "sport = :22").stdout.splitlines()
        self.assertEqual(table[0].split(), ["PROCESS", "LOCAL", "PORT"])
        self.assertEqual(table[1].split()[-1], "22")
        self.assertEqual(self.rows("-tl", "--columns", "pid", "sport = :22"), [{"pid": [self.zoo.holder.pid]}])
        self.assertIn("no column is called", self.run_in("--columns", "nope", code=64).stderr)

    def test_names_only_where_asked(self):
        plain = self.run_in("-tln", "sport = :22").stdout
        self.assertIn("127.0.0.1:22", plain)
        named = self.run_in("-tlr", "sport = :22").stdout
        self.assertIn(":ssh", named)

    def test_a_hint_for_lsofs_and(self):
        self.assertIn("-i and a FILTER are joined by and", self.run_in("-a", "-i", ":22").stderr)

    def test_a_hint_for_udp(self):
        self.assertIn("--listeners", self.run_in("-u", "state", "listening").stderr)
        self.assertEqual(self.run_in("-t", "state", "listening").stderr, "")

    def test_an_address_shows_every_state_and_the_processes(self):
        done = self.run_in("-i", ":22", "-n", "-P")
        self.assertIn("listening", done.stdout)
        self.assertIn("established", done.stdout)
        self.assertIn(f"({self.zoo.holder.pid})", done.stdout)

    def test_what_other_tools_have_is_refused_in_one_line_that_names_ours(self):
        for arguments, ours in [
            (["-iTCP", "-sTCP:LISTEN"], "state listening"), (["-i", "-s", "TCP:ESTABLISHED"], "state established"),
            (["-K"], "ss -K"), (["state", "listen"], "listening"), (["-i", "80"], ":80"),
        ]:
            done = self.run_in(*arguments, code=64)
            self.assertEqual((done.stdout, len(done.stderr.splitlines())), ("", 1))
            self.assertIn(ours, done.stderr)

    def test_without_privileges_unknown_is_no_match_and_the_capability_is_named(self):
        nobody = (tool("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
        for words, capability in [(["fwmark", "1"], "CAP_NET_ADMIN"), (["not", "fwmark", "1"], "CAP_NET_ADMIN"),
                                  (["proc", "python*"], "CAP_SYS_PTRACE"), (["proc", "!=", "nginx"], "CAP_SYS_PTRACE")]:
            done = self.run_in("-tua", *words, "-o", "ndjson", prefix=nobody)
            self.assertEqual(done.stdout, "", words)
            self.assertIn(capability, done.stderr)
        # What is not needed is not missed.
        self.assertTrue(self.rows("-tua", "sport = :22 or proc nginx", prefix=nobody))
        self.assertTrue(self.rows("-tua", "fwmark", "1"))

    def test_a_socket_that_is_bound_and_does_nothing_has_a_state(self):
        if tuple(map(int, platform.release().split(".")[:2])) < (6, 8):
            # The kernel does not tell; a skipped test counts as a failure here.
            self.assertEqual(self.rows("-t", "state", "bound-inactive"), [])
            return
        holder = subprocess.Popen(
            self.zoo.command(
                sys.executable, "-c",
                "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 4567)); print(flush=True); sys.stdin.read()"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            holder.stdout.readline()
            (row,) = self.rows("-t", "state", "bound-inactive", "-p")
            self.assertEqual((row["state"], row["localPort"]), ("bound-inactive", 4567))
            self.assertEqual([process["pid"] for process in row["processes"]], [holder.pid])
            self.assertIn(row["cookie"], [one["cookie"] for one in self.rows("-taB")])
            self.assertNotIn(row["cookie"], [one["cookie"] for one in self.rows("-ta")])
            self.assertNotIn(row["cookie"], [one["cookie"] for one in self.rows("-t") + self.rows("-tl")])
        finally:
            holder.communicate("")


if __name__ == "__main__":
    unittest.main()

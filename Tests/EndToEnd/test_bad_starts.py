"""Programs that cannot start say why in one line, with the right status, and leave things as they were."""

import os
import socket
import sqlite3
import unittest

from fleet import Fleet
from listeners import Listener
from programs import binary


class CoordinatorStartTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)

    def refused(self, status, words, *arguments):
        answer = self.fleet.run(binary("periplus"), "serve", *arguments, expect=status)
        lines = answer.messages.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("periplus: "), lines)
        self.assertIn(words, lines[0])
        self.assertEqual(answer.output, "")

    def serve_refused(self, status, words, *arguments, database=None):
        self.refused(
            status, words, "--listen", "127.0.0.1:0", "--database", database or self.fleet.database, "--socket",
            self.fleet.socket, *arguments)

    def test_a_database_that_is_not_ours_is_not_touched(self):
        path = self.fleet.path("theirs.sqlite")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE theirs (id INTEGER)")
        connection.commit()
        connection.close()
        text = self.fleet.write("text.sqlite", "these are somebody's notes\n" * 100)
        for file in (path, text):
            with open(file, "rb") as content:
                before = content.read()
            self.serve_refused(1, "is not a Periplus database", database=file)
            with open(file, "rb") as content:
                self.assertEqual(content.read(), before)
            self.assertFalse(os.path.exists(file + "-wal"))

    def test_a_database_of_a_newer_program_is_not_touched(self):
        self.fleet.serve()
        self.fleet.stop(self.fleet.coordinator)
        connection = sqlite3.connect(self.fleet.database)
        connection.execute("INSERT INTO grdb_migrations VALUES ('999 from the future')")
        connection.commit()
        connection.close()
        with open(self.fleet.database, "rb") as content:
            before = content.read()
        self.serve_refused(1, "newer version of Periplus")
        with open(self.fleet.database, "rb") as content:
            self.assertEqual(content.read(), before)

    def test_a_folder_that_is_not_there_and_a_database_that_is_a_folder_are_named(self):
        self.serve_refused(1, "nowhere", database=self.fleet.path("nowhere/p.sqlite"))
        folder = self.fleet.path("folder")
        os.mkdir(folder)
        self.serve_refused(1, "folder", database=folder)

    def test_a_second_coordinator_on_a_database_is_refused(self):
        self.fleet.serve()
        self.serve_refused(1, "in use by another coordinator")
        self.assertEqual(self.fleet.cli("scans", "-o", "json").rows, [])

    def test_a_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            place = f"127.0.0.1:{taken.getsockname()[1]}"
            self.refused(
                1, f"{place} is in use", "--listen", place, "--database", self.fleet.database, "--socket",
                self.fleet.socket)
        self.assertFalse(os.path.exists(self.fleet.socket), "the socket goes with the coordinator")

    def test_an_address_that_others_reach_wants_tls_or_an_outspoken_flag(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:7433"):
            self.refused(64, "--insecure-http", "--listen", address, "--database", self.fleet.database)
        self.assertFalse(os.path.exists(self.fleet.database))

    def test_flags_that_cannot_be_meant_are_refused(self):
        self.refused(64, "expected ADDRESS:PORT", "--listen", "somewhere:x", "--database", self.fleet.database)
        self.serve_refused(64, "go together", "--tls-cert", self.fleet.write("c.pem", ""))
        self.serve_refused(
            1, "cannot be used", "--tls-cert", self.fleet.path("nowhere.pem"), "--tls-key", self.fleet.path("no.key"))
        self.serve_refused(
            1, "cannot be used", "--tls-cert", self.fleet.write("c.pem", "no PEM"), "--tls-key",
            self.fleet.write("k.pem", "no PEM"))

    def test_a_socket_path_that_is_something_else_or_too_long_is_refused(self):
        self.fleet.socket = self.fleet.write("notes", "keep me")
        self.serve_refused(1, "is not a socket")
        with open(self.fleet.socket, encoding="utf-8") as file:
            self.assertEqual(file.read(), "keep me")
        self.fleet.socket = self.fleet.path("s" * 120)
        self.serve_refused(1, "socket path")


class AgentStartTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)

    def refused(self, status, words, *arguments):
        answer = self.fleet.run(binary("periplus-agent"), "run", *arguments, expect=status)
        lines = answer.messages.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("periplus-agent: "), lines)
        self.assertIn(words, lines[0])

    def test_settings_are_refused_with_the_line(self):
        for text, words in [
            ("# fine\nidentity = /x\ncolour = red\n", 'line 3: there is no setting "colour"'),
            ("identity\n", "line 1: expected KEY = VALUE"), ("identity = /a\nidentity = /b\n", "line 2: identity is set twice"),
            ("policy =\n", "line 1: policy has no value"),
        ]:
            with self.subTest(text):
                path = self.fleet.write("agent.conf", text)
                self.refused(64, f"{path}, {words}", "--config", path)

    def test_a_policy_is_refused_with_the_line(self):
        for text, words in [
            ("allow = 10.0.0.0/8\ndeny = 10.0.0.0/99\n", "line 2: deny = 10.0.0.0/99"),
            ("deny = some.host.example\n", "line 1: deny"), ("\n\nrate = fast\n", "line 3: rate = fast"),
            ("allow-ports = 1-99999\n", "line 1: allow-ports"), ("ports = 1\n", 'line 1: there is no setting "ports"'),
        ]:
            with self.subTest(text):
                policy = self.fleet.write("policy.conf", text)
                config = self.fleet.write("agent.conf", f"policy = {policy}\n")
                self.refused(64, f"{policy}, {words}", "--config", config)

    def test_files_that_are_not_there_or_cannot_be_read_are_named(self):
        self.refused(64, self.fleet.path("nowhere.conf"), "--config", self.fleet.path("nowhere.conf"))
        config = self.fleet.write("agent.conf", f"policy = {self.fleet.path('nowhere.conf')}\n")
        self.refused(64, self.fleet.path("nowhere.conf"), "--config", config)
        folder = self.fleet.path("folder.conf")
        os.mkdir(folder)
        self.refused(64, folder, "--config", folder)
        self.refused(1, "enrol first", "--identity", self.fleet.path("nowhere.json"))
        self.refused(1, "is not an identity", "--identity", self.fleet.write("broken.json", "{"))

    def test_the_hosts_policy_wins_over_the_coordinator(self):
        listener = Listener(self, "0.0.0.0")
        self.fleet.serve()
        policy = self.fleet.write("policy.conf", "deny = 127.45.0.1\n")
        config = self.fleet.write("agent.conf", f"policy = {policy}\n")
        self.fleet.start_agent(self.fleet.enrol("strict", "--duties", "scan"), "--config", config)
        scan = self.fleet.submit("127.45.0.1-2", "-p", str(listener.port), "--wait")
        counts = self.fleet.coverage(scan)
        self.assertEqual((counts["probed"], counts["skipped"], counts["failed"]), (1, 1, 0))
        self.assertEqual(dict(listener.accepted).get("127.45.0.2"), 1)
        self.assertEqual(listener.count("127.45.0.1"), 0)


if __name__ == "__main__":
    unittest.main()

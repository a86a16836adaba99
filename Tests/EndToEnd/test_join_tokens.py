"""Enrolment: who may join, and the one line that others get."""

import json
import os
import unittest

from fleet import Fleet
from programs import binary, until


class JoinTokenTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def enrol(self, token_file, name="newcomer", expect=0, **options):
        return self.fleet.run(
            binary("periplus-agent"), "enroll", "--coordinator", options.pop("url", self.fleet.url), "--token-file",
            token_file, "--name", name, "--identity", self.fleet.path(f"{name}.json"), expect=expect)

    def refused(self, answer, words):
        lines = answer.messages.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("periplus-agent: "), lines)
        self.assertIn(words, lines[0])
        self.assertFalse(os.path.exists(self.fleet.path("newcomer.json")), "a refused agent has no identity")
        self.assertNotIn("newcomer", self.fleet.cli("agents", "-o", "json").output)

    def test_a_used_up_token_is_refused(self):
        token = self.fleet.join_token("--uses", "1")
        self.enrol(token, "first")
        self.refused(self.enrol(token, expect=1), "used up")

    def test_a_revoked_token_is_refused(self):
        token = self.fleet.join_token()
        join, = [row for row in self.fleet.cli("tokens", "-o", "json").rows if row["use"] == "join"]
        self.fleet.cli("tokens", "remove", join["id"])
        self.refused(self.enrol(token, expect=1), "revoked")

    def test_an_expired_token_is_refused(self):
        token = self.fleet.join_token("--expires", "1s")

        def expired():
            row, = [row for row in self.fleet.cli("tokens", "-o", "json").rows if row["use"] == "join"]
            return row["condition"] == "expired"

        until(expired, "the token's end")
        self.refused(self.enrol(token, expect=1), "has expired")

    def test_an_unknown_token_and_an_api_token_are_refused(self):
        self.refused(self.enrol(self.fleet.write("made-up", "pp_join_made_up\n"), expect=1), "not known")
        self.refused(self.enrol(self.fleet.write("api", self.fleet.token + "\n"), expect=1), "not known")

    def test_an_empty_or_crowded_token_file_is_refused(self):
        self.refused(self.enrol(self.fleet.write("empty", "\n"), expect=64), "one token and nothing else")
        self.refused(self.enrol(self.fleet.write("crowded", "a b\n"), expect=64), "one token and nothing else")
        self.refused(self.enrol(self.fleet.path("nowhere"), expect=64), "nowhere")

    def test_a_coordinator_that_is_not_there_is_named(self):
        token = self.fleet.join_token()
        self.refused(self.enrol(token, url="http://127.0.0.1:1", expect=1), "127.0.0.1")
        self.refused(self.enrol(token, url="127.0.0.1:1", expect=64), "http://")

    def test_a_name_that_is_taken_is_refused_and_costs_no_use(self):
        token = self.fleet.join_token("--uses", "2")
        self.enrol(token, "twin")
        os.unlink(self.fleet.path("twin.json"))
        again = self.enrol(token, "twin", expect=1)
        self.assertIn('agent:1 is called "twin" already', again.messages)
        self.enrol(token, "other")

    def test_an_identity_is_the_agents_own_and_is_never_replaced(self):
        self.enrol(self.fleet.join_token(), "keeper")
        path = self.fleet.path("keeper.json")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, encoding="utf-8") as file:
            before = file.read()
        self.assertTrue(json.loads(before)["secret"])
        self.enrol(self.fleet.join_token(), "keeper", expect=1)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), before)

    def test_a_token_for_an_unknown_zone_is_refused_unless_the_zone_is_to_be_made(self):
        refused = self.fleet.cli("tokens", "add", "join", "--zone", "dmz", expect=64)
        self.assertIn('there is no zone "dmz"', refused.messages)
        self.fleet.cli("tokens", "add", "join", "--zone", "dmz", "--create-zone")
        self.assertIn("dmz", self.fleet.cli("zones", "-o", "json").output)

    def test_secrets_are_not_kept(self):
        with open(self.fleet.join_token(), encoding="utf-8") as file:
            join = file.read().strip()
        self.fleet.enrol("keeper")
        with open(self.fleet.path("keeper.json"), encoding="utf-8") as file:
            secret = json.load(file)["secret"]
        self.fleet.stop(self.fleet.coordinator)
        with open(self.fleet.database, "rb") as file:
            stored = file.read()
        for text in (join, secret, self.fleet.token):
            self.assertNotIn(text.encode(), stored)


if __name__ == "__main__":
    unittest.main()

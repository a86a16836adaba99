"""What operators may get wrong: one clear line, the right status, and nothing changed."""

import unittest

from fleet import Fleet


class BadRequestTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.fleet.submit("127.0.0.1", "-p", "1")

    def refused(self, status, words, *arguments, environment=None):
        """The command fails with `status`, says `words` in its one line, and stores nothing."""
        before = self.fleet.request("GET", "/api/v1/scans")
        answer = self.fleet.cli(*arguments, expect=status, environment=environment)
        lines = [line for line in answer.messages.splitlines() if line.strip()]
        self.assertTrue(lines, "it says something")
        self.assertTrue(lines[0].startswith(("periplus: ", "Error: ")), lines)
        if lines[0].startswith("periplus: "):
            self.assertEqual(len(lines), 1, lines)
        self.assertIn(words, lines[0])
        self.assertEqual(answer.output, "")
        self.assertNotRegex(lines[0], r"(?i)sqlite|swift\.|Optional\(")
        self.assertEqual(self.fleet.request("GET", "/api/v1/scans"), before)

    def submission_refused(self, status, words, *arguments):
        self.refused(status, words, "scans", "submit", *arguments)

    def test_malformed_targets_point_at_the_character(self):
        for target, place in [
            ("10.0.0.256", "character"), ("10.0.0.0/33", "character"), ("10.0.0.5-10.0.0.1", "character"),
            ("10.0.0.-1-x", "character"), ("::1/129", "character"), ("fe80::1::2", "character"),
            ("bad_*name", "character"), ("10.0.0.1,,2", "character"),
        ]:
            with self.subTest(target):
                self.submission_refused(64, place, target, "-p", "1")

    def test_malformed_ports_point_at_the_character(self):
        for ports in ["0-70000", "90-80", "x:1", "65536", "1-2-3", "[", "no-such-service"]:
            with self.subTest(ports):
                self.submission_refused(64, "character", "127.0.0.1", "-p", ports)

    def test_names_that_do_not_resolve_are_refused(self):
        self.submission_refused(64, 'target "nowhere.invalid" cannot be resolved', "nowhere.invalid", "-p", "1")
        self.submission_refused(
            64, 'exclusion "nowhere.invalid" cannot be resolved', "127.0.0.1", "--exclude", "nowhere.invalid", "-p", "1")

    def test_empty_sets_are_refused(self):
        self.submission_refused(64, "name at least one target")
        self.submission_refused(64, "leave no address", "127.0.0.0/30", "--exclude", "127.0.0.0/24", "-p", "1")
        self.submission_refused(64, "no port is left", "127.0.0.1", "-p", "80", "--exclude-ports", "80")
        empty = self.fleet.write("empty", "# nothing\n")
        self.submission_refused(64, "name at least one target", "-iL", empty, "-p", "1")

    def test_lists_and_bodies_beyond_the_bounds_are_refused(self):
        longest = self.fleet.write("long", "127.0.0.1\n" * 110_000)
        self.submission_refused(64, "long", "-iL", longest, "-p", "1")
        several = [self.fleet.write(f"part{number}", "127.0.0.1\n" * 60_000) for number in range(2)]
        self.submission_refused(1, "bytes", "-iL", several[0], "--exclude-file", several[1], "-p", "1")
        status, problem = self.fleet.request(
            "POST", "/api/v1/scans", b'{"targets": ["' + b"1" * (9 << 20) + b'"]}')
        self.assertEqual((status, problem["code"]), (413, "body-too-large"))

    def test_targets_out_of_scope_are_refused_by_the_rules_name(self):
        self.submission_refused(7, "no scope rule allows", "192.0.2.1", "-p", "1")
        self.submission_refused(7, "no scope rule allows", "10.0.0.1", "2001:db8::1", "-p", "1")
        self.fleet.cli("scope", "exclude", "127.0.0.0/8", "--name", "no-loopback", "--note", "for this test")
        self.submission_refused(7, 'rule "no-loopback"', "127.0.0.1", "-p", "1")
        self.refused_test = self.fleet.cli("scope", "test", "127.0.0.1", expect=7)
        self.assertIn("no-loopback", self.refused_test.messages)

    def test_more_than_a_trillion_probes_need_consent(self):
        self.submission_refused(64, "--yes", "10.0.0.0/8", "fc00::/64", "-p", "-")

    def test_what_does_not_exist_is_named(self):
        self.refused(1, "scan:99", "scans", "show", "99")
        self.refused(1, "scan:99", "scans", "cancel", "scan:99")
        self.refused(1, "agent:99", "agents", "remove", "99")
        self.refused(1, "token:99", "tokens", "remove", "99")
        self.refused(1, "rule:99", "scope", "remove", "99")
        self.refused(64, "agent:1", "scans", "show", "agent:1")
        self.refused(64, "does not name a scan", "scans", "show", "0")
        self.refused(64, 'there is no site "x"', "scans", "submit", "127.0.0.1", "--site", "x")
        self.refused(64, 'there is no zone "x"', "scans", "submit", "127.0.0.1", "--zone", "x")
        self.refused(64, "colour", "ports", "--columns", "address,colour")
        self.refused(64, "colour", "ports", "colour:red")
        self.refused(64, "", "ports", "port:70000")

    def test_what_is_not_there_yet_is_refused(self):
        self.submission_refused(64, "-sS is not available", "127.0.0.1", "-sS")
        self.submission_refused(64, "only -sU", "127.0.0.1", "-p", "U:53")

    def test_flags_that_contradict_or_cannot_be_read_are_refused(self):
        self.submission_refused(64, "exclude each other", "127.0.0.1", "-p", "1", "-F")
        self.submission_refused(64, "exclude each other", "127.0.0.1", "--watch", "--wait")
        self.submission_refused(64, "0 to 5", "127.0.0.1", "-T", "9")
        self.submission_refused(64, "is expected", "127.0.0.1", "--rate", "0")
        self.submission_refused(64, "duration", "127.0.0.1", "--max-duration", "soon")
        self.submission_refused(64, "--bogus", "127.0.0.1", "--bogus")
        self.submission_refused(64, "nowhere", "-iL", self.fleet.path("nowhere"))

    def test_a_bad_token_and_a_missing_coordinator_have_their_own_status(self):
        self.refused(4, "token", "scans", environment={"PERIPLUS_TOKEN": "wrong"})
        self.refused(4, "no API token", "scans", environment={"PERIPLUS_TOKEN": ""})
        self.refused(6, "cannot be reached", "scans", environment={"PERIPLUS_URL": "http://127.0.0.1:1"})
        self.refused(6, "cannot be reached", "scans", environment={"PERIPLUS_URL": "http://nowhere.invalid"})
        self.refused(6, "no socket", "scans", "--local", "--socket", self.fleet.path("nowhere"))
        self.refused(64, "no coordinator is named", "scans", environment={"PERIPLUS_URL": ""})

    def test_a_role_that_does_not_suffice_is_refused(self):
        viewer = self.fleet.cli("tokens", "add", "api", "--role", "viewer").output.strip()
        self.refused(
            4, "role", "scans", "submit", "127.0.0.1", "-p", "1", environment={"PERIPLUS_TOKEN": viewer})
        self.refused(4, "role", "tokens", environment={"PERIPLUS_TOKEN": viewer})

    def test_the_api_points_at_the_field(self):
        for body, status, code, pointer in [
            ({"targets": ["127.0.0.1"], "colour": "red"}, 400, "unknown-field", "/colour"),
            ({"targets": "127.0.0.1"}, 422, "invalid-value", "/targets"),
            ({"targets": [1]}, 422, "invalid-value", "/targets/0"),
            ({}, 422, "invalid-value", "/targets"),
            ({"targets": ["127.0.0.1", "10.0.0.300"]}, 422, "invalid-value", "/targets/1"),
            ({"targets": ["127.0.0.1"], "ports": "x"}, 422, "invalid-value", "/ports"),
        ]:
            with self.subTest(body=body):
                answered, problem = self.fleet.request("POST", "/api/v1/scans", body)
                self.assertEqual((answered, problem["code"]), (status, code), problem)
                self.assertEqual(problem["errors"][0]["pointer"], pointer)
        for body, headers, status, code in [
            ("{", None, 400, "bad-request"), ("[]", None, 422, "invalid-value"),
            ('{"targets":["127.0.0.1"]}', {"Content-Type": "text/plain"}, 415, "wrong-content-type"),
            ("not gzip", {"Content-Encoding": "gzip"}, 400, "bad-request"),
        ]:
            with self.subTest(body=body):
                answered, problem = self.fleet.request("POST", "/api/v1/scans", body, headers=headers)
                self.assertEqual((answered, problem["code"]), (status, code), problem)
        self.refused(1, "scan:99", "scans", "show", "99")


if __name__ == "__main__":
    unittest.main()

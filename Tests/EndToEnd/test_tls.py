"""TLS with an authority of one's own: who trusts it gets in, who does not is told so in one line."""

import unittest

from fleet import Fleet
from listeners import Listener
from programs import PATIENCE, Program, binary


class TLSTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.authority = self.make_authority("ca")
        self.certificate, self.key = self.make_certificate()
        self.fleet.environment["PERIPLUS_CA_FILE"] = self.authority
        self.fleet.serve("--tls-cert", self.certificate, "--tls-key", self.key)

    def make_authority(self, name):
        self.fleet.run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN=Test authority {name}", "-keyout", self.fleet.path(f"{name}.key"), "-out",
            self.fleet.path(f"{name}.pem"), "-addext", "basicConstraints=critical,CA:TRUE")
        return self.fleet.path(f"{name}.pem")

    def make_certificate(self):
        key, request, certificate = (self.fleet.path(name) for name in ("server.key", "server.csr", "server.pem"))
        self.fleet.run(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=coordinator", "-keyout", key, "-out", request)
        extensions = self.fleet.write("server.ext", "subjectAltName=IP:127.0.0.1\n")
        self.fleet.run(
            "openssl", "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.fleet.path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key

    def one_line(self, answer, program):
        lines = answer.messages.splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{program}: "), lines)
        self.assertIn("certificate", lines[0].lower())

    def test_agent_and_operator_who_trust_the_authority_work(self):
        self.assertTrue(self.fleet.url.startswith("https://"))
        listener = Listener(self)
        identity = self.fleet.enrol("trusting", agent_options=("--ca-file", self.authority))
        self.fleet.start_agent(identity)
        self.fleet.cli(
            "scans", "submit", "127.0.0.1", "-p", str(listener.port), "--wait", "--ca-file", self.authority,
            environment={"PERIPLUS_CA_FILE": ""})
        row, = self.fleet.ports("state:open", f"port:{listener.port}")
        self.assertEqual(row["address"], "127.0.0.1")

    def test_without_the_authority_the_certificate_is_refused(self):
        other = self.make_authority("other")
        for file in ("", other):
            self.one_line(self.fleet.cli("scans", expect=6, environment={"PERIPLUS_CA_FILE": file}), "periplus")
        token = self.fleet.join_token()
        for options in ((), ("--ca-file", other)):
            self.one_line(
                self.fleet.run(
                    binary("periplus-agent"), "enroll", "--coordinator", self.fleet.url, "--token-file", token,
                    "--name", "wary", "--identity", self.fleet.path("wary.json"), *options, expect=1), "periplus-agent")
        self.assertEqual(self.fleet.cli("agents", "-o", "json").rows, [])

    def test_an_authority_file_that_cannot_be_read_is_named(self):
        answer = self.fleet.cli("scans", "--ca-file", self.fleet.path("nowhere.pem"), expect=64)
        self.assertIn("nowhere.pem", answer.messages)
        answer = self.fleet.cli("scans", "--ca-file", self.fleet.write("empty.pem", "no PEM"), expect=None)
        self.assertIn(answer.status, (6, 64), answer.messages)

    def test_plain_http_to_a_tls_port_is_refused_in_one_line(self):
        plain = self.fleet.url.replace("https://", "http://")
        answer = self.fleet.cli("scans", "--url", plain, expect=None)
        self.assertIn(answer.status, (1, 6), answer.messages)
        self.assertEqual(len(answer.messages.splitlines()), 1, answer.messages)

    def test_old_protocol_versions_are_not_spoken(self):
        done = Program(
            "openssl", "s_client", "-connect", f"127.0.0.1:{self.fleet.port}", "-tls1_1", "-cipher",
            "ALL:@SECLEVEL=0", environment=self.fleet.environment)
        self.addCleanup(done.kill)
        self.assertNotEqual(done.ended(PATIENCE), 0, done.lines)
        self.assertTrue(any("alert protocol version" in line for line in done.lines), done.lines)


if __name__ == "__main__":
    unittest.main()

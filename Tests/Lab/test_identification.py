"""What `scan -sV` says of real servers on ports that are not theirs, compared with what their wire shows."""

import json
import subprocess
import time
import unittest

from namespaces import agent
from real_servers import RealServers, start_all

# Server: service, product, version. A version is the pattern of what the package's build puts on the wire; None where the
# wire does not show one, though the server has one.
EXPECTED = {
    "ssh": ("ssh", "OpenSSH", r"\d+\.\d+p\d+"),
    "http": ("http", "nginx", r"\d+\.\d+\.\d+"),
    "redirect": ("http", "nginx", r"\d+\.\d+\.\d+"),
    "https": ("http", "nginx", r"\d+\.\d+\.\d+"),
    "apache": ("http", "Apache", r"\d+\.\d+\.\d+"),
    "lighttpd": ("http", "lighttpd", r"\d+\.\d+\.\d+"),
    "http-proxy": ("http-proxy", "squid", r"\d+\.\d+"),
    "ftp": ("ftp", "vsFTPd", r"\d+\.\d+\.\d+"),
    "smtp": ("smtp", "Exim", r"\d+\.\d+"),
    "imap": ("imap", "Dovecot", None),
    "imaps": ("imap", "Dovecot", None),
    "pop3": ("pop3", "Dovecot", None),
    "pop3s": ("pop3", "Dovecot", None),
    "bind": ("domain", "BIND", r"\d+\.\d+\.\d+\S*"),
    "dnsmasq": ("domain", "dnsmasq", r"\d+\.\d+"),
    "unbound": ("domain", "unbound", r"\d+\.\d+\.\d+"),
    # The wire says 5.5.5-10.11.6-MariaDB: the first number is there for old replicas.
    "mariadb": ("mysql", "MariaDB", r"1\d\.\d+\.\d+"),
    "postgresql": ("postgresql", None, None),
    "postgresql-plain": ("postgresql", None, None),
    "redis": ("redis", "Redis", r"\d+\.\d+\.\d+"),
    "redis-tls": ("redis", "Redis", r"\d+\.\d+\.\d+"),
    "memcached": ("memcached", "memcached", r"\d+\.\d+\.\d+"),
    "ldap": ("ldap", None, None),
    "smb": ("smb", None, None),
    "mqtt": ("mqtt", "mosquitto", r"\d+\.\d+\.\d+"),
    "irc": ("irc", "ngircd", r"\d+\S*"),
    "xmpp": ("xmpp", None, None),
    "rsync": ("rsync", None, None),
    "sip": ("sip", "kamailio", r"\d+\.\d+\.\d+"),
    "telnet": ("telnet", None, None),
    "nntp": ("nntp", "Leafnode", r"\d+\.\d+\.\d+"),
    "beanstalkd": ("beanstalkd", None, r"\d+\.\d+"),
    "vnc": ("vnc", None, None),
    "rdp": ("rdp", None, None),
}
TLS_AT_ONCE = {"https", "imaps", "pop3s", "redis-tls"}
TLS_BY_UPGRADE = {"ftp", "smtp", "imap", "pop3", "postgresql", "ldap", "xmpp", "rdp"}


class Identification(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.servers = RealServers()
        cls.addClassCleanup(cls.servers.stop)
        start_all(cls.servers)
        cls.servers.wait()
        ports = ",".join(str(port) for port in cls.servers.ports.values())
        began = time.monotonic()
        done = subprocess.run(
            cls.servers.namespace.command(agent(), "scan", "127.0.0.1", "-p", ports, "-sV", "-o", "ndjson", "--open"),
            capture_output=True, text=True, timeout=120,
        )
        cls.seconds = time.monotonic() - began
        assert done.returncode == 0, done.stderr
        rows = {row["port"]: row for row in map(json.loads, done.stdout.splitlines())}
        cls.rows = {name: rows[port] for name, port in cls.servers.ports.items()}

    def test_every_protocol_is_right(self):
        self.assertGreaterEqual(len({service for service, _, _ in EXPECTED.values()}), 20)
        self.assertEqual(set(self.rows), set(EXPECTED))
        seen = {name: row["service"] for name, row in self.rows.items()}
        self.assertEqual(seen, {name: service for name, (service, _, _) in EXPECTED.items()})
        self.assertEqual({row["confidence"] for row in self.rows.values()}, {"certain"})

    def test_product_and_version_are_those_of_the_wire(self):
        for name, (_, product, version) in EXPECTED.items():
            with self.subTest(name):
                self.assertEqual(self.rows[name]["product"], product)
                if version is None:
                    self.assertIsNone(self.rows[name]["version"])
                else:
                    self.assertRegex(self.rows[name]["version"] or "", f"^{version}$")

    def test_tls_is_described(self):
        der = subprocess.run(
            ["openssl", "x509", "-in", self.servers.certificate, "-outform", "DER"], check=True, capture_output=True
        ).stdout
        digest = subprocess.run(
            ["openssl", "dgst", "-sha256", "-r"], input=der, check=True, capture_output=True
        ).stdout.split()[0].decode()
        for name, row in self.rows.items():
            with self.subTest(name):
                if name not in TLS_AT_ONCE | TLS_BY_UPGRADE:
                    self.assertIsNone(row["tls"])
                    continue
                tls = row["tls"]
                self.assertEqual(tls["start"], "at-once" if name in TLS_AT_ONCE else "upgrade")
                self.assertRegex(tls["version"], r"^TLSv1\.[23]$")
                self.assertEqual(tls["alpn"], "h2" if name == "https" else None)
                certificate = tls["certificate"]
                self.assertEqual(certificate["subject"], "CN=lab.example,O=Periplus")
                self.assertEqual(certificate["issuer"], "CN=lab.example,O=Periplus")
                self.assertEqual(
                    certificate["alternativeNames"], ["lab.example", "www.lab.example", "127.0.0.1"])
                self.assertLess(certificate["notBefore"], certificate["notAfter"])
                self.assertEqual(certificate["sha256"], digest)

    def test_http_is_described(self):
        self.assertEqual(self.rows["http"]["http"]["status"], 200)
        self.assertEqual(self.rows["https"]["http"]["title"], "Harbour &amp; port")
        self.assertEqual(self.rows["redirect"]["http"]["status"], 301)
        self.assertEqual(self.rows["redirect"]["http"]["location"], "https://lab.example/")
        self.assertRegex(self.rows["apache"]["http"]["server"], r"^Apache/")

    def test_ssh_host_key_is_that_of_the_server(self):
        printed = subprocess.run(
            ["ssh-keygen", "-l", "-f", self.servers.path("ssh_host_ed25519_key.pub")],
            check=True, capture_output=True, text=True,
        ).stdout.split()[1]
        self.assertEqual(self.rows["ssh"]["ssh"]["fingerprint"], printed)
        self.assertEqual(self.rows["ssh"]["ssh"]["keyType"], "ssh-ed25519")

    def test_banners_are_printable_and_bounded(self):
        self.assertRegex(self.rows["smtp"]["banner"], r"^220 .*\\r\\n$")
        for name, row in self.rows.items():
            with self.subTest(name):
                self.assertTrue((row["banner"] or "").isprintable())
                self.assertLessEqual(len(row["banner"] or ""), 4 * 256)

    def test_the_whole_set_takes_seconds(self):
        # The goal is 5 s; the bound leaves room for a machine that is busy with something else.
        print(f"{len(self.rows)} servers identified in {self.seconds:.1f} s", end=" ", flush=True)
        self.assertLess(self.seconds, 20)


if __name__ == "__main__":
    unittest.main()

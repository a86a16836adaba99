"""Two hosts, a cable and a firewall, in network namespaces: what the verdicts say where outside and inside differ."""

import os
import sys
import unittest

from fleet import Fleet
from programs import Program

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

A, B = "10.77.0.1", "10.77.0.2"
EXPOSED, SHIELDED, REJECTED, LOCAL, FORWARDED, CLOSED = 8001, 8002, 8003, 8004, 8005, 8006
ALL = ",".join(map(str, (EXPOSED, SHIELDED, REJECTED, LOCAL, FORWARDED, CLOSED)))

# Listens where it is told to, says so, and waits.
SERVER = """
import socket, sys, threading
for place in sys.argv[1:]:
    address, port = place.rsplit(":", 1)
    server = socket.create_server((address, int(port)))
    def serve(server=server):
        while True: server.accept()[0].close()
    threading.Thread(target=serve, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
"""


class TwoHostsTests(unittest.TestCase):
    def setUp(self):
        self.here = self.namespace("a")
        self.there = self.namespace("b")
        self.here.link("eth0", self.there, "eth0")
        self.here.address("eth0", f"{A}/24")
        self.there.address("eth0", f"{B}/24")
        self.there.nft(f"""
            table inet test {{
              chain input {{
                type filter hook input priority 0;
                iif "eth0" tcp dport {SHIELDED} drop
                iif "eth0" tcp dport {REJECTED} reject with icmpx type admin-prohibited
              }}
            }}
            table ip nat {{
              chain prerouting {{
                type nat hook prerouting priority -100;
                iif "eth0" tcp dport {FORWARDED} redirect to :{EXPOSED}
              }}
            }}
        """)
        self.server = Program(
            *self.there.command(sys.executable, "-c", SERVER), f"0.0.0.0:{EXPOSED}", f"0.0.0.0:{SHIELDED}",
            f"{B}:{REJECTED}", f"127.0.0.1:{LOCAL}")
        self.addCleanup(self.server.kill)
        self.server.line("ready")
        self.fleet = Fleet(self, wrap=self.here.command())
        self.fleet.serve("--insecure-http", address=A)

    def namespace(self, name):
        namespace = Namespace(name)
        self.addCleanup(namespace.remove)
        return namespace

    def start(self, name, namespace, *options):
        token = self.fleet.join_token("--zone", name, "--create-zone", *options)
        identity = self.fleet.enrol(name, token_file=token, wrap=namespace.command())
        self.fleet.start_agent(identity, wrap=namespace.command())
        if "scan" not in options:
            self.fleet.wait_for_inventory(name)

    def rows(self, *query):
        return {row["port"]: row for row in self.fleet.ports(f"net:{B}/32", *query)}

    def test_verdicts_join_what_one_host_sees_with_what_the_other_runs(self):
        self.start("a", self.here)
        self.start("b", self.there)
        scan = self.fleet.submit(B, "-p", ALL, "--zone", "a", "--wait")
        self.fleet.demand_whole(scan)
        rows = self.rows()
        self.assertEqual((rows[EXPOSED]["state"], rows[EXPOSED]["verdict"]), ("open", "exposed"))
        process, = rows[EXPOSED]["processes"]
        self.assertEqual(process["pid"], self.server.pid)
        self.assertTrue(process["name"].startswith("python"), process)
        self.assertEqual((rows[EXPOSED]["agent"], rows[EXPOSED]["zone"]), ("b", "a"))
        self.assertFalse(rows[EXPOSED]["isSelfView"])
        self.assertEqual((rows[SHIELDED]["state"], rows[SHIELDED]["verdict"]), ("filtered", "shielded"))
        self.assertEqual((rows[REJECTED]["state"], rows[REJECTED]["reason"]), ("filtered", "admin-prohibited"))
        self.assertEqual(rows[REJECTED]["verdict"], "shielded")
        self.assertEqual((rows[FORWARDED]["state"], rows[FORWARDED]["verdict"]), ("open", "forwarded"))
        self.assertEqual(rows[FORWARDED]["processes"], [])
        self.assertNotIn(LOCAL, self.rows("state:open"), "what listens on loopback is not reached from outside")
        self.assertNotIn(CLOSED, rows)
        local, = self.fleet.ports(f"port:{LOCAL}", "net:127.0.0.1/32")
        self.assertEqual((local["verdict"], local["agent"]), ("local-only", "b"))
        self.assertEqual(local["processes"][0]["pid"], self.server.pid)

    def test_a_hosts_view_of_itself_exposes_nothing(self):
        self.start("b", self.there)
        self.fleet.submit(B, "-p", ALL, "--zone", "b", "--wait")
        rows = self.rows()
        for port in (EXPOSED, SHIELDED, REJECTED):
            self.assertTrue(rows[port]["isSelfView"])
            self.assertEqual((rows[port]["state"], rows[port]["verdict"]), ("open", "unverified"), port)
            self.assertEqual(rows[port]["processes"][0]["pid"], self.server.pid)

    def test_without_an_agent_on_the_host_the_inside_is_not_known(self):
        self.start("a", self.here)
        self.fleet.submit(B, "-p", ALL, "--zone", "a", "--wait")
        rows = self.rows("state:open")
        self.assertEqual({port: row["verdict"] for port, row in rows.items()},
                         {EXPOSED: "no-inside-view", FORWARDED: "no-inside-view"})
        # An agent that comes to live there tells who listens, and not what was there when the scan looked.
        self.start("b", self.there)
        self.assertEqual([self.rows()[port]["verdict"] for port in (EXPOSED, FORWARDED, SHIELDED)],
                         ["exposed", "no-inside-view", "unverified"])
        self.fleet.submit(B, "-p", ALL, "--zone", "a", "--wait")
        self.assertEqual([self.rows()[port]["verdict"] for port in (EXPOSED, FORWARDED, SHIELDED)],
                         ["exposed", "forwarded", "shielded"])


if __name__ == "__main__":
    unittest.main()

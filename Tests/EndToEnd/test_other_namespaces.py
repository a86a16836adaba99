"""Sockets of other network namespaces: listed with where they are, and no endpoint of the host."""

import os
import socket
import sys
import unittest

from fleet import Fleet
from listeners import Listener
from programs import Program

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import Namespace  # noqa: E402  (the lab's own module, found by the path above)

SERVER = """
import socket, sys, threading
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
threading.Event().wait()
"""


class Held:
    """A listener with two connections that stay."""

    def __init__(self, test):
        server = socket.create_server(("127.0.0.1", 0))
        test.addCleanup(server.close)
        self.port = server.getsockname()[1]
        for _ in range(2):
            test.addCleanup(socket.create_connection(("127.0.0.1", self.port)).close)
            test.addCleanup(server.accept()[0].close)


class OtherNamespaceTests(unittest.TestCase):
    def test_a_listener_elsewhere_is_listed_there_and_owns_nothing_here(self):
        here = Listener(self, "127.0.0.1")
        held = Held(self)
        web = Namespace("web")
        self.addCleanup(web.remove)
        # The same port in both: the key of a listener must tell them apart.
        server = Program(*web.command(sys.executable, "-c", SERVER, str(here.port)))
        self.addCleanup(server.kill)
        server.line("ready")
        fleet = Fleet(self)
        fleet.serve()
        fleet.agent("here")
        fleet.wait_for_inventory("here")

        rows = fleet.cli("listeners", f"port:{here.port}", "-o", "json").rows
        self.assertEqual(len(rows), 2, rows)
        own, = [row for row in rows if row["namespace"] is None]
        other, = [row for row in rows if row["namespace"] is not None]
        self.assertEqual((own["address"], other["address"]), ("127.0.0.1", "0.0.0.0"))
        self.assertIsNone(own["namespaceName"])
        self.assertEqual(other["namespaceName"], f"/run/netns/{web.name}")
        self.assertEqual(other["namespace"], os.stat(f"/run/netns/{web.name}").st_ino)
        process, = other["processes"]
        self.assertIn("create_server", process["commandLine"])
        self.assertGreater(process["parentPid"], 0)
        for row in rows:
            self.assertEqual(row["sampledAt"], row["lastSeen"])
            self.assertGreaterEqual(row["ownersVerifiedAt"], row["sampledAt"])

        wide = fleet.cli("listeners", f"port:{here.port}", "-o", "wide").output
        self.assertRegex(wide.splitlines()[0], r"NAMESPACE +CONTAINER")
        self.assertIn(web.name, wide)
        counted, = fleet.cli("listeners", f"port:{held.port}", "-o", "json").rows
        self.assertEqual(counted["connections"], 2)
        self.assertEqual(counted["lastConnectionAt"], counted["sampledAt"])
        self.assertEqual(own["connections"], 0)
        self.assertIsNone(own["lastConnectionAt"])
        # 0.0.0.0 in the other namespace is no address of this host.
        owners = {row["address"]: [process["pid"] for process in row["processes"]]
                  for row in fleet.ports(f"port:{here.port}")}
        self.assertEqual(owners, {"127.0.0.1": [os.getpid()]})


if __name__ == "__main__":
    unittest.main()

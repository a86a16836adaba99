"""The main job: scan, inventory, and one report that names who is behind each open port."""

import os
import pwd
import unittest

from fleet import Fleet
from listeners import Listener, closed_port


class MainJobTests(unittest.TestCase):
    def test_the_merged_report_names_the_process_behind_each_open_port(self):
        fleet = Fleet(self)
        on_four = Listener(self, "127.0.0.1")
        on_six = Listener(self, "::1")
        wildcard = Listener(self, "0.0.0.0")
        held, closed = closed_port()
        self.addCleanup(held.close)
        fleet.serve()
        fleet.agent("here")
        fleet.wait_for_inventory("here")
        ports = f"{on_four.port},{on_six.port},{wildcard.port},{closed}"
        scan = fleet.submit("127.0.0.1", "::1", "-p", ports, "--wait")
        fleet.demand_whole(scan)
        self.assertEqual(fleet.coverage(scan)["size"], 8)

        rows = {(row["address"], row["port"]): row for row in fleet.ports("state:open")}
        for listener, address in [(on_four, "127.0.0.1"), (on_six, "::1"), (wildcard, "127.0.0.1")]:
            row = rows[(address, listener.port)]
            self.assertEqual(row["verdict"], "local-only", row)
            self.assertEqual(row["user"], pwd.getpwuid(os.getuid()).pw_name)
            process = next(process for process in row["processes"] if process["pid"] == os.getpid())
            self.assertTrue(process["name"].startswith("python"), process)
            self.assertEqual(process["executable"], os.readlink("/proc/self/exe"))
            self.assertTrue(row["isSelfView"])
        for address, port in [("127.0.0.1", on_six.port), ("::1", on_four.port), ("127.0.0.1", closed),
                              ("::1", closed)]:
            self.assertNotIn((address, port), rows)

        shown = fleet.scan(scan)
        self.assertEqual(shown["open"], 3)
        # The bare socket that holds the closed port is bound and does not listen.
        self.assertEqual(fleet.ports(f"port:{closed}", "state:open"), [])

    def test_an_endpoint_that_closes_is_closed_by_the_next_scan_and_not_before(self):
        fleet = Fleet(self)
        listener = Listener(self)
        other = Listener(self)
        fleet.serve()
        fleet.agent("here", "--duties", "scan")
        fleet.submit("127.0.0.1", "-p", str(listener.port), "--wait")
        listener.close()
        fleet.submit("127.0.0.1", "-p", str(other.port), "--wait")
        row, = fleet.ports(f"port:{listener.port}")
        self.assertEqual(row["state"], "open", "what was not covered stays as it was")
        fleet.submit("127.0.0.1", "-p", str(listener.port), "--wait")
        self.assertEqual(fleet.ports(f"port:{listener.port}", "state:open"), [])
        row, = fleet.ports(f"port:{listener.port}", "state:closed")
        self.assertEqual(row["reason"], "conn-refused")

    def test_the_unix_socket_is_for_its_user_alone(self):
        fleet = Fleet(self)
        fleet.serve()
        for name in (fleet.socket, fleet.database):
            self.assertEqual(os.stat(name).st_mode & 0o077, 0, name)


if __name__ == "__main__":
    unittest.main()

"""An agent without capabilities and the inventory service that has them, from the socket to the chart."""

import os
import socket
import sys
import threading
import unittest

from fleet import Fleet
from programs import Program

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

import inventory_service  # noqa: E402  (the lab's own modules, found by the path above)
from inventory_service import AGENT, STRANGER, as_user  # noqa: E402
from namespaces import Namespace  # noqa: E402

PORT = 8001
MISSING = "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"

SERVER = f"""
import socket, threading
server = socket.create_server(("127.0.0.1", {PORT}))
print("ready", flush=True)
threading.Event().wait()
"""


class InventoryServiceTests(unittest.TestCase):
    def setUp(self):
        self.namespace = Namespace("inventory")
        self.addCleanup(self.namespace.remove)
        # Root's: only the capabilities show whose it is.
        self.server = Program(*self.namespace.command(sys.executable, "-c", SERVER))
        self.addCleanup(self.server.kill)
        self.server.line("ready")
        self.fleet = Fleet(self, wrap=self.namespace.command())
        os.chmod(self.fleet.folder, 0o755)
        self.fleet.serve()
        self.path = self.fleet.path("inventory.sock")

    def listen(self):
        listener = inventory_service.listen(self.path)
        self.addCleanup(listener.close)
        return listener

    def serve(self):
        service = inventory_service.start(self.listen(), prefix=self.namespace.command())

        def end():
            service.kill()
            service.wait()
            service.stderr.close()

        self.addCleanup(end)
        return service

    def start_agent(self, name="a", user=AGENT):
        """An agent of a user without any capability, which has sent its first inventory."""
        identity = self.fleet.enrol(name, wrap=self.namespace.command())
        os.chown(identity, user, user)
        settings = self.fleet.write(f"{name}.conf", f"inventory-socket = {self.path}\n")
        program = self.fleet.start_agent(identity, "--config", settings, wrap=self.namespace.command(*as_user(user)))
        self.fleet.wait_for_inventory(name)
        return program

    def listener(self):
        row, = [row for row in self.fleet.cli("listeners", f"port:{PORT}", "-o", "json").rows]
        return row

    def demand_unknown(self):
        row = self.listener()
        self.assertEqual(row["processes"], [])
        self.assertIn(MISSING, str(row))

    def test_the_chart_names_roots_process_though_the_agent_may_not_see_it(self):
        service = self.serve()
        agent = self.start_agent()
        process, = self.listener()["processes"]
        self.assertEqual((process["pid"], process["user"]), (self.server.pid, "root"))
        self.assertEqual(self.fleet.stop(agent), 0)
        self.assertEqual([line for line in agent.lines if "inventory service" in line or "without owner" in line], [])
        service.kill()
        self.assertEqual(service.stderr.read(), "")

    def test_without_a_service_the_agent_says_once_what_is_missing(self):
        agent = self.start_agent()
        self.demand_unknown()
        agent.line(f"listeners without owner: {MISSING}.*there is no inventory service at {self.path}")

    def test_a_user_that_is_refused_reads_by_itself(self):
        self.serve()
        agent = self.start_agent(user=STRANGER)
        self.demand_unknown()
        agent.line(f"the inventory service at {self.path} fails, reading without it: user {STRANGER} may not ask")

    def test_a_service_that_answers_nonsense_hinders_nothing(self):
        listener = self.listen()

        def serve():
            while True:
                try:
                    peer = listener.accept()[0]
                except OSError:
                    return
                peer.sendall(b"periplus-inventory 1 sample 11\n{\"nonsense\"")
                peer.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        agent = self.start_agent()
        self.demand_unknown()
        agent.line("fails, reading without it: the inventory service's sample cannot be read")
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(60)

    def test_a_socket_that_nobody_serves_hinders_nothing(self):
        self.listen().close()
        agent = self.start_agent()
        self.demand_unknown()
        agent.line("fails, reading without it: connect: Connection refused")


if __name__ == "__main__":
    unittest.main()

"""An agent's identity copied to another machine: the copy is turned away by name, and the agent itself works on."""

import os
import re
import shutil
import sys
import unittest

from fleet import Fleet
from listeners import Listener
from programs import Program, binary, until

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Lab"))

from namespaces import tool  # noqa: E402  (the lab's own module, found by the path above)

HOST = os.uname().nodename
# Which hosts the two are on is told by their names; the machines themselves by boot and process namespace.
CLONE = "pp-clone"
ANOTHER_BOOT = "00000000-1111-4222-8333-444444444444\n"


class CopyTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.identity = self.fleet.enrol("original", "--duties", "scan")
        # Its own folder, with a spool of its own, as on a cloned disk.
        os.mkdir(self.fleet.path("cloned"))
        self.copied = self.fleet.path("cloned/identity.json")
        shutil.copy(self.identity, self.copied)

    def in_another_boot(self):
        """Words that run what follows as on a machine that was started on its own."""
        boot = self.fleet.write("boot_id", ANOTHER_BOOT)
        return [
            tool("unshare"), "--mount", "--uts", "--propagation", "private", "sh", "-c",
            f'mount --bind "{boot}" /proc/sys/kernel/random/boot_id && hostname {CLONE} && exec "$@"', "sh"]

    def in_another_container(self):
        """Words that run what follows with processes of its own, as a container does."""
        return [
            tool("unshare"), "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "sh", "-c",
            f'hostname {CLONE} && exec "$@"', "sh"]

    def start_copy(self, wrap=()):
        program = Program(
            *wrap, binary("periplus-agent"), "run", "--identity", self.copied, environment=self.fleet.environment)
        self.addCleanup(program.kill)
        return program

    def demand_turned_away(self, program):
        self.assertEqual(program.ended(), 1, program.lines)
        self.assertIn(f'"original" runs on {HOST}; this is a copy of it', program.lines[-1], program.lines)

    def duplicates(self):
        row, = self.fleet.cli("agents", "show", "1", "-o", "json").rows
        return row["duplicates"]

    def demand_work(self, program):
        listener = Listener(self)
        scan = self.fleet.submit("127.0.0.1", "-p", str(listener.port), "--wait")
        self.fleet.demand_whole(scan)
        number = f"scan:{scan} done"
        until(lambda: any(number in line for line in program.lines), f"{number}, by the agent itself")

    def check_copy(self, wrap):
        original = self.fleet.start_agent(self.identity)
        self.demand_turned_away(self.start_copy(wrap))
        self.assertEqual(self.duplicates(), [CLONE])
        self.assertRegex(self.fleet.cli("agents", "show", "1", "-o", "wide").output, rf"COPIES ON\s+{re.escape(CLONE)}")
        self.demand_work(original)
        return original

    def test_a_copy_on_another_machine_ends_and_names_the_host(self):
        original = self.check_copy(self.in_another_boot())
        # The machine is known now: it is turned away at its first word.
        again = self.start_copy(self.in_another_boot())
        self.demand_turned_away(again)
        self.assertFalse([line for line in again.lines if "works for" in line], again.lines)
        self.assertEqual(set(self.duplicates()), {CLONE})
        self.demand_work(original)

    def test_a_copy_in_a_container_ends_and_names_the_host(self):
        self.check_copy(self.in_another_container())

    def test_a_copy_that_comes_in_mid_scan_costs_no_endpoint(self):
        original = self.fleet.start_agent(self.identity)
        listener = Listener(self)
        scan = self.fleet.submit("127.0.0.1", "-p", f"1-2000,{listener.port}", "--rate-per-agent", "200")
        self.fleet.wait_until_probed(scan)
        self.demand_turned_away(self.start_copy(self.in_another_boot()))
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.fleet.demand_whole(scan)
        self.assertEqual(len(self.fleet.ports(f"port:{listener.port}", "state:open")), 1)
        self.assertTrue(original.is_running, original.lines)

    def test_an_agent_started_again_after_a_crash_is_no_copy(self):
        for _ in range(3):
            agent = self.fleet.start_agent(self.identity)
            self.demand_work(agent)
            agent.kill()
        agent = self.fleet.start_agent(self.identity)
        self.demand_work(agent)
        self.assertEqual(self.duplicates(), [])
        # Neither is one whose machine was started again, with nobody left to contradict it.
        agent.kill()
        moved = self.start_copy(self.in_another_boot())
        moved.line("works for")
        self.demand_work(moved)
        self.assertEqual(self.duplicates(), [])

    def test_a_second_run_on_the_same_machine_puts_out_the_first(self):
        first = self.fleet.start_agent(self.identity)
        second = self.start_copy()
        second.line("works for")
        self.assertEqual(first.ended(), 1, first.lines)
        self.assertTrue(any("this is a copy of it" in line for line in first.lines), first.lines)
        self.demand_work(second)


if __name__ == "__main__":
    unittest.main()

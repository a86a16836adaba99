"""Results while the coordinator is away: spooled, kept over the agent's end, delivered in order."""

import http.client
import os
import re
import signal
import unittest

from fleet import Fleet
from listeners import Listener
from programs import Program, binary, until


class SpoolTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        # An address of this test's own: others probe 127.0.0.1.
        self.listener = Listener(self, "127.46.0.1")
        self.identity = self.fleet.enrol("here", "--duties", "scan")
        self.spool = self.identity + ".spool"

    def submit(self, ports="1-3000", rate="300"):
        scan = self.fleet.submit("127.46.0.1", "-p", f"{self.listener.port},{ports}", "--rate-per-agent", rate)
        self.fleet.wait_until_probed(scan)
        return scan

    def spooled_bytes(self, folder=None):
        folder = folder or self.spool
        return sum(
            os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".spool"))

    def demand_delivered(self, scan):
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.fleet.demand_whole(scan)
        rows = self.fleet.ports("state:open", "net:127.46.0.1", f"port:{self.listener.port}")
        self.assertEqual(len(rows), 1, rows)
        until(lambda: self.spooled_bytes() == 0, "an empty spool")

    def test_a_coordinator_that_hangs_does_not_stop_the_probing_and_gets_everything_later(self):
        agent = self.fleet.start_agent(self.identity)
        scan = self.submit()
        self.fleet.coordinator.signal(signal.SIGSTOP)
        try:
            agent.line("results are spooled until the coordinator takes them")
            before = self.spooled_bytes()
            until(lambda: self.spooled_bytes() > before, "more results in the spool while the coordinator hangs")
        finally:
            self.fleet.coordinator.signal(signal.SIGCONT)
        agent.line("all spooled results have been delivered")
        self.demand_delivered(scan)
        self.assertTrue(agent.is_running, agent.lines)
        self.assertFalse([line for line in agent.lines if "lost:" in line or "dropped" in line], agent.lines)

    def test_results_survive_the_end_of_both_programs(self):
        agent = self.fleet.start_agent(self.identity)
        scan = self.submit()
        self.fleet.crash_coordinator()
        agent.line("results are spooled until the coordinator takes them")
        until(lambda: self.spooled_bytes() > 500, "results in the spool")
        agent.kill()
        waiting = self.spooled_bytes()
        self.assertGreater(waiting, 0)
        agent = Program(
            binary("periplus-agent"), "run", "--identity", self.identity, environment=self.fleet.environment)
        self.addCleanup(agent.kill)
        agent.line(r"\d+ results \(\d+ bytes\) wait in the spool .* from before")
        # A second end before anything could be delivered takes nothing away.
        agent.kill()
        self.assertEqual(self.spooled_bytes(), waiting)
        self.fleet.serve()
        probed = self.fleet.coverage(scan)["probed"]
        agent = self.fleet.start_agent(self.identity)
        agent.line("all spooled results have been delivered")
        # A coordinator that starts extends the leases that ran: what was spooled counts, and is not probed again.
        self.assertGreater(self.fleet.coverage(scan)["probed"], probed)
        self.demand_delivered(scan)

    def test_what_was_open_is_kept_when_the_lease_has_long_ended(self):
        agent = self.fleet.start_agent(self.identity)
        # Lasts longer than a lease.
        scan = self.submit("1-4000", "100")
        self.fleet.crash_coordinator()
        agent.line("results are spooled until the coordinator takes them")
        agent.line("lost: the coordinator was away for longer than the lease", within=90)
        self.fleet.serve()
        agent.line("all spooled results have been delivered", within=90)
        self.demand_delivered(scan)
        self.assertTrue(agent.is_running, agent.lines)

    def leases_granted(self):
        """How many the coordinator has granted since its start."""
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.port, timeout=10)
        try:
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {self.fleet.token}"})
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        return float(re.search(r"^periplus_leases_granted_total (\S+)$", text, re.MULTILINE)[1])

    def test_a_kill_at_any_moment_loses_nothing_that_was_spooled(self):
        agent = self.fleet.start_agent(self.identity)
        scan = self.submit("1-4000", "400")
        for _ in range(4):
            self.fleet.crash_coordinator()
            agent.line("results are spooled until the coordinator takes them")
            agent.kill()
            self.fleet.serve()
            agent = self.fleet.start_agent(self.identity)
            counts = self.fleet.coverage(scan)
            if counts["notReached"] == 0:
                break
            self.fleet.wait_until_probed(scan, min(counts["probed"] + 1, counts["size"]))
            # What was spooled counts as probed, too; only an agent at work has something to spool next.
            until(
                lambda: self.fleet.coverage(scan)["notReached"] == 0 or self.leases_granted() > 0, "a job of the agent")
            if self.fleet.coverage(scan)["notReached"] == 0:
                break
        self.demand_delivered(scan)
        self.assertFalse([line for line in agent.lines if "lost:" in line], agent.lines)

    def test_an_agent_that_stops_leaves_its_results_for_its_next_start(self):
        agent = self.fleet.start_agent(self.identity)
        scan = self.submit()
        self.fleet.crash_coordinator()
        agent.line("results are spooled until the coordinator takes them")
        self.assertEqual(self.fleet.stop(agent), 0, agent.lines)
        self.assertTrue([line for line in agent.lines if "spooled results wait for the next start" in line], agent.lines)
        self.fleet.serve()
        agent = self.fleet.start_agent(self.identity)
        agent.line("all spooled results have been delivered")
        self.demand_delivered(scan)

    def test_a_second_agent_with_the_same_identity_is_refused(self):
        agent = self.fleet.start_agent(self.identity)
        answer = self.fleet.run(binary("periplus-agent"), "run", "--identity", self.identity, expect=1)
        self.assertEqual(
            answer.messages, f"periplus-agent: the spool {self.spool} is in use by another agent\n")
        self.assertTrue(agent.is_running)

    def test_settings_of_the_spool_are_read_and_faults_are_named_with_their_line(self):
        folder = self.fleet.path("elsewhere")
        configuration = self.fleet.write("agent.conf", f"spool = {folder}\nspool-megabytes = 4\nspool-days = 1\n")
        self.fleet.start_agent(self.identity, "--config", configuration)
        self.assertEqual(sorted(os.listdir(folder)), ["lock", "mark"])
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        broken = self.fleet.write("broken.conf", "\nspool-megabytes = none\n")
        answer = self.fleet.run(
            binary("periplus-agent"), "run", "--identity", self.identity, "--config", broken, expect=64)
        self.assertRegex(answer.messages, r"broken.conf, line 2: spool-megabytes = none: expected a number")

    def test_a_spool_without_room_holds_results_in_memory_and_loses_none(self):
        # A file system of 1 MiB, in a mount namespace of the agent's own.
        folder = self.fleet.path("small")
        os.mkdir(folder)
        agent = self.fleet.start_agent(
            self.identity, "--spool", os.path.join(folder, "spool"),
            wrap=[
                "unshare", "-m", "--propagation", "private", "sh", "-c",
                'mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"', folder])
        inside = f"/proc/{agent.pid}/root{folder}"
        ballast = os.path.join(inside, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            with self.assertRaisesRegex(OSError, "No space left"):
                while True:
                    file.write(b"\0" * 4096)
        scan = self.submit("1-3900", "300")
        self.fleet.crash_coordinator()
        agent.line(r"results wait in memory, and probing with them: .*; they cannot be spooled: .*No space left on device")
        self.assertEqual(self.spooled_bytes(os.path.join(inside, "spool")), 0, "nothing of a record stays")
        os.unlink(ballast)
        agent.line("results are spooled until the coordinator takes them")
        until(lambda: self.spooled_bytes(os.path.join(inside, "spool")) > 0, "results in the spool")
        self.fleet.serve()
        agent.line("all spooled results have been delivered")
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.fleet.demand_whole(scan)
        self.assertEqual(len(self.fleet.ports("state:open", "net:127.46.0.1", f"port:{self.listener.port}")), 1)
        self.assertEqual(len([line for line in agent.lines if "wait in memory" in line]), 1, agent.lines)
        self.assertFalse([line for line in agent.lines if re.search(r"\blost:", line)], agent.lines)

    def test_a_folder_that_cannot_be_written_is_said_once_and_the_agent_works(self):
        place = self.fleet.write("file", "no folder")
        agent = self.fleet.start_agent(self.identity, "--spool", os.path.join(place, "spool"))
        self.assertEqual(len([line for line in agent.lines if "results cannot be spooled" in line]), 1, agent.lines)
        scan = self.submit("1-1000", "500")
        self.fleet.crash_coordinator()
        agent.line("results wait in memory, and probing with them")
        self.fleet.serve()
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.fleet.demand_whole(scan)


if __name__ == "__main__":
    unittest.main()

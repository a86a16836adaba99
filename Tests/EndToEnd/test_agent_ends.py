"""Agents that die, stop or are removed in mid-job: nothing is lost, nothing is done twice."""

import signal
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until


class AgentEndTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()
        self.listeners = [Listener(self) for _ in range(5)]

    def submit_slowly(self, ports="1-1500"):
        """A scan that is under way for some seconds, with the listeners' ports among what it probes."""
        open_ports = ",".join(str(listener.port) for listener in self.listeners)
        return self.fleet.submit("127.0.0.1", "-p", f"{ports},{open_ports}", "--rate-per-agent", "400")

    def demand_once(self, scan):
        self.fleet.demand_whole(scan)
        found = {}
        for row in self.fleet.ports("state:open"):
            found.setdefault(row["port"], set()).add((row["scope"], row["address"]))
        for listener in self.listeners:
            # Loopback is each agent's own: the endpoint was probed by one of them, and stands in the chart once.
            self.assertEqual(len(found.get(listener.port, ())), 1, f"{listener.port}: {found}")

    def working_agent(self, scan):
        def working():
            rows = self.fleet.request("GET", "/api/v1/agents")[1]["rows"]
            return next((row["name"] for row in rows if row.get("currentJob")), None)

        name = until(working, "an agent at work")
        self.fleet.wait_until_probed(scan)
        return name

    def test_after_kill_another_agent_finishes_what_is_left(self):
        victim = self.fleet.agent("victim", "--duties", "scan")
        scan = self.submit_slowly()
        self.assertEqual(self.working_agent(scan), "victim")
        victim.kill()
        seen = self.fleet.coverage(scan)
        self.assertGreater(seen["notReached"], 0, "it was killed in mid-job")
        self.fleet.agent("heir", "--duties", "scan")
        # The lease of the dead runs out first.
        self.assertEqual(self.fleet.wait_until_over(scan, within=120), "done")
        self.demand_once(scan)

    def test_on_sigterm_the_job_goes_to_another_agent_without_waiting_for_the_lease(self):
        first = self.fleet.agent("first", "--duties", "scan")
        scan = self.submit_slowly()
        self.working_agent(scan)
        self.assertEqual(self.fleet.stop(first), 0, first.lines)
        self.assertTrue(any("given back: the agent is stopping" in line for line in first.lines), first.lines)
        seen = self.fleet.coverage(scan)
        self.assertGreater(seen["notReached"], 0, "it was stopped in mid-job")
        self.assertGreater(seen["probed"], 0, "what it had seen was reported")
        lane, = self.fleet.scan(scan)["lanes"]
        self.assertEqual(lane["runningJobs"], 0, "the coordinator has the job back")
        self.fleet.agent("second", "--duties", "scan")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.demand_once(scan)

    def test_an_idle_agent_stops_at_once(self):
        agent = self.fleet.agent("idle")
        self.assertEqual(self.fleet.stop(agent), 0, agent.lines)
        self.assertEqual(agent.lines[-1], "periplus-agent: stopped")

    def test_a_killed_agents_open_requests_get_no_job(self):
        # Each has had a job, so that its requests for bulk and for express jobs have been open.
        identities = {name: self.fleet.enrol(name, "--duties", "scan") for name in ("killed", "alive")}
        killed = self.fleet.start_agent(identities["killed"])
        self.fleet.submit("127.0.0.1", "-p", str(self.listeners[0].port), "--wait")
        alive = self.fleet.start_agent(identities["alive"])
        killed.kill()

        def demand_work(program):
            # A lease given to the dead would be in the way for its 30 s.
            scan = self.fleet.submit("127.0.0.1", "-p", str(self.listeners[0].port))
            self.assertEqual(self.fleet.wait_until_over(scan, within=20), "done")
            until(lambda: any(f"scan:{scan} done" in line for line in program.lines), f"scan:{scan}, by the one that lives")

        demand_work(alive)
        alive.kill()
        demand_work(self.fleet.start_agent(identities["killed"]))

    def test_an_agent_restarted_in_mid_job_goes_on_with_it(self):
        identity = self.fleet.enrol("phoenix", "--duties", "scan")
        ashes = self.fleet.start_agent(identity)
        scan = self.submit_slowly()
        self.working_agent(scan)
        ashes.kill()
        self.fleet.start_agent(identity)
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.demand_once(scan)

    def test_a_removed_agent_ends_with_one_clear_line(self):
        agent = self.fleet.agent("goner")
        self.fleet.wait_for_inventory("goner")
        self.assertTrue(self.fleet.cli("listeners", "-o", "json").rows)
        self.fleet.cli("agents", "remove", "1")
        self.assertEqual(agent.ended(), 1, agent.lines)
        said = [line for line in agent.lines if "not enrolled" in line]
        self.assertEqual(len(said), 1, agent.lines)
        self.assertEqual(self.fleet.cli("listeners", "-o", "json").rows, [], "its inside view leaves the chart")
        self.assertEqual(self.fleet.cli("agents", "-o", "json").rows, [])

    def test_an_agent_removed_in_mid_job_gives_way_to_another(self):
        agent = self.fleet.agent("goner", "--duties", "scan")
        scan = self.submit_slowly()
        self.working_agent(scan)
        self.fleet.cli("agents", "remove", "agent:1")
        self.assertEqual(agent.ended(), 1, agent.lines)
        self.fleet.agent("heir", "--duties", "scan")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.demand_once(scan)

    def test_an_agent_told_to_stop_while_the_coordinator_is_away_ends(self):
        agent = self.fleet.agent("orphan", "--duties", "scan")
        scan = self.submit_slowly()
        self.working_agent(scan)
        self.fleet.crash_coordinator()
        agent.signal(signal.SIGTERM)
        self.assertEqual(agent.ended(), 0, agent.lines)


if __name__ == "__main__":
    unittest.main()

"""Schedules and blackouts with real programs: slots are unique whatever crashes, and nobody probes in a blackout."""

import datetime
import sqlite3
import time
import unittest

from fleet import Fleet
from listeners import Listener
from programs import until

UTC = datetime.timezone.utc


class ScheduleTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.listener = Listener(self, "0.0.0.0")
        self.fleet.serve()

    def add(self, name, *arguments, cron="every 5s"):
        return self.fleet.cli(
            "schedules", "add", name, "127.0.0.1", "-p", str(self.listener.port), "--cron", cron, "--time-zone", "UTC",
            *arguments)

    def runs(self, name):
        return self.fleet.cli("schedules", "runs", name, "-o", "json").rows

    def done(self, name, outcomes=("ran", "caught-up")):
        return [run for run in self.runs(name) if run["outcome"] in outcomes]

    def test_it_fires_again_and_again_and_kill_9_between_doubles_nothing(self):
        self.fleet.agent("here", "--duties", "scan")
        self.add("often")
        until(lambda: len(self.done("often")) >= 2, "two runs")
        for _ in range(3):
            self.fleet.crash_coordinator()
            self.fleet.serve()
            before = len(self.done("often"))
            until(lambda before=before: len(self.done("often")) > before, "a run after the crash")
        self.fleet.cli("schedules", "pause", "often")
        runs = self.runs("often")
        slots = [run["slot"] for run in runs]
        self.assertEqual(len(slots), len(set(slots)), "a slot has one row")
        scans = [run["scan"] for run in runs if run["scan"]]
        self.assertEqual(len(scans), len(set(scans)), "a scan has one slot")
        self.assertEqual({run["scan"] is not None for run in runs if run["outcome"] in ("ran", "caught-up")}, {True})
        # Every planned time between the first and the last has its row, and each scan of the schedule is some slot's.
        times = sorted(datetime.datetime.fromisoformat(slot) for slot in slots)
        self.assertEqual(
            times, [times[0] + datetime.timedelta(seconds=5 * n) for n in range(len(times))], "no slot without a row")
        database = sqlite3.connect(self.fleet.database)
        self.addCleanup(database.close)
        known = {f"scan:{row[0]}" for row in database.execute("SELECT id FROM scan WHERE submitted_by LIKE 'schedule:%'")}
        self.assertEqual(known, set(scans))
        for scan in scans:
            self.assertEqual(self.fleet.wait_until_over(int(scan.removeprefix("scan:"))), "done")

    def test_a_port_that_opens_is_found_by_the_next_run(self):
        self.fleet.agent("here", "--duties", "scan")
        port = self.listener.port
        self.listener.close()
        self.add("watch")
        until(lambda: self.done("watch"), "the first run")
        self.fleet.wait_until_over(int(self.done("watch")[-1]["scan"].removeprefix("scan:")))
        self.assertEqual(self.fleet.ports("state:open", f"port:{port}"), [])
        again = Listener(self, "0.0.0.0", port)
        until(lambda: self.fleet.ports("state:open", f"port:{again.port}"), "the port that was opened")

    def test_a_run_that_meets_the_one_before_is_skipped_or_waits_or_replaces_it(self):
        # Nobody scans: the first scan is never over.
        self.add("patient", cron="every 5s")
        self.add("queued", "--overlap", "queue-one", cron="every 5s")
        self.add("hasty", "--overlap", "replace", cron="every 5s")
        until(lambda: len(self.runs("hasty")) >= 3, "three runs")
        outcomes = [run["outcome"] for run in reversed(self.runs("patient"))]
        self.assertEqual(outcomes[0], "ran")
        self.assertEqual(set(outcomes[1:]), {"skipped"})
        self.assertRegex(self.runs("patient")[0]["reason"], r"^scan:\d+ still runs$")
        queued = list(reversed(self.runs("queued")))
        self.assertEqual([run["outcome"] for run in queued[:3]], ["ran", "waiting", "skipped"])
        hasty = list(reversed(self.runs("hasty")))
        self.assertEqual({run["outcome"] for run in hasty}, {"ran"})
        first = int(hasty[0]["scan"].removeprefix("scan:"))
        self.assertEqual(self.fleet.scan(first)["state"], "cancelled")
        # Once the scan in its way is gone, what waited runs.
        self.fleet.cli("scans", "cancel", queued[0]["scan"])
        until(lambda: [run for run in self.runs("queued") if run["slot"] == queued[1]["slot"]][0]["scan"],
              "the run that waited")

    def test_what_cannot_be_scanned_fails_with_its_reason(self):
        self.fleet.cli("scope", "allow", "192.0.2.0/24", "--name", "lab", "--note", "for a while")
        self.fleet.cli(
            "schedules", "add", "doomed", "192.0.2.1", "-p", "1", "--cron", "every 5s", "--time-zone", "UTC")
        rule, = [row for row in self.fleet.cli("scope", "-o", "json").rows if row["name"] == "lab"]
        self.fleet.cli("scope", "remove", rule["id"])
        failed = until(lambda: self.done("doomed", ("failed",)), "a failed run")
        self.assertIn("no scope rule allows", failed[0]["reason"])
        self.assertIn("its next run would fail", self.fleet.cli("schedules", "lint").output)

    def test_refusals(self):
        for arguments, reason in [
                (("x", "127.0.0.1", "--cron", "0 0 30 2 *"), "no such day"),
                (("x", "127.0.0.1", "--cron", "@daily", "--time-zone", "Mars/Olympus"), "Mars/Olympus"),
                (("x", "127.0.0.1"), "--cron"),
                (("x", "127.0.0.1", "--cron", "every 5m", "--jitter", "10m"), "not shorter")]:
            self.assertIn(reason, self.fleet.cli("schedules", "add", *arguments, expect=64).messages)
        self.assertIn("no scope rule allows", self.fleet.cli(
            "schedules", "add", "x", "192.0.2.1", "--cron", "@daily", expect=7).messages)
        self.add("yes", cron="@daily")
        self.assertIn("already", self.fleet.cli(
            "schedules", "add", "yes", "127.0.0.1", "--cron", "@daily", expect=1).messages)
        self.assertIn("the past cannot be scanned", self.fleet.cli(
            "schedules", "run", "yes", "--at", "2020-01-01", expect=7).messages)

    def test_the_preview_tells_of_clocks_and_blackouts_and_a_dry_run_stores_nothing(self):
        self.fleet.cli(
            "blackouts", "add", "noon", "--cron", "0 11 * * *", "--duration", "2h", "--time-zone", "Europe/Berlin")
        said = self.fleet.cli(
            "schedules", "add", "x", "127.0.0.1", "--cron", "30 2,12 * * *", "--time-zone", "Europe/Berlin", "--dry-run",
            "-o", "json").rows
        self.assertEqual(len(said), 10)
        self.assertTrue(all(('"noon"' in (row["notes"] or "")) == ("T12:30" in row["local"]) for row in said), said)
        self.assertEqual(self.fleet.cli("schedules", "-o", "json").rows, [])
        self.fleet.cli(
            "schedules", "add", "x", "127.0.0.1", "--cron", "30 2 28 3 *", "--time-zone", "Europe/Berlin")
        shown = self.fleet.cli("schedules", "next", "x", "--from", "2027-01-01", "-n", "1", "-o", "json").rows
        self.assertEqual(shown[0]["local"], "2027-03-28T03:00:00+02:00")
        self.assertIn("skips 02:30", shown[0]["notes"])

    def test_pause_resume_edit_run_and_remove(self):
        self.add("x", cron="@yearly")
        self.fleet.cli("schedules", "pause", "x")
        row, = self.fleet.cli("schedules", "show", "x", "-o", "json").rows
        self.assertTrue(row["isPaused"])
        self.fleet.cli("schedules", "resume", "x")
        self.fleet.cli("schedules", "edit", "x", "--cron", "every 7d", "--overlap", "replace", "--max-duration", "2h")
        row, = self.fleet.cli("schedules", "show", "x", "-o", "json").rows
        text = self.fleet.cli("export", "--kinds", "schedules").output
        self.assertIn("maximumDuration: 2h", text)
        self.assertIn(f'ports: "{self.listener.port}"', text)
        self.assertEqual((row["cron"], row["overlap"], row["isPaused"]), ("every 7d", "replace", False))
        self.fleet.cli("schedules", "edit", "x", "--no-max-duration", "--no-overlap")
        row, = self.fleet.cli("schedules", "show", "x", "-o", "json").rows
        self.assertEqual((row["cron"], row["overlap"]), ("every 7d", "skip"))
        self.assertNotIn("maximumDuration", self.fleet.cli("export", "--kinds", "schedules").output)
        scan, = self.fleet.cli("schedules", "run", "x", "-o", "json").rows
        run, = self.runs("x")
        self.assertEqual((run["outcome"], run["scan"]), ("ran", scan["id"]))
        self.assertIn("asked for by token:", run["reason"])
        self.fleet.cli("schedules", "remove", "x")
        self.assertEqual(self.fleet.cli("schedules", "-o", "json").rows, [])
        self.assertEqual(self.fleet.scan(int(scan["id"].removeprefix("scan:")))["state"], "queued")


class BlackoutTests(unittest.TestCase):
    PLACE, TARGETS, SIZE = "127.48.", "127.48.0.0/22", 1024

    def setUp(self):
        self.fleet = Fleet(self)
        self.listener = Listener(self, "0.0.0.0")
        self.fleet.serve()

    def begin(self, *options):
        self.fleet.agent("here", "--duties", "scan")
        scan = self.fleet.submit(self.TARGETS, "-p", str(self.listener.port), "--rate-per-agent", "100", *options)
        self.fleet.wait_until_probed(scan, 20)
        return scan

    def span(self, seconds):
        now = datetime.datetime.now(UTC)
        form = "%Y-%m-%dT%H:%M:%SZ"
        return ("--from", (now - datetime.timedelta(seconds=5)).strftime(form),
                "--to", (now + datetime.timedelta(seconds=seconds)).strftime(form))

    def test_a_running_scan_pauses_and_goes_on_by_itself(self):
        scan = self.begin()
        self.fleet.cli("blackouts", "add", "backup", *self.span(8))
        time.sleep(2)
        seen = self.listener.count(self.PLACE)
        self.assertLess(seen, self.SIZE)
        time.sleep(2)
        self.assertEqual(self.listener.count(self.PLACE), seen, "probes in a blackout")
        lane, = self.fleet.scan(scan)["lanes"]
        self.assertRegex(lane["pendingReason"], r'^blackout "backup" until 20')
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.demand_whole(scan)

    def test_networks_alone_wait_and_the_rest_is_scanned(self):
        self.fleet.agent("here", "--duties", "scan")
        self.fleet.cli("blackouts", "add", "printers", "--net", "127.48.1.0/24", *self.span(600))
        dry = self.fleet.cli("scans", "submit", self.TARGETS, "-p", "1", "--dry-run")
        self.assertIn('blackout "printers" is in its way', dry.messages)
        scan = self.fleet.submit(self.TARGETS, "-p", str(self.listener.port))
        until(lambda: self.fleet.coverage(scan)["probed"] == self.SIZE - 256, "all but the printers")
        time.sleep(1)
        self.assertEqual(self.listener.count("127.48.1."), 0)
        lane, = self.fleet.scan(scan)["lanes"]
        self.assertIn('blackout "printers"', lane["pendingReason"])
        self.fleet.cli("blackouts", "remove", "printers")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        self.fleet.demand_whole(scan)

    def test_an_admin_may_ignore_it_with_a_reason(self):
        self.fleet.agent("here", "--duties", "scan")
        self.fleet.cli("blackouts", "add", "all", *self.span(600))
        self.fleet.cli("scans", "submit", "127.0.0.1", "-p", "1", "--ignore-blackouts", expect=64)
        scan = self.fleet.submit("127.0.0.1", "-p", "1", "--ignore-blackouts", "--note", "an emergency")
        self.assertEqual(self.fleet.wait_until_over(scan), "done")
        operator = self.fleet.cli("tokens", "add", "api", "--role", "operator").output.strip()
        refused = self.fleet.cli(
            "scans", "submit", "127.0.0.1", "-p", "1", "--ignore-blackouts", "--note", "x", expect=4,
            environment={"PERIPLUS_TOKEN": operator})
        self.assertNotEqual(refused.messages, "")

    def test_a_schedule_waits_for_the_end_or_skips(self):
        self.fleet.agent("here", "--duties", "scan")
        self.fleet.cli("blackouts", "add", "short", *self.span(12))
        for name, manner in (("waits", "wait"), ("skips", "skip")):
            self.fleet.cli(
                "schedules", "add", name, "127.0.0.1", "-p", "1", "--cron", "every 5s", "--time-zone", "UTC",
                "--on-blackout", manner)

        def outcomes(name):
            return [run["outcome"] for run in self.fleet.cli("schedules", "runs", name, "-o", "json").rows]

        until(lambda: "waiting" in outcomes("waits") and "blackout" in outcomes("skips"), "runs in the blackout")
        until(lambda: "ran" in outcomes("waits") and "ran" in outcomes("skips"), "runs after it")


if __name__ == "__main__":
    unittest.main()

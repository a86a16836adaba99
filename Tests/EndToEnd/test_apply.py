"""Configuration as a file: all or nothing, idempotent, and errors that name file and line."""

import unittest

from fleet import Fleet

FILE = """\
# What the lab looks at.
scope:
  - name: lab
    action: allow
    networks: [192.0.2.0/24, 198.51.100.7]
    note: the lab's own addresses
blackouts:
  - name: backup
    cron: "0 1 * * *"
    timeZone: Europe/Berlin
    duration: 90m
    networks:
      - 192.0.2.128/25
schedules:
  - name: nightly
    cron: "30 2 * * 1-5"
    timeZone: Europe/Berlin
    overlap: queue-one
    catchUp: 12h
    jitter: 10m
    scan:
      targets: [192.0.2.0/24]
      ports: 443
      identifies: true
      rate: 500
  - name: hourly
    cron: "@hourly"
    scan:
      targets:
        - 127.0.0.1
      ports: 22,80
"""


class ApplyTests(unittest.TestCase):
    def setUp(self):
        self.fleet = Fleet(self)
        self.fleet.serve()

    def apply(self, text, *options, expect=0):
        return self.fleet.cli("apply", "-f", self.fleet.write("lab.yaml", text), *options, expect=expect)

    def actions(self, answer):
        return {(row["kind"], row["name"]): row["action"] for row in answer.rows}

    def state(self):
        return {noun: self.fleet.cli(noun, "-o", "json").rows for noun in ("scope", "blackouts", "schedules")}

    def test_it_puts_all_in_place_and_again_changes_nothing(self):
        dry = self.apply(FILE, "--dry-run", "-o", "json")
        self.assertEqual(set(self.actions(dry).values()), {"added"})
        self.assertEqual(self.state()["schedules"], [])
        first = self.apply(FILE, "-o", "json")
        self.assertEqual(self.actions(first), self.actions(dry))
        before = self.state()
        # A schedule may need a rule of the same file.
        self.assertEqual({row["name"] for row in before["schedules"]}, {"nightly", "hourly"})
        again = self.apply(FILE, "-o", "json")
        self.assertEqual(set(self.actions(again).values()), {"unchanged"})
        after = self.state()
        for rows in (before, after):
            for row in rows["schedules"]:
                row.pop("nextAt")
        self.assertEqual(before, after)

    def test_a_change_is_shown_and_made(self):
        self.apply(FILE)
        ids = {row["name"]: row["id"] for row in self.state()["schedules"]}
        changed = FILE.replace("30 2 * * 1-5", "30 3 * * 1-5").replace("the lab's own", "our lab's own")
        dry = self.apply(changed, "--dry-run", "-o", "json")
        self.assertEqual(self.actions(dry)[("schedules", "nightly")], "changed")
        nightly, = [row for row in dry.rows if row["name"] == "nightly"]
        self.assertEqual(nightly["differences"], ["cron: 30 2 * * 1-5 -> 30 3 * * 1-5"])
        self.assertEqual(self.actions(self.apply(changed, "-o", "json"))[("scope", "lab")], "changed")
        self.assertEqual({row["name"]: row["id"] for row in self.state()["schedules"]}, ids)

    def test_export_is_what_apply_reads(self):
        self.apply(FILE)
        text = self.fleet.cli("export").output
        answer = self.apply(text, "-o", "json")
        self.assertEqual(set(self.actions(answer).values()), {"unchanged"}, f"{answer.output}\n{text}")
        self.assertIn("duration: 90m", text)
        # On an empty coordinator it is the whole configuration.
        other = Fleet(self)
        other.serve()
        other.cli("apply", "-f", other.write("all.yaml", text))
        self.assertEqual(other.cli("export").output, text)

    def test_nothing_of_a_file_with_a_fault_is_put_in_place(self):
        before = self.state()
        for old, new, line, reason in [
                ("30 2 * * 1-5", "30 25 * * 1-5", 16, "0 to 23"),
                ("timeZone: Europe/Berlin\n    overlap", "timeZone: Mars/Olympus\n    overlap", 17, "Mars/Olympus"),
                ("catchUp: 12h", "catchUp: soon", 19, "expected a span"),
                ("rate: 500", "rate: fast", 25, "whole number"),
                ("rate: 500", "speed: 500", 25, 'no field "speed"'),
                ("identifies: true", "identifies: perhaps", 24, "true or false"),
                ("overlap: queue-one", "overlap: maybe", 18, "not one of"),
                ("targets: [192.0.2.0/24]", "targets: [203.0.113.1]", 22, "no scope rule allows"),
                ("    action: allow\n", "", 3, "action is missing"),
                ("192.0.2.128/25", "nonsense/x", 13, "nonsense"),
                ("schedules:\n", "timetables:\n", 14, 'no kind "timetables"')]:
            text = FILE.replace(old, new)
            self.assertNotEqual(text, FILE, old)
            answer = self.apply(text, expect=None)
            self.assertIn(answer.status, (64, 7), answer.messages)
            self.assertIn(f"lab.yaml:{line}: ", answer.messages, f"{old} -> {new}")
            self.assertIn(reason, answer.messages)
        self.assertEqual(self.state(), before)
        self.assertIn("lab.yaml:2: column 1", self.apply("scope: [", expect=64).messages)

    def test_scope_needs_an_admin(self):
        operator = self.fleet.cli("tokens", "add", "api", "--role", "operator").output.strip()
        self.fleet.cli(
            "apply", "-f", self.fleet.write("lab.yaml", FILE), expect=4, environment={"PERIPLUS_TOKEN": operator})
        self.assertEqual(self.state()["schedules"], [])


if __name__ == "__main__":
    unittest.main()

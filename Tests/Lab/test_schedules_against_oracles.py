"""Coming runs against cronsim and crondst (PyPI), and time zones against Python's zoneinfo.

Where a clock is set by whole hours the two oracles and we must agree to the second. Elsewhere (Lord Howe's half hour,
Chatham's odd minutes) the oracles step over their own feet, and a walk over every minute is the judge."""

import datetime
import os
import pathlib
import random
import subprocess
import tempfile
import unittest
import zoneinfo

from cronsim import CronSim, CronSimError
from crondst import CronDst, CronDstError

UTC = datetime.timezone.utc
EXPRESSIONS = int(os.environ.get("PERIPLUS_CRON_EXPRESSIONS", "4000"))
RUNS = 12
SEED = int(os.environ.get("PERIPLUS_CRON_SEED", "7"))

# Clocks that are set back at a whole hour, and by whole hours.
ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "America/New_York", "America/Los_Angeles",
    "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "Asia/Kolkata", "Asia/Tehran", "Asia/Jerusalem",
    "Asia/Tokyo", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "Africa/Cairo",
    "America/Havana", "America/Nuuk", "Asia/Beirut", "Europe/Chisinau",
]
# Clocks that skip midnight: cronsim begins a day there all the same.
MIDNIGHT = {
    "America/Sao_Paulo", "America/Santiago", "Asia/Tehran", "Africa/Cairo", "America/Havana", "Asia/Beirut"}
DAYS = "SUN MON TUE WED THU FRI SAT".split()
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
FIELDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def binary():
    folder = os.environ.get("PERIPLUS_BIN")
    if not folder:
        raise AssertionError("PERIPLUS_BIN does not name the folder of the built programs")
    return os.path.join(os.path.abspath(folder), "periplus")


def answers(questions):
    """What `schedules next --batch` says to (count, from, zone, expression), a list of times or the refusal each."""
    with tempfile.TemporaryDirectory(prefix="pp-cron-") as folder:
        path = os.path.join(folder, "questions")
        with open(path, "w", encoding="utf-8") as file:
            for count, start, zone, expression in questions:
                file.write(f"{count} {start} {zone} {expression}\n")
        done = subprocess.run(
            [binary(), "schedules", "next", "--batch", path], capture_output=True, text=True, timeout=500, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    lines = done.stdout.split("\n")[:-1]
    if len(lines) != len(questions):
        raise AssertionError(f"{len(lines)} answers to {len(questions)} questions")
    return [
        line if line.startswith("refused: ")
        else [datetime.datetime.fromisoformat(word) for word in line.split()] for line in lines]


def item(draw, field, extensions):
    low, high = FIELDS[field]
    kind = draw.random()
    if extensions and field == 2 and kind < 0.05:
        return "L"
    if extensions and field == 4 and kind < 0.1:
        return draw.choice([f"{draw.randint(0, 7)}L", f"{draw.randint(0, 7)}#{draw.randint(1, 5)}"])
    if kind < 0.5:
        if field == 3 and draw.random() < 0.3:
            return draw.choice(MONTHS)
        if field == 4 and draw.random() < 0.3:
            return draw.choice(DAYS)
        return str(draw.randint(low, high))
    first = draw.randint(low, high)
    last = draw.randint(first, high)
    if kind < 0.75:
        return f"{first}-{last}"
    step = draw.randint(1, high)
    # cronsim takes 5-5/2 for 5/2.
    return f"{first}-{last}/{step}" if kind < 0.9 and first < last else f"{first}/{step}"


def expression(draw, extensions=False):
    """Hours are drawn from the small ones often, because clocks are set there."""
    fields = []
    for field in range(5):
        kind = draw.random()
        if kind < (0.15, 0.2, 0.55, 0.65, 0.55)[field]:
            fields.append("*")
        elif kind < (0.3, 0.3, 0.65, 0.7, 0.65)[field]:
            fields.append(f"*/{draw.randint(1, FIELDS[field][1])}")
        elif field == 1 and kind < 0.8:
            fields.append(str(draw.randint(0, 4)))
        else:
            fields.append(",".join(item(draw, field, extensions) for _ in range(draw.choice([1, 1, 1, 2, 3]))))
    return " ".join(fields)


def changes(zone, years=range(2015, 2036)):
    """Instants just about which the zone's clock is set."""
    info = zoneinfo.ZoneInfo(zone)
    found = []
    hour = datetime.timedelta(hours=1)
    time = datetime.datetime(years[0], 1, 1, tzinfo=UTC)
    end = datetime.datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    day = datetime.timedelta(days=1)
    while time < end:
        if info.utcoffset(time.astimezone(info)) != info.utcoffset((time + day).astimezone(info)):
            moment = time
            while info.utcoffset(moment.astimezone(info)) == info.utcoffset((moment + hour).astimezone(info)):
                moment += hour
            found.append(moment)
        time += day
    return found


def is_ambiguous(moment):
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def oracle_runs(oracle, text, start, count):
    """Up to so many runs; None where the oracle refuses the expression."""
    try:
        source = CronSim(text, start) if oracle == "cronsim" else CronDst(text.lower()).iter(start)
        found = []
        for _ in range(count):
            try:
                found.append(next(source))
            except StopIteration:
                break
        return found
    except (CronSimError, CronDstError):
        return None


class ExpressionTests(unittest.TestCase):
    def questions(self, count, zones, extensions=False):
        draw = random.Random(SEED + extensions)
        moments = {zone: changes(zone) or [datetime.datetime(2027, 1, 1, tzinfo=UTC)] for zone in zones}
        asked = []
        for _ in range(count):
            zone = draw.choice(zones)
            # Within two days before a change, most of them, so that the next runs meet it.
            start = draw.choice(moments[zone]) + datetime.timedelta(minutes=draw.randint(-2880, 180))
            local = start.astimezone(zoneinfo.ZoneInfo(zone))
            # Which of two equal hours is meant, no oracle can be told in the same way.
            if is_ambiguous(local):
                start -= datetime.timedelta(hours=3)
            asked.append((RUNS, start.strftime("%Y-%m-%dT%H:%M:%SZ"), zone, expression(draw, extensions)))
        return asked

    def compare(self, oracle, asked):
        agreed = refused = 0
        for (count, start, zone, text), ours in zip(asked, answers(asked)):
            moment = datetime.datetime.fromisoformat(start).astimezone(zoneinfo.ZoneInfo(zone))
            theirs = oracle_runs(oracle, text, moment, count)
            question = f"{oracle}: '{text}' in {zone} after {start}"
            if theirs is None and oracle == "crondst" and oracle_runs("cronsim", text, moment, 1):
                # It takes every day of a month for a day that a short month has not.
                refused += 1
                continue
            if theirs is None:
                self.assertIsInstance(ours, str, f"{question}: it refuses, we say {ours}")
                refused += 1
                continue
            if isinstance(ours, str):
                # An oracle finds no run in fifty years where we say beforehand that there is none.
                self.assertEqual(theirs, [], f"{question}: {ours}")
                refused += 1
                continue
            theirs = [time.astimezone(UTC) for time in theirs]
            ours = [time.astimezone(UTC) for time in ours]
            # The oracles look fifty years ahead, we to the year 9999.
            self.assertEqual(ours[:len(theirs)], theirs, question)
            agreed += 1
        return agreed, refused

    def test_cronsim_agrees(self):
        agreed, _ = self.compare("cronsim", self.questions(
            EXPRESSIONS, [zone for zone in ZONES if zone not in MIDNIGHT], extensions=True))
        self.assertGreater(agreed, EXPRESSIONS * 0.9)

    def test_crondst_agrees(self):
        agreed, _ = self.compare("crondst", self.questions(EXPRESSIONS, ZONES))
        self.assertGreater(agreed, EXPRESSIONS * 0.9)

    def test_every_minute_is_the_judge_of_odd_clocks(self):
        """Lord Howe's half hour, Samoa's lost day, Caracas, Pyongyang and Troll: a walk over all minutes, by Debian's rule."""
        draw = random.Random(SEED)
        cases = [
            ("Australia/Lord_Howe", "2027-04-03T00:00:00Z"), ("Australia/Lord_Howe", "2027-10-01T12:00:00Z"),
            ("Pacific/Apia", "2011-12-29T00:00:00Z"), ("America/Caracas", "2007-12-08T12:00:00Z"),
            ("America/Caracas", "2016-04-30T12:00:00Z"), ("Asia/Pyongyang", "2015-08-14T00:00:00Z"),
            ("Antarctica/Troll", "2027-03-27T12:00:00Z"), ("Antarctica/Troll", "2027-10-30T12:00:00Z"),
            ("America/Havana", "2027-03-13T00:00:00Z"), ("Asia/Tehran", "2015-03-20T12:00:00Z"),
            ("Pacific/Chatham", "2027-04-03T00:00:00Z"), ("Asia/Gaza", "2026-03-27T00:00:00Z"), ("Europe/Berlin", "2027-10-30T12:00:00Z"),
            ("Europe/Berlin", "2027-03-27T12:00:00Z"), ("Africa/Casablanca", "2027-02-06T12:00:00Z"),
        ]
        asked = []
        for zone, start in cases:
            for _ in range(25):
                hour = draw.choice(["*", "*/2", "1", "2", "0,1,2", "1-3", "23,0"])
                minute = draw.choice(["*/15", "0", "15,45", "30", "10-50/20"])
                asked.append((500, start, zone, f"{minute} {hour} * * *"))
        for question, ours in zip(asked, answers(asked)):
            _, start, zone, text = question
            begin = datetime.datetime.fromisoformat(start)
            end = begin + datetime.timedelta(days=3)
            expected = self.walk(text, zoneinfo.ZoneInfo(zone), begin, end)
            self.assertEqual([time.astimezone(UTC) for time in ours if time <= end], expected, question)

    def walk(self, text, zone, begin, end):
        minutes, hours = (self.values(field, index) for index, field in enumerate(text.split()[:2]))
        follows = any(field.startswith("*") for field in text.split()[:2])
        minute = datetime.timedelta(minutes=1)
        found = []
        moment = begin + minute
        before = begin.astimezone(zone).replace(tzinfo=None)
        highest = before
        while moment <= end:
            local = moment.astimezone(zone).replace(tzinfo=None)
            if follows:
                fits = local.minute in minutes and local.hour in hours
            else:
                # Every local minute that passes now for the first time, those that are skipped too.
                passing = []
                step = highest + minute
                while step <= local:
                    passing.append(step)
                    step += minute
                fits = any(step.minute in minutes and step.hour in hours for step in passing)
                highest = max(highest, local)
            if fits:
                found.append(moment)
            moment += minute
        return found

    @staticmethod
    def values(field, index):
        low, high = FIELDS[index]
        found = set()
        for part in field.split(","):
            span, _, step = part.partition("/")
            first, last = (low, high) if span == "*" else (
                map(int, span.split("-")) if "-" in span else (int(span), int(span)))
            found.update(range(first, last + 1, int(step or 1)))
        return found


class TimeZoneTests(unittest.TestCase):
    def test_every_zone_is_as_python_reads_it(self):
        """From 1970 to 2100: each change that we tell is one, and between two of them nothing changes, looked at every other day."""
        begin, end = datetime.datetime(1970, 1, 1, tzinfo=UTC), datetime.datetime(2100, 1, 1, tzinfo=UTC)
        # Many names are one zone: the same octets need one look, but every name is read.
        seen = {}
        names = sorted(zoneinfo.available_timezones() - {"localtime"})
        self.assertGreater(len(names), 400)
        folder = pathlib.Path(os.environ.get("TZDIR", "/usr/share/zoneinfo"))
        for name in names:
            octets = (folder / name).read_bytes() if (folder / name).is_file() else name.encode()
            if octets in seen:
                continue
            seen[octets] = name
            self.check(name, begin, end)
        print(f"{len(seen)} different zones of {len(names)}", end=" ", flush=True)

    def check(self, name, begin, end):
        done = subprocess.run(
            [binary(), "schedules", "clock", name, "--from", "1970-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z",
             "-o", "csv", "--columns", "at,offsetSeconds", "--no-headers"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")
        zone = zoneinfo.ZoneInfo(name)

        def offset(time):
            return int(time.astimezone(zone).utcoffset().total_seconds())

        current, second = offset(begin), datetime.timedelta(seconds=1)
        points = []
        for line in done.stdout.splitlines():
            at, told = line.split(",")
            at = datetime.datetime.fromisoformat(at)
            self.assertEqual(offset(at), int(told), f"{name} at {at}")
            self.assertEqual(offset(at - second), current, f"{name} before {at}")
            current = int(told)
            points.append((at, current))
        # Nothing that Python sees is missing.
        index, told, step, time = 0, offset(begin), datetime.timedelta(days=2), begin
        while time < end:
            while index < len(points) and points[index][0] <= time:
                told = points[index][1]
                index += 1
            if offset(time) != told:
                self.fail(f"{name}: {offset(time)} at {time}, we say {told}")
            time += step


class CommandTests(unittest.TestCase):
    def run_next(self, *arguments, expect=0, environment=None):
        done = subprocess.run(
            [binary(), "schedules", "next", *arguments], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def test_one_time_a_line(self):
        done = self.run_next("30 2 * * *", "--time-zone", "Europe/Berlin", "--from", "2027-03-27T00:00:00Z", "-n", "2")
        self.assertEqual(done.stdout, "2027-03-27T02:30:00+01:00\n2027-03-28T03:00:00+02:00\n")

    def test_refusals_name_the_place_and_end_with_usage(self):
        for text, reason in [
                ("0 0 30 2 *", "no such day"), ("*/0 * * * *", "step of 0"), ("@reboot", "no time"),
                ("0 25 * * *", "hour"), ("1 2 3", "3 fields")]:
            self.assertIn(reason, self.run_next(text, expect=64).stderr)
        self.assertIn(
            "is no time zone", self.run_next("@daily", "--time-zone", "../../etc/passwd", expect=64).stderr)
        self.assertIn("not there", self.run_next(
            "@daily", "--time-zone", "Mars/Olympus", expect=64).stderr.replace("No such file", "not there"))

    def test_the_folder_of_TZDIR_is_read(self):
        with tempfile.TemporaryDirectory(prefix="pp-zones-") as folder:
            pathlib.Path(folder, "Home").write_bytes(pathlib.Path("/usr/share/zoneinfo/Asia/Kolkata").read_bytes())
            done = self.run_next(
                "0 12 * * *", "--time-zone", "Home", "--from", "2027-01-01T00:00:00Z", "-n", "1",
                environment={"TZDIR": folder})
            self.assertEqual(done.stdout, "2027-01-01T12:00:00+05:30\n")

    def test_the_caller_s_own_clock_is_the_default(self):
        done = self.run_next("0 12 * * *", "--from", "2027-01-01", "-n", "1", environment={"TZ": "America/New_York"})
        self.assertEqual(done.stdout, "2027-01-01T12:00:00-05:00\n")


if __name__ == "__main__":
    unittest.main()

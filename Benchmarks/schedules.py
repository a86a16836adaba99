#!/usr/bin/env python3
"""What schedules cost: the next 1,000 runs of expressions, and a coordinator with 10,000 schedules.

    PERIPLUS_BIN=.build/release python3 Benchmarks/schedules.py [--schedules 10000] [--seconds 30] [--only runs,tick]

The bounds are 10 ms for 1,000 runs of any expression, and 50 ms for a look at what is due (a tick).
"""

import argparse
import json
import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(os.environ.get("PERIPLUS_BIN", ".build/release"))
EXPRESSIONS = [
    "* * * * *", "*/7 3 * * *", "30 2 * * *", "0 0 29 2 *", "0 0 29 2 */5", "0 0 31 12 *", "15,45 1-3 L * *",
    "0 0 * * 5#5", "0 0 1 1 *", "59 23 * 2 1L", "every 15m",
]
ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "America/New_York"]


def batch(lines):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        start = time.perf_counter()
        done = subprocess.run(
            [os.path.join(BIN, "periplus"), "schedules", "next", "--batch", file.name], capture_output=True, text=True,
            check=True)
        return time.perf_counter() - start, done.stdout


def runs():
    """The difference between many answers of 1,000 runs and as many of none is what the runs cost, printing included."""
    print(f"{'expression':22}{'zone':24}{'1,000 runs':>12}")
    repeats, worst = 20, 0.0
    for expression in EXPRESSIONS:
        for zone in ZONES:
            question = f"2027-01-01T00:00:00Z {zone} {expression}"
            empty = min(batch([f"0 {question}"] * repeats)[0] for _ in range(3))
            full = min(batch([f"1000 {question}"] * repeats)[0] for _ in range(3))
            cost = (full - empty) / repeats * 1_000
            if cost > worst:
                worst = cost
                print(f"{expression:22}{zone:24}{cost:9.2f} ms")
    print(f"the dearest of {len(EXPRESSIONS) * len(ZONES)}: {worst:.2f} ms, bound 10 ms", flush=True)
    return worst <= 10


class Coordinator:
    def __init__(self, folder):
        self.folder = folder
        self.database = os.path.join(folder, "p.sqlite")
        self.socket = os.path.join(folder, "s")

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(BIN, "periplus"), "serve", "--listen", "127.0.0.1:0", "--database", self.database, "--socket",
             self.socket], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            match = re.search(r"listening on http://\S+:(\d+)", line)
            if match:
                self.port = int(match[1])
                break
        done = subprocess.run(
            [os.path.join(BIN, "periplus"), "tokens", "add", "api", "--role", "admin", "--local", "--socket",
             self.socket], capture_output=True, text=True, check=True)
        self.token = done.stdout.strip()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(
            method, path, None if body is None else json.dumps(body),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        if response.status >= 300:
            raise SystemExit(f"{method} {path}: {response.status} {text}")
        return text

    def ticks(self):
        """Looks at what was due, and the seconds they took, since the start."""
        text = self.request("GET", "/metrics")
        return tuple(
            float(re.search(rf"^periplus_schedule_look_seconds_{name} (\S+)$", text, re.M)[1]) for name in ("count", "sum"))

    def slowest(self):
        """The upper bound of the bucket that holds the slowest."""
        text = self.request("GET", "/metrics")
        total = self.ticks()[0]
        for bound, count in re.findall(r'^periplus_schedule_look_seconds_bucket\{le="([^"]+)"\} (\S+)$', text, re.M):
            if float(count) >= total:
                return bound
        return "?"


def tick(count, seconds):
    with tempfile.TemporaryDirectory(prefix="pp-schedules-") as folder:
        coordinator = Coordinator(folder)
        coordinator.start()
        scan = {"targets": ["10.0.0.0/30"], "ports": "80"}
        coordinator.request("POST", "/api/v1/schedules", {
            "name": "first", "cron": "30 2 * * *", "timeZone": "Europe/Berlin", "scan": scan})
        coordinator.stop()
        # The rest beside it in the database: a few each minute of an hour, the others once a day.
        database = sqlite3.connect(coordinator.database)
        columns = [row[1] for row in database.execute("PRAGMA table_info(schedule)") if row[1] != "id"]
        first = dict(zip(columns, database.execute(f"SELECT {', '.join(columns)} FROM schedule").fetchone()))
        rows = []
        for number in range(1, count):
            row = dict(first, name=f"s{number}")
            row["expression"] = f"{number % 60} * * * *" if number % 20 == 0 else f"{number % 60} {number % 24} * * *"
            rows.append(tuple(row[column] for column in columns))
        database.executemany(
            f"INSERT INTO schedule({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        database.commit()
        database.close()
        start = time.perf_counter()
        coordinator.start()
        # The start looks at every one, a batch after the other.
        last = (-1.0, 0.0)
        while True:
            now = coordinator.ticks()
            if now[0] > 20 and now[0] - last[0] <= 2:
                break
            last = now
            time.sleep(1)
        print(f"{count} schedules looked at after {time.perf_counter() - start:.1f} s; one look took at most {coordinator.slowest()} s")
        before = coordinator.ticks()
        time.sleep(seconds)
        after = coordinator.ticks()
        looks, spent = after[0] - before[0], after[1] - before[1]
        mean = spent / looks * 1_000
        print(f"{looks:.0f} looks in {seconds} s: {mean:.2f} ms each, bound 50 ms; since the start at most {coordinator.slowest()} s")
        slowest = burst(coordinator, columns, first)
        coordinator.stop()
        return mean <= 50 and slowest <= 0.05


def burst(coordinator, columns, first, count=1_000):
    """All that are due in the same minute: a scan each."""
    coordinator.stop()
    database = sqlite3.connect(coordinator.database)
    database.executemany(
        f"INSERT INTO schedule({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [tuple(dict(first, name=f"b{number}", expression="* * * * *", cursor=int(time.time() * 1_000))[column]
               for column in columns) for number in range(count)])
    database.commit()
    coordinator.start()
    question = "SELECT slot, count(*) FROM schedule_slot WHERE scan_id IS NOT NULL GROUP BY slot ORDER BY 2 DESC LIMIT 1"
    due, rows, end = 0, 0, time.time() + 120
    while rows < count and time.time() < end:
        time.sleep(0.1)
        due, rows = database.execute(question).fetchone() or (0, 0)
    took = time.time() - due / 1_000
    database.close()
    slowest = coordinator.slowest()
    print(f"{count} due at once: {rows} have their scan {took:.1f} s later; one look took at most {slowest} s")
    return float(slowest) if slowest != "?" else 99.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--only", default="runs,tick")
    options = parser.parse_args()
    good = True
    if "runs" in options.only:
        good = runs() and good
    if "tick" in options.only:
        good = tick(options.schedules, options.seconds) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Two scans with services compared, each of a million endpoints.

    PERIPLUS_BIN=.build/release python3 Benchmarks/comparisons.py [--endpoints 1000000] [--repeats 5]

The chart is made as by chart.py; both scans looked at all of it from one zone, and in that zone the services of one endpoint in 500 became
others in between. What is timed is the command, `periplus diff scan:1..scan:2 -o ndjson`: of what differs, and with every endpoint listed.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import chart

ZONE = 1


def command(coordinator, *words, **options):
    return subprocess.run([os.path.join(chart.BIN, "periplus"), *words, "--socket", coordinator.socket], check=True, **options)


def submit(folder, path, hosts):
    """Two scans of all addresses that the chart has, in the zone `default`."""
    coordinator = chart.Coordinator(folder, path)
    try:
        for _ in range(2):
            command(coordinator, "scans", "submit", f"10.0.0.0/{32 - (hosts - 1).bit_length()}", "-p", "1-65535", "-sV", "--zone", "default", "-o", "json",
                    stdout=subprocess.DEVNULL)
    finally:
        coordinator.stop()


def finish(path):
    """Both scans as if agents had looked at everything; returns how many services became others in between."""
    now = int(time.time() * 1000)
    seen, changed = now - 2_200, now - 1_200
    with sqlite3.connect(path) as database:
        for scan, ended in ((1, now - 2_000), (2, now - 1_000)):
            hosts, ports = database.execute("SELECT host_count, port_count FROM scan WHERE id = ?", (scan,)).fetchone()
            probes = (int.from_bytes(hosts, "big") * ports).to_bytes(len(hosts), "big")
            database.execute("UPDATE lane SET probed = ?, state = 'done' WHERE scan_id = ?", (probes, scan))
            database.execute("UPDATE scan SET state = 'done', created_at = ?, started_at = ?, finished_at = ? WHERE id = ?",
                             (ended - 450, ended - 400, ended, scan))
        database.execute(
            "INSERT INTO host_view(site_id, scope, address, zone_id, is_self_view, state, first_seen, last_seen, first_at, last_at, has_past,"
            " agent_id) SELECT site_id, scope, address, zone_id, 0, 'up', min(first_seen), max(last_seen), min(first_seen), max(last_seen), 0, 1"
            " FROM endpoint WHERE zone_id IS NOT NULL AND first_seen IS NOT NULL GROUP BY site_id, scope, address, zone_id")
        chosen = (f"SELECT endpoint_id FROM endpoint_service WHERE zone_id = {ZONE} AND endpoint_id % 500 < 15"
                  " AND endpoint_id IN (SELECT id FROM endpoint WHERE state = 1)")
        database.execute(
            "INSERT INTO service_run(endpoint_id, zone_id, first_at, last_at, until_at, name, product, confidence, agent_id)"
            f" SELECT endpoint_id, zone_id, since, ?2, ?1, 'echo', 'Other', 'certain', 1 FROM endpoint_service"
            f" WHERE zone_id = {ZONE} AND endpoint_id IN ({chosen})", (changed, seen))
        return database.execute(
            f"UPDATE endpoint_service SET since = ?1, observed_at = ?1, has_past = 1 WHERE zone_id = {ZONE} AND endpoint_id IN ({chosen})",
            (changed,)).rowcount


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoints", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERIPLUS_SCRATCH")) as folder:
        path = os.path.join(folder, "p.sqlite")
        chart.Coordinator(folder, path).stop()
        chart.generate(path, options.endpoints)
        submit(folder, path, options.endpoints // chart.PER_HOST)
        changed = finish(path)
        coordinator = chart.Coordinator(folder, path)
        try:
            for what, words in (("what differs", []), ("every endpoint", ["--kind", "unchanged,service"])):
                times = []
                for _ in range(options.repeats):
                    began = time.monotonic()
                    with open(os.path.join(folder, "out"), "wb") as out:
                        command(coordinator, "diff", "scan:1..scan:2", *words, "-o", "ndjson", stdout=out)
                    times.append(time.monotonic() - began)
                print(f"{what}: median {statistics.median(times):.2f} s, least {min(times):.2f}, most {max(times):.2f}", flush=True)
            kinds = {}
            with open(os.path.join(folder, "out"), encoding="utf-8") as rows:
                for line in rows:
                    kind = json.loads(line)["change"]
                    kinds[kind] = kinds.get(kind, 0) + 1
            print(f"{changed} services became others; rows {kinds}; memory at most {coordinator.memory():.0f} MiB", flush=True)
        finally:
            coordinator.stop()


if __name__ == "__main__":
    sys.exit(main())

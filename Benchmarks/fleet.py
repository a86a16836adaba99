#!/usr/bin/env python3
"""The coordinator under a fleet: 10,000 agents at their rounds, as fast as it goes, after a restart, and with open endpoints alone, first and again.

    PERIPLUS_BIN=.build/release python3 Benchmarks/fleet.py [--agents 10000] [--seconds 60] [--tls] [--only submit,rounds,rate,restart,ingest,again]

The coordinator and fleet-load (which plays the agents, open loop, in one thread) share this machine. Agents are put into the
database beforehand; everything else goes over real sockets.
"""

import argparse
import hashlib
import http.client
import json
import os
import re
import resource
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

BIN = os.path.abspath(os.environ.get("PERIPLUS_BIN", ".build/release"))


class Coordinator:
    def __init__(self, folder, tls):
        self.folder = folder
        self.database = os.path.join(folder, "p.sqlite")
        self.port = 0
        self.options = []
        if tls:
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
            self.options = ["--tls-cert", certificate, "--tls-key", key]

    def start(self):
        self.process = subprocess.Popen(
            [os.path.join(BIN, "periplus"), "serve", "--listen", f"127.0.0.1:{self.port}", "--database", self.database,
             "--socket", os.path.join(self.folder, "s"), *self.options], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            match = re.search(r"listening on https?://\S+:(\d+)", line)
            if match:
                self.port = int(match[1])
                break
        os.set_blocking(self.process.stderr.fileno(), False)

    def stop(self, kind=signal.SIGTERM):
        self.process.send_signal(kind)
        self.process.wait(60)

    def memory(self):
        """MiB resident now and at most."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            text = file.read()
        return tuple(int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024 for name in ("VmRSS", "VmHWM"))

    def processor(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cli(self, *arguments):
        done = subprocess.run(
            [os.path.join(BIN, "periplus"), *arguments, "--socket", os.path.join(self.folder, "s")],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"periplus {' '.join(arguments)}: {done.stderr}")
        return done.stdout


def prepare(coordinator, count):
    """Enrols `count` agents straight in the database; returns the file with their secrets."""
    coordinator.start()
    coordinator.stop()
    path = os.path.join(coordinator.folder, "secrets")
    database = sqlite3.connect(coordinator.database)
    with open(path, "w", encoding="ascii") as file, database:
        for number in range(count):
            secret = "ppg_" + secrets.token_urlsafe(32)
            file.write(secret + "\n")
            database.execute(
                "INSERT INTO agent(name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,"
                " operating_system, enrolled_at) VALUES (?, 1, 1, 'i', ?, '[\"scan\"]', '[]', '1', ?, 'Linux', 0)",
                (f"agent-{number}", hashlib.sha256(secret.encode()).digest(), f"host-{number}"))
    database.close()
    return path


def play(coordinator, secrets_file, *options):
    done = subprocess.run(
        [os.path.join(BIN, "FleetLoad"), f"127.0.0.1:{coordinator.port}", "--secrets", secrets_file, *options],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"fleet-load: {done.stderr}")
    return json.loads(done.stdout)


def show(name, seen, extra=""):
    kinds = ", ".join(f"{kind} {row['count']} (p99 {row['p99']} ms)" for kind, row in seen["kinds"].items())
    print(f"{name}: {seen['perSecond']:.0f}/s; p50 {seen['all']['p50']} ms, p99 {seen['all']['p99']} ms, max {seen['all']['max']} ms"
          f"{extra}\n  {kinds}\n  {seen['statuses']} without Retry-After {seen['withoutRetryAfter']}, faults {seen['faults']}", flush=True)


def ask(coordinator, path, fields=None):
    """One POST over the Unix socket: what was answered, and the seconds it took."""
    connection = http.client.HTTPConnection("c")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(os.path.join(coordinator.folder, "s"))
    began = time.monotonic()
    connection.request("POST", path, json.dumps(fields) if fields else None, {"Content-Type": "application/json"} if fields else {})
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.monotonic() - began
    connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{path}: {answer.status} {text}")
    return text, seconds


def submit(coordinator, agents, count=101):
    """Scans of 10.0.0.0/8 and all ports: time of the request alone, growth of the database's file and of memory."""
    fields = {"targets": ["10.0.0.0/8"], "ports": "-", "isConfirmed": True}
    before, memory = size(coordinator), coordinator.memory()[0]
    times = []
    for _ in range(count):
        text, seconds = ask(coordinator, "/api/v1/scans", fields)
        times.append(seconds)
        ask(coordinator, f"/api/v1/scans/{json.loads(text)['scan']['id']}/cancel")
    times.sort()
    print(f"submit of 10.0.0.0/8 x all ports, {agents} agents: median {times[count // 2] * 1e3:.1f} ms, slowest {times[-1] * 1e3:.1f};"
          f" {(size(coordinator) - before) / count / 1024:.2f} KiB of database each; memory {memory:.0f} MiB before,"
          f" {coordinator.memory()[0]:.0f} after {count}", flush=True)


def size(coordinator):
    """Octets of the database's file with nothing left in its log."""
    database = sqlite3.connect(coordinator.database, timeout=10)
    while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        time.sleep(0.1)
    pages, octets = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    database.close()
    return pages * octets


def ingest(options, order, tls):
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERIPLUS_SCRATCH")) as folder:
        coordinator = Coordinator(folder, options.tls)
        secrets_file = prepare(coordinator, 4)
        coordinator.start()
        try:
            coordinator.cli("scans", "submit", "10.0.0.0/8", "-p", "1-100")
            seen = play(coordinator, secrets_file, "--mode", "ingest", "--order", order, *tls)
            print(f"open sightings, {order}: {seen['perSecond']:.0f}/s; {seen['sightings']} in {seen['chunks']} chunks of 4 agents,"
                  f" p50 {seen['p50']} ms, p99 {seen['p99']} ms a chunk; {coordinator.processor():.1f} s CPU,"
                  f" at most {coordinator.memory()[1]:.0f} MiB; faults {seen['faults']}", flush=True)
        finally:
            coordinator.stop()


def again(options, order, tls, count=24):
    """Scans of the same 102,400 open endpoints in turn. Agents are given a part of it each, so that all is known only after some."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERIPLUS_SCRATCH")) as folder:
        coordinator = Coordinator(folder, options.tls)
        secrets_file = prepare(coordinator, 12)
        coordinator.start()
        try:
            runs, sizes = [], []
            for _ in range(count):
                coordinator.cli("scans", "submit", "10.0.0.0/22", "-p", "1-100")
                used = coordinator.processor()
                seen = play(coordinator, secrets_file, "--mode", "ingest", "--order", order, "--endpoints", "25600", *tls)
                runs.append((seen["sightings"], seen["sightings"] / seen["perSecond"], coordinator.processor() - used))
                sizes.append(size(coordinator))

            def told(part):
                sightings, seconds, used = (sum(run[column] for run in part) for column in range(3))
                return sightings / seconds, f"{sightings / seconds:.0f}/s, {1e6 * used / sightings:.2f} us of processor each"

            (first, of_first), (known, of_known) = told(runs[:1]), told(runs[count // 2:])
            grown = (sizes[-1] - sizes[count // 2 - 1]) / (count - count // 2)
            print(f"scans again, {order}: the first {of_first}; the last {count - count // 2} {of_known}: {known / first:.2f} times;"
                  f" the file grows by {100 * grown / sizes[-1]:.2f} % a scan, to {sizes[-1] / 1024:.0f} KiB", flush=True)
        finally:
            coordinator.stop()


def lost_leases(coordinator, killed_at=None):
    """Leases that ended without a last word; apart from them those whose grant was not told: granted within the second before
    the coordinator was killed, in milliseconds, with no chunk, and ended by their agents' asking again."""
    database = sqlite3.connect(f"file:{coordinator.database}?mode=ro", uri=True)
    lost, untold = database.execute(
        """
        SELECT count(*), coalesce(sum(granted_at BETWEEN :killed - 1000 AND :killed
          AND NOT EXISTS (SELECT 1 FROM chunk WHERE job_id = lease.job_id AND epoch = lease.epoch)
          AND EXISTS (SELECT 1 FROM lease AS next WHERE next.agent_id = lease.agent_id AND next.granted_at = lease.ended_at)), 0)
        FROM lease WHERE ended_at IS NOT NULL AND outcome IS NULL
        """, {"killed": killed_at}).fetchone()
    database.close()
    return lost if killed_at is None else f"{lost - untold}, and {untold} granted as the coordinator was killed, before it could say so"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--only", default="submit,rounds,rate,restart,ingest")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    wanted = options.only.split(",")
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERIPLUS_SCRATCH")) as folder:
        coordinator = Coordinator(folder, options.tls)
        secrets_file = prepare(coordinator, options.agents)
        tls = ["--tls"] if options.tls else []
        coordinator.start()
        try:
            if "submit" in wanted:
                submit(coordinator, options.agents)
            coordinator.cli("scans", "submit", "10.0.0.0/8", "-p", "1-4")
            if "rounds" in wanted:
                began = coordinator.processor()
                seen = play(coordinator, secrets_file, "--seconds", str(options.seconds), *tls)
                now, most = coordinator.memory()
                show(f"rounds of 30 s, {options.agents} agents{' over TLS' if tls else ''}", seen,
                     f"; coordinator {coordinator.processor() - began:.1f} s CPU, {now:.0f} MiB, at most {most:.0f};"
                     f" leases lost {lost_leases(coordinator)}")
            if "rate" in wanted:
                few = os.path.join(folder, "few")
                with open(secrets_file, encoding="ascii") as source, open(few, "w", encoding="ascii") as target:
                    target.writelines(source.readlines()[:256])
                livez = play(coordinator, few, "--seconds", "10", "--mode", "get", *tls)
                closed = play(coordinator, few, "--seconds", "10", "--mode", "closed", *tls)
                show("/livez, 256 at once", livez)
                show("lease and finish, 256 at once", closed, f"; {closed['perSecond'] / livez['perSecond']:.2f} x /livez")
            if "restart" in wanted:
                player = subprocess.Popen(
                    [os.path.join(BIN, "FleetLoad"), f"127.0.0.1:{coordinator.port}", "--secrets", secrets_file,
                     "--seconds", str(options.seconds + 60), *tls], stdout=subprocess.PIPE, text=True)
                began = time.monotonic()
                time.sleep(options.seconds / 2)
                killed_at = int(time.time() * 1000)
                coordinator.stop(signal.SIGKILL)
                time.sleep(5)
                coordinator.start()
                restarted = time.monotonic() - began
                output = player.communicate()[0]
                seen = json.loads(output)
                show(f"killed after {options.seconds / 2:.0f} s, started 5 s later", seen,
                     f"; listening again at {restarted:.1f} s, last 429 or 503 at {seen['lastRefusalAt']} s, last answer later than 1 s"
                     f" at {seen['lastLateAt']} s; {coordinator.memory()[0]:.0f} MiB, at most {coordinator.memory()[1]:.0f};"
                     f" leases lost {lost_leases(coordinator, killed_at)}")
        finally:
            coordinator.stop()
    for order in ["host-major", "port-major"] if "ingest" in wanted else []:
        ingest(options, order, tls)
    for order in ["host-major", "port-major"] if "again" in wanted else []:
        again(options, order, tls)


if __name__ == "__main__":
    sys.exit(main())

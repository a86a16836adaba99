#!/usr/bin/env python3
"""Connections per CPU second of the engine beside its peers, on the loopback of a namespace of this script's own.

    PERIPLUS_BIN=.build/release python3 Benchmarks/engine.py [--rounds 5] [--cscan PATH/TO/cscan.c]

All 65,535 ports of 127.0.0.1, 200 of them open. Every round runs every program once, in turn, so that the load of the
machine falls on all of them alike; medians are compared. CPU is user and system time of the program alone.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "Lab"))
from namespaces import Namespace, agent, tool  # noqa: E402

PORTS = 65535
OPEN = 200

LISTENERS = """
import select, signal, socket, sys
poll = select.epoll()
kept = {}
for number in range(%d):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Below the ephemeral ports, so that no scanner's own source port is in the way.
    listener.bind(("127.0.0.1", 2000 + number * 150))
    listener.listen(1024)
    listener.setblocking(False)
    kept[listener.fileno()] = listener
    poll.register(listener, select.EPOLLIN)
print("ready", flush=True)
while True:
    for descriptor, _ in poll.poll():
        try:
            while True:
                kept[descriptor].accept()[0].close()
        except OSError:
            pass
""" % OPEN


def measure(namespace, command, count_open):
    """Wall and CPU seconds of a command, and how many open ports it found."""
    began = time.monotonic()
    process = subprocess.Popen(
        namespace.command(*command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    out = process.stdout.read()
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, count_open(out)


def open_table(out):
    return len(re.findall(r"^127\.0\.0\.1 +\d+/tcp +open", out, re.MULTILINE))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cscan", help="cscan.c: a bare epoll scanner in C, compiled to a temporary folder")
    options = parser.parse_args()

    def open_rows(out):
        return sum(json.loads(line)["state"] == "open" for line in out.splitlines())

    def open_nmap(out):
        return len(re.findall(r"^\d+/tcp +open", out, re.MULTILINE))

    def open_cscan(out):
        return int(re.search(r" open (\d+)", out).group(1))

    nmap = [tool("nmap"), "-sT", "-n", "-Pn", "-p1-65535", "127.0.0.1"]
    programs = {
        "periplus-agent scan": ([agent(), "scan", "127.0.0.1", "-p-", "-o", "ndjson"], open_rows),
        "periplus-agent scan, table": ([agent(), "scan", "127.0.0.1", "-p-"], open_table),
        "nmap -sT -T4": (nmap + ["-T4"], open_nmap),
        "nmap -sT -T5": (nmap + ["-T5"], open_nmap),
    }
    with tempfile.TemporaryDirectory() as folder:
        if options.cscan:
            built = os.path.join(folder, "cscan")
            subprocess.run([shutil.which("cc") or "gcc", "-O2", "-pthread", "-o", built, options.cscan], check=True)
            ports = ["127.0.0.1", "1-65535"]
            programs["C epoll, a socket a probe"] = ([built, "-c", "1000", *ports], open_cscan)
            programs["C epoll, sockets reused"] = ([built, "-c", "1000", "-R", "1", *ports], open_cscan)
        namespace = Namespace("bench")
        listeners = None
        try:
            listeners = subprocess.Popen(
                namespace.command(sys.executable, "-c", LISTENERS), stdout=subprocess.PIPE, text=True
            )
            assert listeners.stdout.readline() == "ready\n"
            figures = {name: [] for name in programs}
            for _ in range(options.rounds):
                for name, (command, count_open) in programs.items():
                    figures[name].append(measure(namespace, command, count_open))
        finally:
            if listeners:
                listeners.kill()
                listeners.wait()
                listeners.stdout.close()
            namespace.remove()
    ours = statistics.median(cpu for _, cpu, _ in figures["periplus-agent scan"])
    print("| program | wall s | CPU s | ports per CPU s | open found | its CPU / ours |")
    print("|---|---|---|---|---|---|")
    for name, runs in figures.items():
        wall = statistics.median(run[0] for run in runs)
        cpu = statistics.median(run[1] for run in runs)
        found = sorted({run[2] for run in runs})
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {PORTS / cpu:,.0f} | {'–'.join(map(str, found))} "
              f"| {cpu / ours:.2f} |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What the inside view costs an agent at work: CPU and wall time of each round, and octets to and from the coordinator.

    PERIPLUS_BIN=.build/release python3 Benchmarks/rounds.py [--rounds 4] [--cases quiet,many,busy]

A coordinator and an agent in a namespace of this script's own, which asks for a round each minute. `quiet`: 16 listeners. `many`:
100,000 sockets besides, established pairs that stay. `busy`: 1,000 connections a minute that come and go, of 50 networks. Octets
are those of IP packets on the agent's connections, TLS aside.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("Lab", "EndToEnd"):
    sys.path.insert(0, os.path.join(HERE, "..", "Tests", folder))
from fleet import Fleet  # noqa: E402
from namespaces import Namespace, run, tool  # noqa: E402
from programs import Program  # noqa: E402

HOLDER = """
import ctypes, os, random, resource, signal, socket, sys, time
case = sys.argv[1]
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
def listen(number):
    listener = socket.socket()
    listener.bind(("10.0.0.1", 8000 + number))
    listener.listen(4096)
    return listener

# A process may not have a hundred thousand descriptors everywhere: sixteen share them.
if case == "many":
    reading, writing = os.pipe()
    for number in range(16):
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            listener, kept = listen(number), []
            for index in range(50_000 // 16):
                client = socket.socket()
                client.bind((f"10.1.{index % 50}.{number + 1}", 0))
                client.connect(listener.getsockname())
                kept += [client.detach(), listener.accept()[0].detach()]
            os.write(writing, b"x")
            while True:
                signal.pause()
    for _ in range(16):
        os.read(reading, 1)
else:
    listeners = [listen(number) for number in range(16)]
print("ready", flush=True)
if case != "busy":
    signal.pause()
# 1,000 a minute, each for up to a minute.
open_until = []
began, made = time.monotonic(), 0
while True:
    now = time.monotonic()
    while made < (now - began) * 1000 / 60:
        client = socket.socket()
        client.bind((f"10.1.{random.randrange(50)}.{random.randrange(1, 200)}", 0))
        listener = random.choice(listeners)
        client.connect(listener.getsockname())
        open_until.append((now + random.uniform(0, 60), client, listener.accept()[0]))
        made += 1
    for _, *ends in [entry for entry in open_until if entry[0] <= now]:
        for end in ends:
            end.close()
    open_until = [entry for entry in open_until if entry[0] > now]
    time.sleep(0.02)
"""


class Case(unittest.TestCase):
    """Not a test: what makes the fleet clean up after itself."""

    def runTest(self):
        pass


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_reading(pid):
    """Whether the agent reads its sockets at this moment, on a thread named for it."""
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/comm") as file:
                if file.read().startswith("periplus-socket"):
                    return True
    except FileNotFoundError:
        pass
    return False


def octets(namespace):
    rules = json.loads(run(*namespace.command(tool("nft"), "-j", "list", "counters")).stdout)["nftables"]
    counters = {rule["counter"]["name"]: rule["counter"]["bytes"] for rule in rules if "counter" in rule}
    return counters["sent"], counters["received"]


def measure(case, rounds, test):
    namespace = Namespace("rounds")
    test.addCleanup(namespace.remove)
    namespace.ip("route", "add", "local", "10.0.0.0/8", "dev", "lo")
    namespace.setting("net.ipv4.ip_local_port_range", "1024 65535")
    holder = Program(*namespace.command(sys.executable, "-c", HOLDER, case))
    test.addCleanup(holder.kill)
    holder.line("ready")
    fleet = Fleet(test, wrap=namespace.command())
    fleet.serve()
    namespace.nft(f"""
        table inet count {{
          counter sent {{ }}
          counter received {{ }}
          chain out {{ type filter hook output priority 0;
            tcp dport {fleet.port} counter name sent
            tcp sport {fleet.port} counter name received
          }}
        }}""")
    agent = fleet.start_agent(fleet.enrol("a", wrap=namespace.command()), wrap=namespace.command())
    pid = agent.pid
    walls, processors, sent, received = [], [], [], []
    for number in range(rounds + 1):
        deadline = time.monotonic() + 90
        while not is_reading(pid):
            if time.monotonic() > deadline:
                raise SystemExit(f"{case}: no round within 90 s")
            time.sleep(0.001)
        began = time.monotonic()
        while is_reading(pid):
            time.sleep(0.001)
        walls.append(time.monotonic() - began)
        # The report goes out; what the agent asks for meanwhile counts too, as it does on any host.
        time.sleep(50)
        processors.append(cpu_seconds(pid))
        out, back = octets(namespace)
        sent.append(out)
        received.append(back)
    differences = [[later - earlier for earlier, later in zip(column, column[1:])]
                   for column in (processors, sent, received)]
    with open(f"/proc/{pid}/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    print(f"| {case} | {walls[0] * 1000:.0f} | {statistics.median(walls[1:]) * 1000:.0f} | "
          f"{statistics.median(differences[0]) * 1000:.0f} | {statistics.median(differences[1]):,.0f} | "
          f"{statistics.median(differences[2]):,.0f} | {peak:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--cases", default="quiet,many,busy")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("| case | first round ms | later rounds ms | CPU ms a minute | octets sent a minute | received | MiB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for case in options.cases.split(","):
        test = Case()
        try:
            measure(case, options.rounds, test)
        finally:
            test.doCleanups()


if __name__ == "__main__":
    main()

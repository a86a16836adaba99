"""Identification beside nmap -sV: the same real servers, in one run. Prints seconds, ratio and how many services each named."""

import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "Tests" / "Lab"))

from namespaces import agent, tool  # noqa: E402
from real_servers import RealServers, start_all  # noqa: E402


def timed(command):
    began = time.monotonic()
    before = os.times()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu, output


def main():
    servers = RealServers()
    try:
        start_all(servers)
        servers.wait()
        ports = ",".join(str(port) for port in servers.ports.values())
        ours, our_cpu, rows = timed(
            servers.namespace.command(agent(), "scan", "127.0.0.1", "-p", ports, "-sV", "-o", "ndjson", "--open"))
        named = rows.count('"confidence":"certain"')
        theirs, their_cpu, text = timed(
            servers.namespace.command(tool("nmap"), "-n", "-Pn", "-sV", "-p", ports, "127.0.0.1"))
        # A question mark is nmap's way to say that it guessed by the port.
        known = len(re.findall(r"^\d+/tcp +open +(?!unknown)\S*[^?\s](?:\s|$)", text, re.MULTILINE))
        print(f"services                     {len(servers.ports)}")
        print(f"periplus-agent scan -sV      {ours:7.1f} s  {our_cpu:5.2f} CPU s  {named} named")
        print(f"nmap -sV                     {theirs:7.1f} s  {their_cpu:5.2f} CPU s  {known} named")
        print(f"ratio                        {theirs / ours:7.1f}")
    finally:
        servers.stop()


if __name__ == "__main__":
    main()

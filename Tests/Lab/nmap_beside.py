"""What nmap finds in the same run."""

import re
import subprocess

from namespaces import tool


def nmap_opened(namespace, hosts, ports, *arguments):
    """What nmap finds open from a namespace; it probes the ports of `hosts` whether they answer or not."""
    out = subprocess.run(
        namespace.command(
            tool("nmap"), "-sT", "-n", "-Pn", "--unprivileged", "-p", ports, "-oG", "-", *arguments, *sorted(hosts)),
        capture_output=True, text=True, check=True, timeout=240).stdout
    found = set()
    for host, listed in re.findall(r"^Host: (\S+) .*?Ports: (.*?)(?:\t|$)", out, re.MULTILINE):
        found |= {(host, int(number)) for number in re.findall(r"(\d+)/open/tcp", listed)}
    return found

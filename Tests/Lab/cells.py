"""Small networks with a known truth, in namespaces of their own: what the engine and nmap are to find in them.

Each cell has a `scanner` namespace, the `targets` and `ports` to scan there, and `open`: the endpoints that are open, as
(address, port). Closing a cell takes everything away again.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from namespaces import Namespace, run, tool

HERE = os.path.dirname(os.path.abspath(__file__))

LISTENERS = """
import json, resource, select, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
poll = select.epoll()
kept = {}
for address, port in json.load(open(sys.argv[1])):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
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
"""

# Ports as people use them; the open ones of a host are picked from here.
USUAL = [21, 22, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993, 995, 1723, 3306, 3389, 5432, 5900, 8080]


def compiled(name, folder, *options):
    """A program of this folder, built to a temporary one."""
    built = os.path.join(folder, name)
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise AssertionError("neither cc nor clang is installed: the lab's relay needs one")
    run(compiler, "-O2", "-Wall", "-Werror", *options, "-o", built, os.path.join(HERE, f"{name}.c"))
    return built


class Cell:
    """Two namespaces and what runs in them."""

    def __init__(self, purpose):
        self.undo = []
        self.open = set()
        self.targets = []
        self.ports = "1-1000"
        try:
            self.folder = tempfile.mkdtemp(prefix="periplus-lab-")
            self.undo.append(lambda: shutil.rmtree(self.folder))
            self.scanner = self.namespace(f"s{purpose}")
            self.target = self.namespace(f"t{purpose}")
            self.build()
        except BaseException:
            self.close()
            raise

    def namespace(self, purpose):
        result = Namespace(purpose)
        self.undo.append(result.remove)
        return result

    def start(self, command):
        """A program that says when it is ready, and is ended with the cell."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

        def end():
            process.kill()
            process.wait()
            process.stdout.close()

        self.undo.append(end)
        line = process.stdout.readline()
        if line != "ready\n":
            raise AssertionError(f"{command} said {line!r}")

    def listen(self, endpoints):
        self.open |= set(endpoints)
        path = os.path.join(self.folder, f"endpoints-{len(self.undo)}.json")
        with open(path, "w") as file:
            json.dump(sorted(endpoints), file)
        self.start(self.target.command(sys.executable, "-c", LISTENERS, path))

    def cable(self, here="10.77.255.1/30", there="10.77.255.2/30"):
        self.scanner.link("v0", self.target, "v1")
        self.scanner.address("v0", here)
        self.target.address("v1", there)

    def line(self, delay_microseconds, loss_permille, networks, seed=7, icmp_delay_microseconds=None):
        """A slow and lossy line instead of a cable, and routes to `networks` over it."""
        relay = compiled("relay", self.folder)
        icmp = [] if icmp_delay_microseconds is None else [str(icmp_delay_microseconds)]
        self.start([relay, self.scanner.name, "t0", self.target.name, "t1", str(delay_microseconds),
                    str(loss_permille), str(seed), *icmp])
        self.scanner.address("t0", "10.77.255.1/32")
        self.target.address("t1", "10.77.255.2/32")
        for network in networks:
            self.scanner.ip("route", "add", network, "dev", "t0")
        self.target.ip("route", "add", "10.77.255.1/32", "dev", "t1")

    def close(self):
        failure = None
        while self.undo:
            try:
                self.undo.pop()()
            except (OSError, subprocess.SubprocessError) as error:
                failure = failure or error
        if failure:
            raise failure


def usual(number, count=5):
    """`count` of the usual ports, others for each number."""
    return [USUAL[(number * 3 + step * 4) % len(USUAL)] for step in range(count)]


class LossyHosts(Cell):
    """20 hosts, 1,000 ports each, 20 ms and 1 % loss each way away; 100 ports open, the rest refuse."""

    def build(self):
        self.line(10_000, 10, ["10.78.0.0/24"])
        addresses = [f"10.78.0.{number}" for number in range(1, 21)]
        self.target.address("lo", *[f"{address}/32" for address in addresses])
        self.listen([(a, p) for n, a in enumerate(addresses) for p in spread(n)])
        self.targets = ["10.78.0.1-20"]


def spread(number):
    return [7 + 190 * step + 9 * number for step in range(5)]


class FirewalledNetwork(Cell):
    """A routed /24: ten hosts refuse what is closed, ten drop it, all else drops everything; 100 ports open."""

    def build(self):
        self.cable()
        self.far()

    def far(self, route=True):
        if route:
            self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.ip("route", "add", "local", "10.78.0.0/24", "dev", "lo")
        live = {f"10.78.0.{number}": usual(number) for number in range(5, 205, 10)}
        silent = sorted(live)[::2]
        accepts = "".join(
            f"ip daddr {address} tcp dport {{ {', '.join(map(str, live[address]))} }} accept\n"
            f"ip daddr {address} drop\n"
            for address in silent
        )
        talking = ", ".join(sorted(set(live) - set(silent)))
        self.target.nft(
            "table ip cell { chain input { type filter hook input priority 0;\n" + accepts
            + f"ip daddr {{ {talking} }} accept\nip daddr 10.78.0.0/24 drop\n}}\n}}\n"
        )
        self.listen([(a, p) for a, ports in live.items() for p in ports])
        self.targets = ["10.78.0.0/24"]
        self.ports = None  # -F


class LossyFirewalledNetwork(FirewalledNetwork):
    """The same behind 20 ms and 1 % loss each way."""

    def build(self):
        self.line(10_000, 10, ["10.78.0.0/24"])
        self.far(route=False)


class DarkNetwork(Cell):
    """A routed /24 from which nothing comes back."""

    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.nft(
            "table ip cell {\nchain early {\ntype filter hook prerouting priority 0;\nip daddr 10.78.0.0/24 drop\n}\n}\n")
        self.targets = ["10.78.0.0/24"]
        self.ports = None


class OnLinkNetwork(Cell):
    """A /24 on the link itself: twenty hosts, 236 addresses that nobody answers ARP for; 100 ports open."""

    size = 24
    network = "10.76.0.0/24"
    live = [f"10.76.0.{number}" for number in range(10, 210, 10)]

    def build(self):
        prefix = self.network.split("/")[1]
        self.scanner.link("v0", self.target, "v1")
        self.scanner.address("v0", f"10.76.0.1/{prefix}")
        self.target.address("v1", *[f"{address}/{prefix}" for address in self.live])
        self.listen([(a, p) for n, a in enumerate(self.live) for p in usual(n)])
        self.targets = [self.network]
        self.ports = None


class WideOnLinkNetwork(OnLinkNetwork):
    """2,048 addresses on the link, twenty of them live."""

    network = "10.76.0.0/21"
    live = [f"10.76.{third}.{last}" for third in (0, 2, 5, 7) for last in (10, 60, 110, 160, 210)]


class LimitedHost(Cell):
    """A host before which SYNs above a rate are dropped; 1,000 ports, 50 of them open."""

    rate = 100

    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.address("lo", "10.78.0.1/32")
        self.target.nft(
            "table ip cell { chain input { type filter hook input priority 0;\n"
            f"ip daddr 10.78.0.1 tcp flags & (syn | ack) == syn limit rate over {self.rate}/second drop\n}}\n}}\n"
        )
        self.listen([("10.78.0.1", port) for port in range(13, 1000, 20)])
        self.targets = ["10.78.0.1"]


class FasterLimitedHost(LimitedHost):
    rate = 1000


class LimitedHosts(Cell):
    """Twenty hosts, before each of which SYNs above 100 a second are dropped; 200 ports each, ten of them open."""

    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        addresses = [f"10.78.0.{number}" for number in range(1, 21)]
        self.target.address("lo", *[f"{address}/32" for address in addresses])
        self.target.nft(
            "table ip cell {\nset limits { type ipv4_addr; flags dynamic; size 64; }\n"
            "chain input {\ntype filter hook input priority 0;\n"
            "tcp flags & (syn | ack) == syn add @limits { ip daddr limit rate over 100/second } drop\n}\n}\n"
        )
        self.listen([(address, port) for address in addresses for port in range(13, 200, 20)])
        self.targets = ["10.78.0.1-20"]
        self.ports = "1-200"


class Tarpit(Cell):
    """A host that accepts connections to every port, as tarpits and intrusion prevention do."""

    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.address("lo", "10.78.0.1/32")
        self.target.nft(
            "table ip cell { chain prerouting { type nat hook prerouting priority -100;\n"
            "ip daddr 10.78.0.1 tcp dport 1-65535 redirect to :7000\n}\n}\n"
        )
        self.listen([("10.77.255.2", 7000)])
        self.targets = ["10.78.0.1"]
        self.ports = "-"


class Tarpits(Cell):
    """Twenty of them."""

    addresses = [f"10.78.0.{number}" for number in range(1, 21)]

    def build(self):
        self.cable()
        self.scanner.ip("route", "add", "10.78.0.0/24", "via", "10.77.255.2")
        self.target.address("lo", *[f"{address}/32" for address in self.addresses])
        self.target.nft(
            "table ip cell { chain prerouting { type nat hook prerouting priority -100;\n"
            "ip daddr 10.78.0.0/24 tcp dport 1-65535 redirect to :7000\n}\n}\n"
        )
        self.listen([("10.77.255.2", 7000)])
        self.targets = ["10.78.0.1-20"]
        self.ports = "1-2000"


class IPv6Hosts(Cell):
    """Thirty hosts that only have IPv6 addresses, on the link and behind it: a third refuse what is closed, a third drop it,
    a third reject it with an ICMPv6 error."""

    def build(self):
        self.scanner.link("v0", self.target, "v1")
        self.scanner.address("v0", "fd76::1/64")
        # Without it a host rejects a few times a second and drops the rest.
        self.target.setting("net.ipv6.icmp.ratelimit", 0)
        addresses = [f"fd76::{number:x}" for number in range(0x10, 0x2e)]
        self.target.address("v1", *[f"{address}/64" for address in addresses])
        live = {address: [22, 80, 443, 5432][: 1 + number % 4] for number, address in enumerate(addresses)}
        dropping, rejecting = addresses[1::3], addresses[2::3]
        rules = "".join(
            f"ip6 daddr {address} tcp dport {{ {', '.join(map(str, live[address]))} }} accept\n"
            for address in dropping + rejecting)
        self.target.nft(
            "table ip6 cell {\nchain input {\ntype filter hook input priority 0;\n"
            "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, echo-request, echo-reply } accept\n" + rules
            + f"ip6 daddr {{ {', '.join(dropping)} }} drop\n"
            + f"ip6 daddr {{ {', '.join(rejecting)} }} reject with icmpv6 admin-prohibited\n}}\n}}\n")
        self.listen([(address, port) for address, ports in live.items() for port in ports])
        self.targets = ["fd76::10-fd76::2f"]
        self.ports = "22,80,443,5432,8080"
        self.rejecting = set(rejecting)

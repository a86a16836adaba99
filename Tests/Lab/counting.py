"""What leaves a namespace: SYNs counted by nft, and each one with its time as a packet socket sees it."""

import collections
import re
import subprocess
import sys

from namespaces import run, tool

# Every SYN over IPv4 that leaves, and every answer of a handshake that arrives, as a packet socket sees them, with the kernel's
# own times (packet(7), socket(7): 3 is ETH_P_ALL, 4 PACKET_OUTGOING, 33 SO_RCVBUFFORCE, 35 SO_TIMESTAMPNS).
SNIFFER = """
import signal, socket, struct, sys
raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
raw.setsockopt(socket.SOL_SOCKET, 33, 1 << 26)
raw.setsockopt(socket.SOL_SOCKET, 35, 1)
def end(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGTERM, end)
seen = []
print("ready", flush=True)
try:
    while True:
        packet, control, _, sender = raw.recvmsg(64, 64)
        if sender[1] != 0x0800 or packet[9] != 6:
            continue
        header = (packet[0] & 15) * 4
        flags = packet[header + 13]
        leaves = sender[2] == 4
        if leaves and flags & 0x12 == 2 or not leaves and (flags & 4 or flags & 0x12 == 0x12):
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            seen.append((seconds * 10**9 + nanoseconds, leaves, packet[12:20], packet[header:header + 4]))
except KeyboardInterrupt:
    pass
for time, leaves, addresses, ports in seen:
    remote = socket.inet_ntoa(addresses[4:] if leaves else addresses[:4])
    ports = struct.unpack("!HH", ports)
    print(time, "out" if leaves else "in", remote, *(ports if leaves else ports[::-1]))
"""


class Wire:
    """Listens to a namespace's SYNs and their answers while it is entered: `events` are (nanoseconds, whether it leaves, remote
    address, local port, remote port)."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __enter__(self):
        self.process = subprocess.Popen(
            self.namespace.command(sys.executable, "-c", SNIFFER), stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError("the packet socket could not be opened")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        said, _ = self.process.communicate(timeout=60)
        self.events = []
        for line in said.splitlines():
            time, way, address, local, port = line.split()
            self.events.append((int(time), way == "out", address, int(local), int(port)))

    def first(self, address):
        """Ports of the address in the order in which each was asked first."""
        return list(dict.fromkeys(event[4] for event in self.events if event[1] and event[2] == address))

    def most_in_flight(self, milliseconds, key=lambda address: address):
        """The most SYNs without an answer at one time and younger than this, which is to be below the scan's wait; by
        `key` of the address."""
        waiting, counts, most = {}, collections.Counter(), collections.Counter()

        def end(probe):
            waiting.pop(probe)
            counts[key(probe[0])] -= 1

        for time, leaves, *probe in self.events:
            probe = tuple(probe)
            # Insertion order is order of age.
            while waiting and time - waiting[oldest := next(iter(waiting))] > milliseconds * 1_000_000:
                end(oldest)
            if probe in waiting:
                end(probe)
            if leaves:
                waiting[probe] = time
                counts[key(probe[0])] += 1
                most[key(probe[0])] = max(most[key(probe[0])], counts[key(probe[0])])
        return dict(most)


class Syns:
    """Counts the SYNs that a namespace sends, by address and by port."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.reset()

    def reset(self):
        self.namespace.nft(
            "table inet syns\ndelete table inet syns\ntable inet syns {\n"
            "set hosts { type ipv4_addr; flags dynamic; size 65535; counter; }\n"
            "set ports { type inet_service; flags dynamic; size 65535; counter; }\n"
            "counter sent {\n}\n"
            "chain out {\ntype filter hook output priority -10;\n"
            "tcp flags & (syn | ack) == syn counter name sent\n"
            "tcp flags & (syn | ack) == syn add @ports { tcp dport }\n"
            "ip version 4 tcp flags & (syn | ack) == syn add @hosts { ip daddr }\n}\n}\n")

    def _listing(self, *what):
        return run(*self.namespace.command(tool("nft"), "list", *what)).stdout

    @property
    def total(self):
        return int(re.search(r"packets (\d+)", self._listing("counter", "inet", "syns", "sent")).group(1))

    @property
    def by_host(self):
        return {key: int(count) for key, count in re.findall(
            r"([\d.]+) counter packets (\d+)", self._listing("set", "inet", "syns", "hosts"))}

    @property
    def by_port(self):
        # Without -n nft would name the ports.
        listing = run(*self.namespace.command(tool("nft"), "-n", "list", "set", "inet", "syns", "ports")).stdout
        return {int(key): int(count) for key, count in re.findall(r"(\d+) counter packets (\d+)", listing)}

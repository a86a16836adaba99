"""`free-ports` against the truth of binding every port, in a namespace with every reason why a port cannot be bound."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import unittest

from namespaces import Namespace, agent, tool

NOBODY = 65534

# Everything that can hold a port, in the order of the ports.
HOLDER = r"""
import os, signal, socket, sys
V4, V6, TCP, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
kept = []

def make(family, kind, address, port, only=None, reuse=False, device=None, listen=True):
    one = socket.socket(family, kind)
    if family == V6 and only is not None:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    if reuse:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if device:
        one.setsockopt(socket.SOL_SOCKET, 25, device.encode())
    one.bind((address, port))
    if kind == TCP and listen:
        one.listen(16)
    kept.append(one)
    return one

def pair(listener, source=None):
    family = listener.family
    one = socket.socket(family, TCP)
    if source:
        one.bind(source)
    host = listener.getsockname()[0]
    one.connect(("127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host, listener.getsockname()[1]))
    other = listener.accept()[0]
    kept.extend((one, other))
    return one, other

for kind, base in ((TCP, 2000), (UDP, 2000)):
    make(V4, kind, "0.0.0.0", base)
    make(V4, kind, "127.0.0.1", base + 1)
    make(V4, kind, "10.77.0.1", base + 2)
    make(V6, kind, "::", base + 3, only=0)
    make(V6, kind, "::", base + 4, only=1)
    make(V6, kind, "::1", base + 5)
    make(V6, kind, "::ffff:127.0.0.1", base + 6, only=0)
    make(V6, kind, "::ffff:0.0.0.0", base + 7, only=0)
    make(V4, kind, "0.0.0.0", base + 8, device="lo")
    make(V6, kind, "fd77::1", base + 9)
    for _ in range(3):
        make(V4, kind, "127.0.0.1", base + 10, reuse=True)
    make(V4, kind, "127.0.0.1", base + 11, listen=False)
    make(V4, kind, "127.0.0.1", base + 12); make(V6, kind, "::1", base + 12)
    make(V4, kind, "0.0.0.0", 80)
    make(V4, kind, "127.0.0.1", 2303)

web = make(V4, TCP, "0.0.0.0", 2100)
pair(web)
pair(web, ("127.0.0.1", 2101))
six = make(V6, TCP, "::", 2102, only=0)
pair(six)
pair(six, ("::1", 2103))
# Connected from ports of the kernel's choice, and UDP that never was bound.
one = socket.socket(V6, UDP); one.connect(("::1", 9)); kept.append(one)
one = socket.socket(V4, UDP); one.connect(("127.0.0.1", 9)); kept.append(one)
# Closed by us first, with the listener gone: time-wait alone holds the port.
last = make(V4, TCP, "127.0.0.1", 2104)
one, other = pair(last)
other.close(); one.close(); last.close()
# The server's end stays in time-wait on port 2104, and the other way round on 2105.
last = make(V4, TCP, "127.0.0.1", 2106)
one, other = pair(last, ("127.0.0.1", 2105))
one.close(); other.close()
print("ready", flush=True)
signal.pause()
"""

# Binds every port of a range for a moment and prints the errno of each, 0 for success.
TRUTH = r"""
import json, socket, sys
kind, address, first, last = sys.argv[1:]
dual = address == "dual"
host, _, zone = ("::" if dual else address).partition("%")
family = socket.AF_INET6 if ":" in host else socket.AF_INET
result = {}
for port in range(int(first), int(last) + 1):
    one = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual or host != "::" else 1)
    try:
        one.bind((host, port, 0, socket.if_nametoindex(zone)) if zone else (host, port))
        result[port] = 0
    except OSError as error:
        result[port] = error.errno
    one.close()
json.dump(result, sys.stdout)
"""

ADDRESSES = ["dual", "0.0.0.0", "::", "127.0.0.1", "127.0.0.2", "10.77.0.1", "::1", "fd77::1"]


class FreePorts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = Namespace("free")
        cls.addClassCleanup(cls.namespace.remove)
        cls.namespace.ip("link", "add", "d0", "type", "veth", "peer", "name", "d1")
        cls.namespace.ip("link", "set", "d1", "up")
        cls.namespace.address("d0", "10.77.0.1/24", "fd77::1/64")
        cls.namespace.setting("net.ipv4.ip_local_port_range", "2200 2399")
        cls.namespace.setting("net.ipv4.ip_local_reserved_ports", "2300-2310,2500")
        cls.namespace.setting("net.ipv4.ip_unprivileged_port_start", "900")
        cls.holder = subprocess.Popen(
            cls.namespace.command(sys.executable, "-c", HOLDER), stdout=subprocess.PIPE, text=True,
            start_new_session=True)
        cls.addClassCleanup(cls.end)
        assert cls.holder.stdout.readline() == "ready\n"

    @classmethod
    def end(cls):
        # The holder is alone in its process group, which this test made.
        os.killpg(cls.holder.pid, signal.SIGKILL)
        cls.holder.wait()
        cls.holder.stdout.close()

    def run_in(self, *command, user=None, code=0):
        if user is not None:
            command = (tool("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all",
                       "--bounding-set=-all", *command)
        done = subprocess.run(
            self.namespace.command(*command), text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def free_ports(self, *arguments, **options):
        return self.run_in(agent(), "free-ports", *arguments, **options)

    def rows(self, *arguments, **options):
        lines = self.free_ports(*arguments, "-o", "ndjson", **options).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def by_port(self, *arguments, **options):
        return {(row["protocol"], port): row for row in self.rows(*arguments, **options)
                for port in range(row["firstPort"], row["lastPort"] + 1)}

    def truth(self, kind, address, first, last, user=None):
        done = self.run_in(sys.executable, "-c", TRUTH, kind, address, str(first), str(last), user=user)
        return {int(port): error for port, error in json.loads(done.stdout).items()}

    def test_every_port_of_every_address_is_told_as_binding_tells_it(self):
        for user in (None, NOBODY):
            for address in ADDRESSES:
                options = [] if address == "dual" else ["--address", address]
                found = self.by_port("--range", "1-2600", *options, user=user)
                for kind in ("tcp", "udp"):
                    truth = self.truth(kind, address, 1, 2600, user=user)
                    told = {port: found[kind, port]["isBindable"] for port in truth}
                    differing = {port: (truth[port], found[kind, port]) for port in truth
                                 if told[port] != (truth[port] == 0)}
                    self.assertEqual(differing, {}, (user, kind, address))

    def test_link_local_addresses_name_their_interface(self):
        done = self.run_in(tool("ip"), "-j", "address", "show", "dev", "d0")
        local = next(one["local"] for one in json.loads(done.stdout)[0]["addr_info"] if one["local"].startswith("fe80"))
        found = self.by_port("--range", "2000-2110", "--address", f"{local}%d0")
        for kind in ("tcp", "udp"):
            truth = self.truth(kind, f"{local}%d0", 2000, 2110)
            self.assertEqual({p for p, error in truth.items() if error},
                             {p for (k, p), row in found.items() if k == kind and not row["isBindable"]})
        self.assertIn("name its interface", self.free_ports("--address", local, code=64).stderr)
        self.assertIn("no interface", self.free_ports("--address", f"{local}%nope", code=64).stderr)

    def test_reasons(self):
        found = self.by_port("--range", "1-2600")
        for kind in ("tcp", "udp"):
            for port in [80, *range(2000, 2011), 2012, 2303]:
                row = found[kind, port]
                self.assertEqual((row["status"], row["isBindable"]), ("in-use", False), row)
                self.assertIn(f"({self.holder.pid})", row["reason"])
                self.assertEqual({process["pid"] for one in row["sockets"] for process in one["processes"]},
                                 {self.holder.pid})
            self.assertEqual(found[kind, 2003]["sockets"][0]["isIPv6Only"], False)
            self.assertEqual(found[kind, 2004]["sockets"][0]["isIPv6Only"], True)
            self.assertEqual(found[kind, 2008]["sockets"][0]["interface"], "lo")
            self.assertEqual(found[kind, 2010]["reuseGroup"],
                             {"sockets": 3, "option": "SO_REUSEPORT" if kind == "tcp" else None, "user": "root", "uid": 0})
            self.assertIsNone(found[kind, 2012]["reuseGroup"])
            self.assertEqual(found[kind, 2012]["socketCount"], 2)
            self.assertEqual((found[kind, 2500]["status"], found[kind, 2500]["isBindable"]), ("reserved", True))
            self.assertEqual((found[kind, 2301]["status"], found[kind, 2301]["isEphemeral"]), ("reserved", True))
            self.assertTrue(found[kind, 2303]["isReserved"])
            self.assertEqual((found[kind, 2200]["isEphemeral"], found[kind, 2199]["isEphemeral"]), (True, False))
            self.assertEqual((found[kind, 22]["status"], found[kind, 22]["isVerified"]), ("free", True))
        for port in (2104, 2105):
            row = found["tcp", port]
            self.assertEqual((row["status"], row["socketCount"]), ("in-use", 1), row)
            self.assertIn(row["sockets"][0]["state"], ("time-wait", "last-ack"))
        ended = [found["tcp", port] for port in (2104, 2105) if found["tcp", port]["sockets"][0]["state"] == "time-wait"]
        self.assertTrue(ended)
        self.assertIn("a connection that has ended", ended[0]["reason"])
        # A listener comes before its connections.
        web = found["tcp", 2100]
        self.assertEqual([one["state"] for one in web["sockets"]], ["listening", "established", "established"])

    def test_without_privilege_the_reason_and_the_capability_are_named(self):
        found = self.by_port("--range", "1-2600", user=NOBODY)
        row = found["tcp", 899]
        self.assertEqual((row["status"], row["isBindable"], row["isPrivileged"]), ("privileged", False, True))
        self.assertIn("CAP_NET_BIND_SERVICE", row["reason"])
        self.assertEqual(found["tcp", 900]["status"], "free")
        row = found["tcp", 80]
        self.assertEqual((row["status"], row["isPrivileged"]), ("in-use", True))
        self.assertIn("unknown process of root", row["reason"])
        self.assertIn("CAP_SYS_PTRACE", row["sockets"][0]["ownerUnknownReason"])
        self.assertIn("CAP_SYS_PTRACE", self.free_ports("--range", "80", user=NOBODY).stderr)
        # Nothing is missing where nothing is in use.
        self.assertEqual(self.free_ports("--range", "2400-2450", user=NOBODY).stderr, "")

    def test_the_table_is_short_unless_all_is_asked_for(self):
        lines = self.free_ports("--range", "1990-2010", "--proto", "tcp").stdout.splitlines()
        self.assertEqual(lines[0], "tcp: 10 of 21 ports are free: 1990-1999")
        self.assertEqual(lines[2].split(), ["PROTO", "PORTS", "WHY", "SOCKETS", "NOTE"])
        self.assertEqual(len(lines), 3 + 11)
        self.assertIn("SO_REUSEPORT group of 3: root may join", lines[-1])
        self.assertIn("in use by python3", lines[3])
        self.assertIn("listening on *", lines[3])
        whole = self.free_ports("--range", "1990-2010", "--proto", "tcp", "--all").stdout
        self.assertIn("1990-1999  free", whole)
        self.assertIn("reserved (net.ipv4.ip_local_reserved_ports)", self.free_ports("--range", "2500").stdout)
        self.assertIn("outgoing connection", self.free_ports("--range", "2200-2250").stdout)
        self.assertIn("SO_REUSEADDR", "".join(self.free_ports("--range", f"{port}", "--proto", "tcp").stdout
                                              for port in (2104, 2105)))
        names = self.free_ports("--range", "1998-2000,2400,2500", "--proto", "udp", "-o", "name").stdout.split()
        self.assertEqual(names, ["udp/1998-1999", "udp/2400"])
        rows = list(csv.DictReader(io.StringIO(self.free_ports("--range", "1999-2000", "--proto", "udp", "-o", "csv").stdout)))
        self.assertEqual([(row["firstPort"], row["status"]) for row in rows], [("1999", "free"), ("2000", "in-use")])

    def test_every_port_of_both_protocols_takes_little_time(self):
        started = time.monotonic()
        rows = self.rows()
        took = time.monotonic() - started
        self.assertEqual(sum(row["count"] for row in rows), 2 * 65535)
        # About half a second here with a debug build; the bound leaves room for a busy machine.
        self.assertLess(took, 10)
        print(f"free-ports, every port of both protocols: {took:.2f} s", file=sys.stderr)

    def test_bad_arguments_are_one_line(self):
        for arguments in (["--range", "0"], ["--range", "5-3"], ["--range", "1-65536"], ["--range", "a"], ["--proto", "sctp"],
                          ["--address", "localhost"], ["--address", "127.0.0.1%lo"]):
            done = self.free_ports(*arguments, code=64)
            self.assertEqual((done.stdout, len(done.stderr.splitlines())), ("", 1), done.stderr)
        self.assertIn("no address of this host", self.free_ports("--address", "192.0.2.1", code=1).stderr)


if __name__ == "__main__":
    unittest.main()

"""A namespace full of sockets that differ in all that a filter can ask for, held by one process."""

import os
import signal
import subprocess
import sys
import uuid

from namespaces import Namespace, tool

HOLDER = r"""
import errno, os, signal, socket, sys, time
V4, V6, TCP, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
SO_MARK, SO_BINDTODEVICE = 36, 25
kept = []

def make(family, kind, mark=0, device=None):
    one = socket.socket(family, kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if mark:
        one.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
    if device:
        one.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode())
    kept.append(one)
    return one

def listen(family, address, port, **options):
    one = make(family, TCP, **options)
    one.bind((address, port))
    one.listen(16)
    return one

def connect(family, source, target, port, **options):
    one = make(family, TCP, **options)
    if source:
        one.bind(source)
    one.connect((target, port))
    return one

def accept(listener):
    one = listener.accept()[0]
    kept.append(one)
    return one

ssh = listen(V4, "127.0.0.1", 22)
web = listen(V4, "0.0.0.0", 80, mark=1)
both = listen(V6, "::", 8000)
tls = listen(V6, "::1", 443, mark=0x10)
doc = listen(V6, "2001:db8:77::1", 8080, device="d0")
high = listen(V4, "127.0.0.2", 40000)
bound = listen(V4, "127.0.0.1", 8443, device="lo", mark=0x1f)
connect(V4, None, "127.0.0.1", 22); accept(ssh)
connect(V4, ("127.0.0.2", 40001), "127.0.0.1", 22, mark=0x11); accept(ssh)
connect(V4, ("10.77.0.1", 1000), "127.0.0.1", 80); accept(web)
connect(V4, None, "127.0.0.1", 8000); accept(both)
connect(V6, None, "::1", 8000, mark=1); accept(both)
connect(V6, None, "::1", 443); accept(tls)
connect(V6, ("::1", 2000), "::1", 443); accept(tls)
connect(V4, None, "127.0.0.2", 40000); accept(high)

# What follows is made in another control group, where there is one.
if len(sys.argv) > 1:
    with open(sys.argv[1] + "/cgroup.procs", "w") as file:
        file.write(str(os.getpid()))
connect(V4, None, "10.77.0.1", 80, mark=2); accept(web)
connect(V4, None, "127.0.0.1", 8443, device="lo"); accept(bound)
for family, address, port, options in (
    (V4, "127.0.0.1", 53, {}), (V4, "0.0.0.0", 123, {"mark": 3}), (V6, "::1", 53, {}), (V6, "::", 5353, {"device": "lo"}),
    (V4, "10.77.0.1", 0, {}),
):
    make(family, UDP, **options).bind((address, port))
make(V4, UDP).connect(("127.0.0.1", 53))
make(V6, UDP, mark=1).connect(("::1", 53))
make(V6, UDP).connect(("::ffff:127.0.0.1", 53))

# Half-closed: fin-wait-2 here, close-wait there.
one = connect(V4, None, "127.0.0.1", 22); other = accept(ssh); one.shutdown(socket.SHUT_WR)
# Closed by us first: time-wait, which nobody holds.
one = connect(V4, None, "127.0.0.1", 22); other = accept(ssh); one.close(); other.close()
one = connect(V6, None, "::1", 443); other = accept(tls); one.close(); other.close()
# Nobody answers behind the cable: syn-sent.
one = make(V4, TCP); one.setblocking(False); one.connect_ex(("10.77.0.99", 81))
# Two connections that get stuck: one end's FIN is never acknowledged.
slow = listen(V4, "127.0.0.1", 8001)
first = connect(V4, None, "127.0.0.1", 8001); first_peer = accept(slow)
second = connect(V4, None, "127.0.0.1", 8001); second_peer = accept(slow)
second.shutdown(socket.SHUT_WR)
time.sleep(0.2)
print("open", flush=True)
sys.stdin.readline()
# Port 8001 hears nothing and is not heard from here on: fin-wait-1, last-ack, and syn-sent.
first.shutdown(socket.SHUT_WR)
second_peer.shutdown(socket.SHUT_WR)
one = make(V4, TCP); one.setblocking(False); one.connect_ex(("127.0.0.1", 8001))
# The answer of port 8000 to 10.77.0.1 is dropped: syn-recv there, syn-sent here.
one = make(V4, TCP); one.bind(("10.77.0.1", 0)); one.setblocking(False); one.connect_ex(("10.77.0.1", 8000))
time.sleep(0.2)
print("ready", flush=True)
signal.pause()
"""

# On the way in: what is dropped on the way out tells the sender, and the kernel forgets the half-open connection.
RULES = """
table inet zoo {
  chain input {
    type filter hook input priority 0;
    tcp sport 8001 drop
    tcp dport 8001 drop
    ip daddr 10.77.0.1 tcp sport 8000 drop
  }
}
"""


class Zoo:
    """Makes the namespace and the sockets; `remove` takes both away."""

    def __init__(self, purpose):
        self.namespace = Namespace(purpose)
        self.holder = None
        self.group = None
        try:
            # A cable that ends here: what is sent to the neighbour that is not there goes nowhere, without an error.
            self.namespace.ip("link", "add", "d0", "type", "veth", "peer", "name", "d1")
            self.namespace.ip("link", "set", "d1", "up")
            self.namespace.address("d0", "10.77.0.1/24", "2001:db8:77::1/64")
            self.namespace.ip("neighbour", "add", "10.77.0.99", "lladdr", "02:00:00:00:00:99", "dev", "d0")
            # What answers to nobody stays for as long as the test does.
            self.namespace.setting("net.ipv4.tcp_synack_retries", 20)
            self.namespace.setting("net.ipv4.tcp_syn_retries", 20)
            self.mount, self.group = self.control_group()
            command = self.command(sys.executable, "-c", HOLDER) + ([self.group] if self.group else [])
            self.holder = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
            self.expect("open")
            self.namespace.nft(RULES)
            self.holder.stdin.write("\n")
            self.holder.stdin.flush()
            self.expect("ready")
        except BaseException:
            self.remove()
            raise

    def expect(self, word):
        line = self.holder.stdout.readline()
        if line != word + "\n":
            raise AssertionError(f"the holder said {line!r} instead of {word}")

    def command(self, *arguments):
        """Enters the network namespace only: ip netns exec would hide the control groups."""
        return [tool("nsenter"), f"--net=/run/netns/{self.namespace.name}", *arguments]

    def control_group(self):
        """Where cgroup2 is mounted and a group of our own in it; none where it cannot be made."""
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            lines = file.readlines()
        for line in lines:
            fields = line.split()
            if fields[fields.index("-") + 1] == "cgroup2":
                group = f"{fields[4]}/periplus-{uuid.uuid4().hex[:8]}"
                try:
                    os.mkdir(group)
                except OSError:
                    return fields[4], None
                return fields[4], group
        return None, None

    def remove(self):
        if self.holder:
            # The holder is alone in its process group, which this test made.
            os.killpg(self.holder.pid, signal.SIGKILL)
            self.holder.wait()
            self.holder.stdin.close()
            self.holder.stdout.close()
        if self.group:
            try:
                os.rmdir(self.group)
            except OSError as error:
                print(f"{self.group} stays: {error}", file=sys.stderr)
        self.namespace.remove()

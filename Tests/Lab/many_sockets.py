"""Holds many TCP sockets of a namespace's loopback in several processes, as a busy server does.

    python3 many_sockets.py TOTAL PROCESSES

A tenth of the sockets listen, the rest are pairs of connections. Says `ready` and holds them until it is killed, and its
processes with it.
"""

import os
import resource
import signal
import socket
import sys


def hold(number, listeners, pairs, ready):
    kept = []
    accepting = None
    for index in range(listeners):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # 10,000 ports an address, an address range for each process.
        listener.bind((f"127.1.{number}.{index // 10000 + 1}", 20000 + index % 10000))
        listener.listen(4096)
        accepting = accepting or listener
        kept.append(listener.detach() if accepting is not listener else listener)
    for _ in range(pairs):
        client = socket.socket()
        client.connect(accepting.getsockname())
        kept += [client.detach(), accepting.accept()[0].detach()]
    os.write(ready, b"x")
    signal.pause()


def main():
    total, processes = int(sys.argv[1]), int(sys.argv[2])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    share = total // processes
    listeners = max(1, share // 10)
    reading, writing = os.pipe()
    parent = os.getpid()
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            # With the parent goes the child: PR_SET_PDEATHSIG is 1 (prctl(2)).
            import ctypes
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
            hold(number, listeners, (share - listeners) // 2, writing)
        children.append(child)
    os.close(writing)
    for _ in range(processes):
        if os.read(reading, 1) != b"x":
            raise SystemExit("a process could not open its sockets")
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()

"""The inventory service as systemd would start it: a listening socket as descriptor 3, a user of its own, two capabilities."""

import os
import socket
import subprocess
import sys

from namespaces import agent, tool

# Users of nobody here: numbers need no names.
SERVICE, AGENT, STRANGER = 64001, 64002, 64003
BOTH = ("sys_ptrace", "dac_read_search")

# Becomes the service: the listening socket it inherits is put where systemd puts it.
STARTER = """
import os, sys
listener = int(sys.argv[1])
if listener != 3:
    os.dup2(listener, 3)
    os.close(listener)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execvp(sys.argv[2], sys.argv[2:])
"""


def as_user(user, *capabilities):
    """Words before a command that make it run as `user` with these capabilities and no others."""
    kept = ",".join(["-all", *(f"+{name}" for name in capabilities)])
    words = [tool("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups", f"--inh-caps={kept}",
             f"--bounding-set={kept}"]
    return words + ([f"--ambient-caps={kept}"] if capabilities else [])


def listen(path, mode=0o666):
    """A listening Unix socket, as periplus-inventory.socket would make it; here everybody may connect."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, mode)
    listener.listen(16)
    return listener


def command(listener, *options, capabilities=BOTH, prefix=()):
    """The command of a service on `listener`, which must be passed on."""
    return [*prefix, sys.executable, "-c", STARTER, str(listener.fileno()), *as_user(SERVICE, *capabilities), agent(),
            "inventory-service", "--user", str(AGENT), *options]


def start(listener, *options, **arguments):
    """Starts a service; what it says goes to its standard error, a pipe."""
    return subprocess.Popen(
        command(listener, *options, **arguments), pass_fds=[listener.fileno()], stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True)

"""Network namespaces that a test makes for itself and takes away again."""

import os
import shutil
import subprocess
import tempfile
import uuid


def tool(name):
    """The path of a tool; its absence is a failure, never a skip."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise AssertionError(f"{name} is not installed: these tests need it")
    return path


def agent():
    """The built periplus-agent, found in the folder that PERIPLUS_BIN names."""
    folder = os.environ.get("PERIPLUS_BIN")
    if not folder:
        raise AssertionError("PERIPLUS_BIN does not name the folder of the built programs")
    path = os.path.join(folder, "periplus-agent")
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is not there: build it first")
    return path


def run(*command, **options):
    options.setdefault("timeout", 60)
    return subprocess.run(command, check=True, text=True, capture_output=True, **options)


class Namespace:
    """A network namespace with its loopback up."""

    def __init__(self, purpose):
        self.name = f"pp-{purpose}-{uuid.uuid4().hex[:8]}"
        run(tool("ip"), "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        # Without duplicate address detection an IPv6 address can be used at once.
        self.setting("net.ipv6.conf.default.accept_dad", 0)

    def command(self, *arguments):
        return [tool("ip"), "netns", "exec", self.name, *arguments]

    def ip(self, *arguments):
        run(tool("ip"), "-n", self.name, *arguments)

    def nft(self, rules):
        with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
            file.write(rules)
            file.flush()
            run(*self.command(tool("nft"), "-f", file.name))

    def setting(self, name, value):
        run(*self.command(tool("sysctl"), "-q", "-w", f"{name}={value}"))

    def address(self, device, *addresses):
        for address in addresses:
            self.ip("address", "add", address, "dev", device)
        self.ip("link", "set", device, "up")

    def link(self, device, other, other_device):
        """A virtual cable from `device` here to `other_device` there."""
        self.ip("link", "add", device, "type", "veth", "peer", "name", other_device, "netns", other.name)

    def remove(self):
        run(tool("ip"), "netns", "delete", self.name)

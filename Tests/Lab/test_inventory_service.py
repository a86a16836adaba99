"""The inventory service: whom it answers, what each capability shows, and how it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import inventory_service
from inventory_service import AGENT, BOTH, SERVICE, STRANGER, as_user
from namespaces import Namespace, agent, run

HOLDER = """
import signal, socket
kept = [socket.create_server(("127.0.0.1", 0)), socket.create_server(("::1", 0), family=socket.AF_INET6)]
datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagram.bind(("127.0.0.1", 0))
print("ready", flush=True)
signal.pause()
"""

# Asks as the user that it runs as; prints what comes back.
ASK = """
import socket, sys
one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
one.settimeout(30)
one.connect(sys.argv[1])
try:
    one.sendall(sys.argv[2].encode())
except BrokenPipeError:
    pass
answer = b""
while True:
    try:
        more = one.recv(65536)
    except ConnectionResetError:
        break
    if not more:
        break
    answer += more
sys.stdout.buffer.write(answer)
"""


class InventoryService(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = Namespace("served")
        cls.addClassCleanup(cls.namespace.remove)
        cls.holder = subprocess.Popen(
            cls.namespace.command(sys.executable, "-c", HOLDER), stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end, cls.holder)
        assert cls.holder.stdout.readline() == "ready\n"

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="periplus-lab-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chmod(self.folder, 0o755)
        self.path = os.path.join(self.folder, "inventory.sock")
        self.listener = inventory_service.listen(self.path)
        self.addCleanup(self.listener.close)

    def start(self, *options, capabilities=BOTH):
        process = inventory_service.start(
            self.listener, *options, capabilities=capabilities, prefix=self.namespace.command())
        self.addCleanup(self.end, process)
        return process

    def ask(self, user, question="periplus-inventory 1 sample\n"):
        done = subprocess.run(
            [*as_user(user), sys.executable, "-c", ASK, self.path, question], capture_output=True, timeout=60, check=True)
        head, _, body = done.stdout.partition(b"\n")
        return head.decode(), body

    def sample(self, user):
        head, body = self.ask(user)
        self.assertEqual(head, f"periplus-inventory 1 sample {len(body)}")
        return json.loads(body)

    def test_the_agents_user_sees_a_root_process_and_strangers_see_nothing(self):
        service = self.start()
        for user in (AGENT, 0):
            sample = self.sample(user)
            self.assertEqual(len(sample["listeners"]), 3)
            for listener in sample["listeners"]:
                process, = listener["processes"]
                self.assertEqual((process["pid"], process["user"], listener["user"]), (self.holder.pid, "root", "root"))
                self.assertEqual(os.path.realpath(process["executable"]), os.path.realpath(sys.executable))
                self.assertNotIn("ownerUnknownReason", listener)
            self.assertIn({"interface": "lo", "address": "127.0.0.1", "prefixLength": 8}, sample["addresses"])
        for user in (STRANGER, SERVICE):
            for _ in range(2):
                head, body = self.ask(user)
                self.assertEqual((head, body), (f"periplus-inventory 1 refused user {user} may not ask the inventory service", b""))
        # Refusals do not disturb the agent.
        self.assertEqual(len(self.sample(AGENT)["listeners"]), 3)
        service.kill()
        said = service.stderr.read().splitlines()
        self.assertEqual(said, [f"periplus-agent: user {user} asked and was refused" for user in (STRANGER, SERVICE)])

    def test_it_holds_the_two_capabilities_and_no_more(self):
        # As root by hand, it lets go of the rest itself.
        starter = [*self.namespace.command(), sys.executable, "-c", inventory_service.STARTER, str(self.listener.fileno()),
                   agent(), "inventory-service", "--user", str(AGENT)]
        whole = subprocess.Popen(starter, pass_fds=[self.listener.fileno()], stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, whole)
        self.sample(AGENT)
        self.assertEqual(self.capabilities(whole.pid), (1 << 19 | 1 << 2, 1))
        whole.kill()
        whole.wait()
        service = self.start()
        self.sample(AGENT)
        self.assertEqual(self.capabilities(service.pid), (1 << 19 | 1 << 2, 1))

    @staticmethod
    def capabilities(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            fields = dict(line.rstrip("\n").split(":\t") for line in file if ":\t" in line)
        assert fields["CapEff"] == fields["CapPrm"]
        return int(fields["CapEff"], 16), int(fields["NoNewPrivs"])

    def test_each_capability_shows_what_sockets_shows_with_it(self):
        for capabilities, isWhole in [((), False), (BOTH[:1], False), (BOTH[1:], False), (BOTH, True)]:
            service = self.start(capabilities=capabilities)
            served = self.sample(AGENT)["listeners"]
            service.kill()
            service.wait()
            said = service.stderr.read()
            done = run(*self.namespace.command(*as_user(SERVICE, *capabilities), agent(), "sockets", "--listeners", "-p",
                                               "-o", "ndjson"))
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual(len(rows), 3)
            self.assertEqual(
                sorted((one["inode"], [p["pid"] for p in one["processes"]], one.get("ownerUnknownReason")) for one in served),
                sorted((row["inode"], [p["pid"] for p in row["processes"] or []], row["ownerUnknownReason"]) for row in rows))
            for row in rows:
                if isWhole:
                    self.assertEqual([p["pid"] for p in row["processes"]], [self.holder.pid])
                else:
                    self.assertIn("needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", row["ownerUnknownReason"])
            for name in BOTH:
                self.assertEqual(f"CAP_{name.upper()}" in said, name not in capabilities, said)

    def test_bad_questions_are_refused_and_the_next_is_answered(self):
        self.start()
        for question, reason in [("GET / HTTP/1.0\r\n\r\n", "no question"), ("periplus-inventory 2 sample\n", "version 1"),
                                 ("x" * 10000, "refused"), ("periplus", "in time")]:
            head, body = self.ask(AGENT, question)
            self.assertTrue(head.startswith("periplus-inventory 1 refused"), head)
            self.assertIn(reason, head)
            self.assertEqual(body, b"")
        self.assertEqual(len(self.sample(AGENT)["listeners"]), 3)

    def test_an_idle_service_ends_and_the_next_one_takes_over(self):
        service = self.start("--idle", "500ms")
        self.assertEqual(service.wait(60), 0)
        self.assertEqual(service.stderr.read(), "")
        # The socket has stayed: who asks now waits for the service that systemd starts.
        question = subprocess.Popen(
            [*as_user(AGENT), sys.executable, "-c", ASK, self.path, "periplus-inventory 1 sample\n"], stdout=subprocess.PIPE)
        self.addCleanup(self.end, question)
        self.start()
        self.assertIn(b"periplus-inventory 1 sample", question.communicate(timeout=60)[0])

    def test_it_starts_only_on_a_socket_that_was_handed_over(self):
        def say(variables, descriptor=None):
            code = ("import os, sys\n"
                    "if sys.argv[2] != '-': os.dup2(int(sys.argv[2]), 3); os.set_inheritable(3, True)\n"
                    "os.environ.update(eval(sys.argv[1]))\n"
                    "os.execv(sys.argv[3], sys.argv[3:])")
            done = subprocess.run(
                [sys.executable, "-c", code, variables, "-" if descriptor is None else str(descriptor), agent(),
                 "inventory-service", "--user", "0"], capture_output=True, text=True, timeout=60, check=False,
                pass_fds=[] if descriptor is None else [descriptor])
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), done.stderr)
            return done.stderr

        mine = "{'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '1'}"
        self.assertIn("periplus-inventory.socket", say("{}"))
        self.assertIn("another process", say("{'LISTEN_PID': '1', 'LISTEN_FDS': '1'}"))
        self.assertIn("one socket", say("{'LISTEN_PID': str(os.getpid()), 'LISTEN_FDS': '2'}"))
        with open("/dev/zero", "rb") as zero:
            self.assertIn("no listening Unix stream socket", say(mine, zero.fileno()))
        done = subprocess.run([agent(), "inventory-service", "--user", "nobody-is-called-so"], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (64, 1))

    def test_a_signal_ends_it(self):
        service = self.start()
        self.sample(AGENT)
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(60), -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()

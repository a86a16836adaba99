"""The filter language against ss: random filters over every production of ss's grammar name the same sockets.

Where ss's own reading is left out of the comparison, docs/sockets.md says why: mixed `and` and `or` without parentheses,
negated `autobound`, a family that ss applies to the whole filter, networks of length 0 under a negation.
"""

import collections
import json
import random
import subprocess
import unittest

from namespaces import agent, tool
from socket_zoo import Zoo

STATES = {
    "ESTAB": "established", "LISTEN": "listening", "UNCONN": "unconnected", "TIME-WAIT": "time-wait",
    "SYN-SENT": "syn-sent", "SYN-RECV": "syn-recv", "FIN-WAIT-1": "fin-wait-1", "FIN-WAIT-2": "fin-wait-2",
    "CLOSE-WAIT": "close-wait", "LAST-ACK": "last-ack", "CLOSING": "closing",
}
ALL = frozenset(STATES.values())
CONNECTED = ALL - {"listening", "unconnected"}
WORDS = {state: {state} for state in ALL} | {
    "syn-rcv": {"syn-recv"}, "closed": {"unconnected"}, "close": {"unconnected"}, "all": ALL, "connected": CONNECTED,
    "synchronized": CONNECTED - {"syn-sent"}, "bucket": {"syn-recv", "time-wait"}, "big": ALL - {"syn-recv", "time-wait"},
}
EQUAL = ["", "=", "==", "eq"]
UNEQUAL = ["!=", "ne", "neq"]
ORDERS = ["<", "lt", ">", "gt", "<=", "le", "leq", ">=", "ge", "geq"]
PORTS = [0, 22, 53, 80, 123, 443, 1000, 2000, 5353, 8000, 8001, 8080, 8443, 40000, 40001, 65535]
# Names of TCP, alone or with UDP: ss looks both up in turn and takes a name of UDP alone for whatever the second search left
# behind (the last line of /etc/services).
SERVICES = ["ssh", "http", "https", "domain", "http-alt"]
IPV4 = ["127.0.0.1", "127.0.0.2", "10.77.0.1", "10.77.0.99", "192.0.2.1"]
NETWORKS4 = ["127/8", "127.0.0.0/31", "10.77/16", "10/8", "127.0.0.1/32", "10.77.0.0/255.255.255.0"]
IPV6 = ["::1", "2001:db8:77::1", "::ffff:127.0.0.1", "2001:db8::9"]
NETWORKS6 = ["2001:db8::/32", "::ffff:127.0.0.0/104", "::1/128", "2001:db8:77::/64"]


class Grammar:
    """Makes random filters and counts each production it uses."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.used = collections.Counter()

    def pick(self, what, choices):
        choice = self.random.choice(choices)
        self.used[f"{what} {choice or 'nothing'}"] += 1
        return choice

    def use(self, production):
        self.used[production] += 1

    # States

    def states(self):
        """Some state words and the set that they stand for; None for none."""
        chosen, text = None, []
        for _ in range(self.random.choice([0, 1, 1, 2, 3])):
            keyword = self.pick("keyword", ["state", "exclude", "excl"])
            word = self.pick("state", sorted(WORDS))
            if keyword == "state":
                chosen = (chosen or set()) | WORDS[word]
            else:
                chosen = (set(ALL) if chosen is None else chosen) - WORDS[word]
            if self.random.random() < 0.1:
                self.use("a state in capitals")
                word = word.upper()
            text += [keyword, word]
        return " ".join(text), chosen

    # Expressions

    def expression(self, depth, top=True):
        """An expression; compound ones in parentheses unless at the top."""
        kind = self.random.choice(["predicate"] if depth == 0 else ["predicate", "and", "or", "not", "parentheses"])
        if kind == "predicate":
            return self.predicate()
        if kind == "not":
            self.negations += 1
            text = self.pick("not", ["not", "!"]) + " " + self.expression(depth - 1, top=False)
            self.negations -= 1
            return text
        if kind == "parentheses":
            self.use("parentheses")
            return f"( {self.expression(depth - 1)} )"
        parts = [self.expression(depth - 1, top=False) for _ in range(self.random.choice([2, 2, 3]))]
        text = parts[0]
        for part in parts[1:]:
            word = self.pick("joined by", ["and", "&", "&&", ""] if kind == "and" else ["or", "|", "||"])
            text += f" {word} {part}" if word else f" {part}"
        return text if top else f"( {text} )"

    def predicate(self):
        names = ["sport", "dport", "src", "dst", "sport", "dport", "src", "dst", "dev", "fwmark", "cgroup", "autobound"]
        if self.negations or self.uses_device:
            names.remove("autobound")
        if self.uses_autobound:
            # ss sends the kernel no filter that holds a device, and then does not ask who chose the port.
            names.remove("dev")
        if not self.groups:
            names.remove("cgroup")
        name = self.pick("predicate", names)
        if name == "autobound":
            self.uses_autobound = True
            return name
        if name in ("sport", "dport"):
            operator = self.pick("operator", EQUAL + UNEQUAL + ORDERS)
            operand = self.port(isOrder=operator in ORDERS)
        elif name in ("src", "dst"):
            operator = self.pick("operator of addresses", ["", "=", "==", "eq"])
            operand = self.host()
        else:
            operator = self.pick(f"operator of {name}", EQUAL + UNEQUAL)
            if name == "dev":
                self.uses_device = True
                operand = self.pick("device", ["lo", "d0", "1", "0"])
            elif name == "fwmark":
                self.needs_full = True
                operand = self.pick("mark", ["1", "0x10", "0x1/0x1", "16/0xf0", "0x1f"])
            else:
                self.needs_full = True
                operand = self.pick("group", self.groups)
        return " ".join(filter(None, [name, operator, operand]))

    def port(self, isOrder=False):
        form = self.pick("port form", [":N", "N", ":0xN", ":name", "name", ":\\N"] + ([] if isOrder else [":*", "*", ":"]))
        number = self.random.choice(PORTS)
        return (form.replace("0xN", hex(number)).replace("name", self.random.choice(SERVICES)).replace("N", str(number)))

    def port_of_address(self):
        return self.random.choice([str(self.random.choice(PORTS[1:])), "*", self.random.choice(SERVICES[:4])])

    def host(self):
        form = self.pick("address form", [
            "*", "*:P", ":P", "any", "A4", "A4:P", "N4", "N4:P", "[A6]", "[A6]:P", "[N6]:P", "[N6]", "N6", "localhost",
            "localhost:P", "[A4]:P",
        ])
        return (form.replace("P", self.port_of_address()).replace("A4", self.random.choice(IPV4))
                .replace("N4", self.random.choice(NETWORKS4)).replace("A6", self.random.choice(IPV6))
                .replace("N6", self.random.choice(NETWORKS6)))

    def family(self):
        """A filter that begins with a family, which ss takes for the whole of it: nothing but `and` may follow."""
        form = self.pick("family form", [
            "src inet:*", "src inet6:*", "dst inet:A4", "dst inet6:[A6]:P", "sport = inet:N", "dport = inet6::N",
            "src inet:N4:P", "src inet6:[N6]", "sport != inet:N", "dport > inet6:N", "src inet:localhost",
        ])
        return (form.replace("P", self.port_of_address()).replace("N4", self.random.choice(NETWORKS4))
                .replace("A4", self.random.choice(IPV4)).replace("A6", self.random.choice(IPV6))
                .replace("N6", self.random.choice(NETWORKS6)).replace("N", str(self.random.choice(PORTS))))

    def filter(self, groups):
        """A whole filter, and the states that ss shows for it where it named any."""
        self.groups = groups
        self.negations, self.uses_device, self.uses_autobound, self.needs_full = 0, False, False, False
        states, chosen = self.states()
        while chosen is not None and not chosen:
            states, chosen = self.states()
        choice = self.random.random()
        if choice < 0.15 and states:
            self.use("states alone")
            expression = ""
        elif choice < 0.3:
            expression = self.family()
            if self.random.random() < 0.5:
                self.uses_autobound = True  # Keeps devices out: none of them is followed by a family.
                expression += " and " + self.port_predicate()
        else:
            expression = self.expression(self.random.choice([0, 1, 2, 3]))
        if self.needs_full:
            # Minisockets have neither mark nor group; ss takes them for 0, periplus for unknown.
            states = (states + " exclude bucket").strip()
            chosen = (set(ALL) if chosen is None else set(chosen)) - WORDS["bucket"]
            if not chosen:
                return self.filter(groups)
        return " ".join(filter(None, [states, expression])), chosen

    def port_predicate(self):
        return f"{self.random.choice(['sport', 'dport'])} {self.random.choice(['=', '!=', '<'])} :{self.random.choice(PORTS)}"


class SocketFilterAgainstSS(unittest.TestCase):
    ROUNDS = 400

    @classmethod
    def setUpClass(cls):
        cls.zoo = Zoo("filter")
        cls.addClassCleanup(cls.zoo.remove)

    def run_in(self, *command):
        done = subprocess.run(
            self.zoo.command(*command), text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    def ss(self, flags, words, chosen):
        rows = set()
        for line in self.run_in(tool("ss"), "-H", "-n", "-O", flags, *words).splitlines():
            fields = line.split()
            protocol = fields.pop(0)
            # ss leaves the column of the state out where only one is possible.
            state = STATES[fields.pop(0)] if chosen is None or len(chosen) > 1 else next(iter(chosen))
            rows.add((protocol, state, self.endpoint(fields[2]), self.endpoint(fields[3])))
        return rows

    @staticmethod
    def endpoint(text):
        host, port = text.rsplit(":", 1)
        host = host.split("%")[0].strip("[]")
        return host.replace("*", "::"), 0 if port == "*" else int(port)

    def agent(self, flags, words):
        # A hint may be said beside the sockets.
        done = subprocess.run(
            self.zoo.command(agent(), "sockets", flags, "-o", "ndjson", *words), text=True, capture_output=True,
            timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.rows(done.stdout)

    def agent_and_word(self, words):
        """The sockets, and what is said beside them."""
        done = subprocess.run(
            self.zoo.command(agent(), "sockets", "-tua", "-o", "ndjson", *words), text=True, capture_output=True,
            timeout=60, check=True)
        return self.rows(done.stdout), done.stderr

    @staticmethod
    def rows(output):
        return {
            (row["protocol"], row["state"], (row["localAddress"], row["localPort"]),
             (row["remoteAddress"], row["remotePort"]))
            for row in map(json.loads, output.splitlines())
        }

    def compare(self, text, chosen, words=None, flags="-tua"):
        words = words or [text]
        for _ in range(5):
            before = self.ss(flags, words, chosen)
            ours = self.agent(flags, words)
            # Sockets in passing states may end meanwhile.
            if self.ss(flags, words, chosen) == before:
                break
        self.assertEqual(ours, before, text)
        return len(before)

    def test_the_zoo_has_every_state_that_can_be_held(self):
        states = {state for _, state, _, _ in self.ss("-tua", [], None)}
        self.assertEqual(states, ALL - {"closing"})

    def test_random_filters_name_the_sockets_that_ss_names(self):
        grammar = Grammar(20270)
        groups = [group for group in (self.zoo.mount, self.zoo.group) if group]
        found = 0
        for _ in range(self.ROUNDS):
            text, chosen = grammar.filter(groups)
            # ss and the agent join their arguments by blanks.
            words = text.split(" ") if grammar.random.random() < 0.5 and "\\" not in text else [text]
            if words == [text] and chosen is not None and text.split(" ")[0] in ("state", "exclude", "excl"):
                # ss reads states as arguments of their own only.
                words = text.split(" ")
            with self.subTest(text):
                found += self.compare(text, chosen, words) > 0
        print(f"\n{self.ROUNDS} filters, {found} of them with sockets; productions used:")
        print(", ".join(f"{name}: {count}" for name, count in sorted(grammar.used.items())))
        expected = (
            [f"keyword {word}" for word in ("state", "exclude", "excl")] + [f"state {word}" for word in WORDS]
            + ["a state in capitals", "states alone", "parentheses", "not not", "not !"]
            + [f"joined by {word}" for word in ("and", "&", "&&", "nothing", "or", "|", "||")]
            + [f"predicate {word}" for word in ("sport", "dport", "src", "dst", "dev", "fwmark", "autobound")]
            + (["predicate cgroup"] if groups else [])
            + [f"operator {word or 'nothing'}" for word in EQUAL + UNEQUAL + ORDERS]
            + [f"operator of addresses {word or 'nothing'}" for word in EQUAL]
            + [f"operator of {name} {word or 'nothing'}" for name in ["dev", "fwmark"] for word in EQUAL + UNEQUAL]
            + [f"port form {form}" for form in (":N", "N", ":0xN", ":name", "name", ":\\N", ":*", "*", ":")]
            + [f"address form {form}" for form in (
                "*", "*:P", ":P", "any", "A4", "A4:P", "N4", "N4:P", "[A6]", "[A6]:P", "[N6]:P", "[N6]", "N6", "localhost",
                "localhost:P", "[A4]:P")]
            + [f"family form {form}" for form in (
                "src inet:*", "src inet6:*", "dst inet:A4", "dst inet6:[A6]:P", "sport = inet:N", "dport = inet6::N",
                "src inet:N4:P", "src inet6:[N6]", "sport != inet:N", "dport > inet6:N", "src inet:localhost")]
        )
        self.assertEqual([name for name in expected if not grammar.used[name]], [])
        self.assertGreater(found, self.ROUNDS // 4)

    def test_lines_that_people_type(self):
        for flags, words, chosen in [
            ("-tun", ["state", "established"], {"established"}),
            ("-tuln", ["state", "established"], {"established"}),
            ("-tun", ["exclude", "established"], ALL - {"established"}),
            ("-tun", ["state", "established", "( dport = :22 or sport = :22 )"], {"established"}),
            ("-tuan", ["src", "::/0"], None), ("-tuan", ["src", "0.0.0.0/0"], None), ("-tuan", ["dst", "::/0"], None),
            ("-tua4", ["src", "127/8"], None), ("-tua6", ["src", "[::1]"], None),
        ]:
            with self.subTest(flags=flags, words=words):
                self.assertGreater(self.compare(" ".join(words), chosen, words, flags), 0)

    def test_what_is_mended_says_the_same_in_other_words(self):
        for mended, plain in [
            ("sport=:22", "sport = :22"), ("(sport=:22)or(dport=:22)", "sport = :22 or dport = :22"),
            ("sport = :22,80-443", "sport = :22 or ( sport >= :80 and sport <= :443 )"),
            ("src ::1", "src [::1]"), ("src [2001:db8::]/32", "src 2001:db8::/32"),
            ("src != 127/8", "not src 127/8"), ("dst 10.77.0.1:22,80", "dst 10.77.0.1:22 or dst 10.77.0.1:80"),
        ]:
            with self.subTest(mended):
                ours = self.agent("-tua", [mended])
                self.assertEqual(ours, self.ss("-tua", [plain], None))
                self.assertTrue(ours)

    def test_a_negated_autobound_is_the_complement(self):
        chosen, others = self.agent("-tua", ["autobound"]), self.agent("-tua", ["not autobound"])
        self.assertEqual(chosen & others, set())
        self.assertEqual(chosen | others, self.agent("-tua", []))
        self.assertTrue(chosen and others)

    def test_processes_and_users(self):
        pid = self.zoo.holder.pid
        every = self.agent("-tua", [])
        # Minisockets belong to nobody.
        expected = {row for row in every if row[1] not in ("time-wait", "syn-recv")}
        for words in ([f"pid {pid}"], ["proc python*"], ["user root"], ["proc != nginx"], ["user != 1"]):
            held, said = self.agent_and_word(words)
            self.assertEqual(held, expected, words)
            self.assertIn("left out", said)
        for words in (["not", f"pid {pid}"], [f"pid != {pid}"], ["user != 0"], ["not proc python*"]):
            held, said = self.agent_and_word(words)
            self.assertEqual(held, set(), words)
            self.assertIn("left out", said)


if __name__ == "__main__":
    unittest.main()

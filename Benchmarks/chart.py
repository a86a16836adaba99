#!/usr/bin/env python3
"""The chart when it is large: first pages of queries, counts, the past, a diff, and what a row costs on the disk.

    PERIPLUS_BIN=.build/release python3 Benchmarks/chart.py [--endpoints 10000000] [--database FILE] [--one-change]
                [--only pages,host,hosts,slow,deep,counts,past,export]

Endpoints are put into the database beforehand: 50 for each host, 200 ports in all, three zones, one in ten with a second zone that
says otherwise and one in ten closed and opened again within 90 days; a host in a hundred has an agent with an inventory. With
--database they stay, and are used again. Every question goes through the HTTP server, over its local socket; times are those of
whole answers, the answer's JSON read by nobody.
"""

import argparse
import http.client
import json
import os
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

BIN = os.path.abspath(os.environ.get("PERIPLUS_BIN", ".build/release"))
DAY = 86_400_000
PER_HOST = 50
PORTS = sorted(set(range(20, 100)) | {110, 111, 123, 135, 139, 143, 161, 179, 389, 443, 445, 465, 514, 587, 631, 636, 873, 989, 990, 993, 995}
               | set(range(1080, 1100)) | {1433, 1521, 1723, 2049, 2181, 3000, 3306, 3389, 5000, 5432, 5672, 5900, 5985, 6379, 6443}
               | set(range(8000, 8060)) | {9000, 9090, 9092, 9100, 9200, 9300, 10250, 11211, 15672, 27017})[:200]
SERVICES = {22: ("ssh", "OpenSSH"), 80: ("http", "nginx"), 443: ("http", "nginx"), 3306: ("mysql", "MySQL"), 5432: ("postgresql", None),
            6379: ("redis", "Redis"), 8080: ("http", "Jetty"), 25: ("smtp", "Postfix")}
# As the store keeps them (Store/StoredCode.swift).
CLOSED, OPEN, FILTERED = 0, 1, 2
REFUSED, SYN_ACK, NO_RESPONSE = 0, 1, 2
NO_INSIDE_VIEW, EXPOSED = 0, 1
CHANGE_FOUND, CHANGE_CLOSED, CHANGE_OPENED, CHANGE_REOPENED = 0, 1, 2, 3


class Coordinator:
    def __init__(self, folder, database):
        self.socket = os.path.join(folder, "s")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "periplus"), "serve", "--listen", "127.0.0.1:0", "--database", database, "--socket", self.socket],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if re.search(r"listening on https?://\S+:(\d+)", line):
                break
        os.set_blocking(self.process.stderr.fileno(), False)
        # The socket listens a moment after the address that is told.
        for _ in range(100):
            if os.path.exists(self.socket):
                break
            time.sleep(0.1)

    def stop(self):
        self.process.terminate()
        self.process.wait(120)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024

    def keep(self):
        """A connection that stays; the function it comes with asks for a path and returns the answer's text and the seconds it took."""
        connection = http.client.HTTPConnection("c", timeout=600)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(600)
        connection.sock.connect(self.socket)

        def ask(path):
            began = time.monotonic()
            connection.request("GET", path)
            text = connection.getresponse().read()
            return text, time.monotonic() - began

        return connection, ask

    def ask(self, path, **fields):
        """The answer's text and the seconds it took."""
        connection = http.client.HTTPConnection("c", timeout=600)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(600)
        connection.sock.connect(self.socket)
        began = time.monotonic()
        connection.request("GET", f"/api/v1/{path}?" + urllib.parse.urlencode(fields, quote_via=urllib.parse.quote))
        answer = connection.getresponse()
        text = answer.read()
        seconds = time.monotonic() - began
        connection.close()
        if answer.status >= 300:
            return f"{answer.status}: {text.decode()[:200]}", seconds
        return text, seconds


def generate(path, count, one_change=False):
    """Fills the tables straight, without their indexes, which are made afterwards. `one_change`: every endpoint has opened or closed
    once since it was looked at first; else one in five has changes."""
    began = time.monotonic()
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
        database.execute(f"PRAGMA {pragma}")
    indexes = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN"
        " ('endpoint', 'endpoint_view', 'view_run', 'finding', 'listener', 'endpoint_service')").fetchall()
    database.execute("BEGIN")
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    now = int(time.time() * 1000)
    hosts = count // PER_HOST
    database.executemany("INSERT OR IGNORE INTO zone(id, site_id, name, created_at) VALUES (?, 1, ?, 0)", [(2, "dmz"), (3, "office")])
    agents = max(1, hosts // 100)
    database.executemany(
        "INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name, operating_system,"
        " enrolled_at, inventory_since, inventory_at) VALUES (?, ?, 1, ?, 'i', ?, '[\"scan\",\"inventory\"]', ?, '1', ?, 'Linux', 0, 0, ?)",
        ((n + 1, f"agent-{n}", n % 3 + 1, n.to_bytes(32, "big"), '["lab"]' if n % 10 == 0 else "[]", f"host-{n}", now + DAY)
         for n in range(agents)))
    database.executemany(
        "INSERT INTO agent_address(agent_id, interface, address, prefix_length, since) VALUES (?, 'eth0', ?, 8, 0)",
        ((n + 1, (0x0A000000 + n * 100).to_bytes(4, "big")) for n in range(agents)))
    # What services say: one text for all that say the same.
    texts = {known: number + 1 for number, known in enumerate(sorted(set(SERVICES.values()), key=str))}
    database.executemany(
        "INSERT INTO record_text(id, text) VALUES (?, ?)",
        ((number, " | ".join(word.lower() for word in known if word)) for known, number in texts.items()))
    chance = random.Random(1)
    listener = 0

    def rows():
        """An endpoint, its views, their runs, its listener."""
        nonlocal listener
        for host in range(hosts):
            address = (0x0A000000 + host).to_bytes(4, "big")
            zone = host % 3 + 1
            agent = host // 100 + 1 if host % 100 == 0 and host // 100 < agents else None
            first = chance.randrange(200 - PER_HOST)
            seen = now - chance.randrange(DAY)
            born = now - 90 * DAY - chance.randrange(DAY)
            for port in PORTS[first:first + PER_HOST]:
                yield host, address, zone, agent, port, seen, born, chance.random()

    endpoints, views, runs, listeners, services = [], [], [], [], []
    identity = 0

    def flush():
        database.executemany(
            "INSERT INTO endpoint(id, site_id, scope, address, transport, port, state, reason, verdict, zone_id, other_zones, listener_id,"
            " inside_agent_id, first_seen, last_seen, differed_at, service, product, findings, tells_view, view_at, view_agent_id)"
            " VALUES (?, 1, '', ?, 6, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", endpoints)
        database.executemany(
            "INSERT INTO endpoint_view(endpoint_id, zone_id, state, reason, is_self_view, observed_at, first_seen, last_seen, differed_at,"
            " same_since, agent_id) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, 1)", views)
        database.executemany(
            "INSERT INTO view_run(endpoint_id, number, zone_id, is_self_view, first_at, unseen_for, until_at, state, reason, change, agent_id,"
            " next_change, next_agent_id) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, 1, ?, ?)", runs)
        database.executemany(
            "INSERT INTO listener(id, agent_id, transport, address, port, interface, namespace, processes, unit, user, uid, inode,"
            " first_seen, last_seen, since, is_ipv6_only) VALUES (?, ?, 6, X'00000000', ?, '', 0, ?, ?, ?, ?, ?, ?, ?, 0, 0)", listeners)
        database.executemany(
            "INSERT INTO endpoint_service(endpoint_id, zone_id, observed_at, name, product, confidence, agent_id, since, text_id)"
            " VALUES (?, ?, ?, ?, ?, 'certain', 1, ?, ?)", services)
        for batch in (endpoints, views, runs, listeners, services):
            batch.clear()

    for host, address, zone, agent, port, seen, born, dice in rows():
        identity += 1
        is_open = dice < 0.9
        changes = one_change or 0.8 <= dice < 0.9 or not is_open
        service, product = SERVICES.get(port, (None, None))
        owner = None
        if agent and is_open:
            listener += 1
            owner = listener
            name = (product or "python3").lower()
            listeners.append((listener, agent, port, f'[{{"pid":{port},"name":"{name}","executable":"/usr/sbin/{name}","user":"root"}}]',
                              f"{name}.service", "root", 0, listener, born, seen))
        state, reason = (OPEN, SYN_ACK) if is_open else (CLOSED, REFUSED)
        verdict = (EXPOSED if owner else NO_INSIDE_VIEW) if is_open else None
        other = zone % 3 + 1 if dice < 0.1 else None
        differed = born + int(dice * 80 * DAY) if changes else None
        last = seen if is_open else differed
        # One view is told by the endpoint's own row (Store/SoleView.swift).
        sole = (0, None, None) if other else (1, None if is_open else seen, 1)
        endpoints.append((identity, address, port, state, reason, verdict, zone, f"[{other}]" if other else None, owner, agent,
                          differed if one_change and is_open else born, last, differed, service if is_open else None, product if is_open else None,
                          1 if port in (21, 23) and is_open else 0, *sole))
        if service:
            services.append((identity, zone, seen if is_open else differed, service, product, born, texts[service, product]))
        if other:
            views.append((identity, zone, state, reason, seen, differed if one_change and is_open else born, last, differed, None))
            views.append((identity, other, FILTERED, NO_RESPONSE, seen, None, None, None, born))
        # The newest run is told by the row of the one before it.
        if one_change and is_open:
            runs.append((identity, 0, zone, born, DAY, differed, CLOSED, REFUSED, None, CHANGE_OPENED, 1))
        elif changes and is_open:
            runs.append((identity, 0, zone, born, DAY // 2, differed - DAY // 2, OPEN, SYN_ACK, CHANGE_FOUND, None, None))
            runs.append((identity, 1, zone, differed - DAY // 2, DAY // 4, differed, CLOSED, REFUSED, CHANGE_CLOSED, CHANGE_REOPENED, 1))
        elif changes:
            runs.append((identity, 0, zone, born, DAY, differed, OPEN, SYN_ACK, CHANGE_FOUND, CHANGE_CLOSED, 1))
        if len(endpoints) >= 50_000:
            flush()
    flush()
    for _, sql in indexes:
        database.execute(sql)
    database.execute(
        "INSERT INTO endpoint_count SELECT port, transport, site_id, coalesce(zone_id, 0), CASE state WHEN 1 THEN 'open' ELSE 'closed' END, coalesce(service, ''),"
        " listener_id IS NOT NULL, count(*) FROM endpoint GROUP BY 1, 2, 3, 4, 5, 6, 7")
    for field, column, shown in ((1, "name", "service"), (2, "product", "product")):
        database.execute(
            f"INSERT INTO service_unshown SELECT DISTINCT {field}, s.{column}, e.site_id, e.scope, e.address, e.transport, e.port"
            f" FROM endpoint_service AS s JOIN endpoint AS e ON e.id = s.endpoint_id"
            f" WHERE s.{column} IS NOT NULL AND s.{column} IS NOT e.{shown}")
    database.execute("COMMIT")
    database.execute("PRAGMA journal_mode = WAL")
    octets = os.path.getsize(path)
    print(f"{identity} endpoints on {hosts} hosts, {len(PORTS)} ports, {agents} agents with {listener} listeners: {octets / 2**20:.0f} MiB,"
          f" {octets / identity:.0f} octets an endpoint with all indexes; made in {time.monotonic() - began:.0f} s", flush=True)
    total = 0
    for name, pages in database.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"):
        total += pages
        if pages >= identity:
            print(f"  {name}: {pages / identity:.1f} octets an endpoint", flush=True)
    print(f"  all tables and indexes: {total / identity:.1f}", flush=True)
    database.close()


# What docs/query.md promises an index for, and pairs of fields.
QUERIES = {
    "host": "10.0.{a}.{b}", "net": "net:10.{z}.{a}.0/24", "port": "port:443", "service": "service:ssh", "product": "product:Redis",
    "proc": "proc:nginx", "unit": "unit:redis.service", "agent": "agent:agent-{n}", "finding": "finding:cleartext",
    "port+net": "port:443 net:10.0.{a}.0/24", "service+zone": "service:ssh zone:dmz", "verdict+tag": "verdict:exposed tag:lab",
    "port+state": "port:443 state:closed", "state": "state:closed", "verdict": "verdict:exposed", "seen": "seen:>12h", "changed": "changed:7d",
    "user": "user:root", "tag": "tag:lab", "zone": "zone:office", "product+changed": "product:Redis changed:7d", "nothing": "proc:nosuchprogram",
    "net+service": "net:10.0.0.0/8 service:ssh", "port+proc": "port:443 proc:nginx", "site": "site:default", "name": "name:host-{n}",
    "text": "text:redis",
}
# Of these few or none fit, and no index of their own finds them: pages end early (docs/query.md).
SLOW = {
    "seen+zone": "seen:>80d zone:office", "verdict+seen": "verdict:no-inside-view seen:>80d", "not zone": "not zone:dmz,office,default",
    "ports+seen": "port:1..1024 seen:>80d", "port+seen": "port:443 seen:>80d", "service pattern": "service:h*p",
    "product pattern+zone": "product:nosuch* zone:office", "proto": "proto:udp",
    # What SQLite sorted.
    "8 ports+net": "net:10.0.0.0/16 port:22,25,53,80,110,143,443,8080", "8 ports+net+seen": "net:10.0.0.0/16 port:22,25,53,80,110,143,443,8080 seen:>80d",
    "190 agents": "agent:" + ",".join(f"agent-{n}" for n in range(190)), "agents' pattern": "agent:agent-9*",
}
HOSTS = {
    "everything": "", "port": "port:443", "service": "service:ssh", "8 ports+net": SLOW["8 ports+net"], "state": "state:closed", "text": "text:redis",
    "proc": "proc:nginx", "agents' pattern": "agent:agent-9*", "nothing": "proc:nosuchprogram", "seen+zone": "seen:>80d zone:office", "proto": "proto:udp",
}
# Counts that are not kept: by what, and of what.
COMPUTED = {
    "verdict": ("verdict", ""), "product": ("product", ""), "agent": ("agent", ""), "host": ("host", ""), "port of what fits rarely": ("port", "seen:>80d"),
    "verdict of a port": ("verdict", "port:443"), "service of a tag": ("service", "tag:lab"), "port of a /16": ("port", "net:10.0.0.0/16"),
}
DEEP = {"everything": "", "port": "port:443", "service": "service:ssh", "state": "state:closed", "zone": "zone:office"}
PAST = ("host", "net", "port", "service", "port+net", "agent", "verdict", "product", "proc", "unit", "user", "tag", "state", "service+zone",
        "verdict+tag", "net+service", "port+proc", "nothing")


def measure(coordinator, fields_of, repeats):
    times, rows = [], 0
    for number in range(repeats):
        text, seconds = coordinator.ask(**fields_of(number))
        times.append(seconds * 1e3)
        if isinstance(text, str):
            return times, text
        rows = text.count(b'"address"') or text.count(b'"value"')
    return sorted(times), rows


def deep(coordinator, query, pages):
    """Milliseconds of the first ten pages and of the ten behind `pages`, by cursor, in turn."""
    times, cursor = [], None
    for number in range(pages + 10):
        text, seconds = coordinator.ask("ports", query=query, limit=100, **({"cursor": cursor} if cursor else {}))
        if number < 10 or number >= pages:
            times.append(seconds * 1e3)
        cursor = json.loads(text).get("nextCursor")
        if cursor is None:
            break
    return times[:10], times[10:]


def parts(coordinator, by, query):
    """Milliseconds of each part of counts, by cursor, and the sum of all."""
    times, endpoints, cursor = [], 0, None
    while True:
        text, seconds = coordinator.ask("ports/counts", by=by, query=query, limit=1000, **({"cursor": cursor} if cursor else {}))
        times.append(seconds * 1e3)
        answer = json.loads(text)
        endpoints += sum(row["endpoints"] for row in answer["rows"])
        cursor = answer.get("nextCursor")
        if cursor is None:
            return times, endpoints


def show(name, times, rows):
    print(f"  {name}: median {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f}, most {times[-1]:.1f}; {rows} rows", flush=True)


def text_of(query, number):
    chance = random.Random(number)
    return query.format(a=chance.randrange(256), b=chance.randrange(256), z=chance.randrange(3), n=chance.randrange(1000))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoints", type=int, default=10_000_000)
    parser.add_argument("--database")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--only", default="pages,host,hosts,slow,deep,counts,past,export")
    parser.add_argument("--one-change", action="store_true", help="every endpoint made has changed once")
    options = parser.parse_args()
    wanted = options.only.split(",")
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERIPLUS_SCRATCH")) as folder:
        path = options.database or os.path.join(folder, "p.sqlite")
        if not os.path.exists(path):
            Coordinator(folder, path).stop()
            generate(path, options.endpoints, options.one_change)
        coordinator = Coordinator(folder, path)
        try:
            if "pages" in wanted:
                print("first page of 100:", flush=True)
                for name, query in QUERIES.items():
                    show(name, *measure(coordinator, lambda n, q=query: {"path": "ports", "query": text_of(q, n), "limit": 100}, options.repeats))
                for name, fields in (("changes, the newest", {}), ("changes of one net", {"query": "net:10.0.7.0/24"})):
                    show(name, *measure(coordinator, lambda n, f=fields: {"path": "changes", "limit": 100, **f}, options.repeats))
            if "slow" in wanted:
                print("first page of what fits rarely:", flush=True)
                for name, query in SLOW.items():
                    show(name, *measure(coordinator, lambda n, q=query: {"path": "ports", "query": q, "limit": 100}, 5))
            if "hosts" in wanted:
                print("first page of 100 hosts:", flush=True)
                for name, query in HOSTS.items():
                    show(name, *measure(coordinator, lambda n, q=query: {"path": "hosts", "query": q, "limit": 100}, 5))
                show("gone", *measure(coordinator, lambda n: {"path": "hosts", "query": "", "states": "gone", "limit": 100}, 5))
            if "deep" in wanted:
                print("pages of 100, the first ten and those behind 1,000 pages:", flush=True)
                for name, query in DEEP.items():
                    first, later = deep(coordinator, query, 1_000)
                    print(f"  {name}: median {statistics.median(first):.1f} ms, "
                          + (f"later {statistics.median(later):.1f}" if later else "the list has no more"), flush=True)
            if "host" in wanted:
                print("over one connection, 2,000 times each:", flush=True)
                connection, ask = coordinator.keep()
                for name, path in (("/livez", lambda n: "/livez"), ("open ports of one host", lambda n: "/api/v1/ports?" + urllib.parse.urlencode(
                        {"query": text_of("state:open 10.0.{a}.{b}", n), "limit": 100}, quote_via=urllib.parse.quote))):
                    for number in range(200):
                        ask(path(number))
                    times = sorted(ask(path(number))[1] * 1000 for number in range(2_000))
                    print(f"  {name}: median {statistics.median(times):.2f} ms, p95 {times[1_900]:.2f}", flush=True)
                connection.close()
            if "counts" in wanted:
                print("counts:", flush=True)
                for by in ("port", "service", "state", "zone"):
                    show(f"by {by}", *measure(coordinator, lambda n, b=by: {"path": "ports/counts", "by": b, "query": ""}, 3))
                for name, (by, query) in COMPUTED.items():
                    times, endpoints = parts(coordinator, by, query)
                    print(f"  by {name}: {len(times)} parts, the first {times[0]:.1f} ms, most {max(times):.1f}, all {sum(times):.0f}; {endpoints} endpoints", flush=True)
                show("by port of one net", *measure(
                    coordinator, lambda n: {"path": "ports/counts", "by": "port", "query": text_of("net:10.0.{a}.0/24", n)}, options.repeats))
            if "past" in wanted:
                print("first page of 100 as of 60 days ago:", flush=True)
                for name in PAST:
                    if "pages" not in wanted:
                        show(f"{name}, now", *measure(
                            coordinator, lambda n, q=QUERIES[name]: {"path": "ports", "query": text_of(q, n), "limit": 100}, 5))
                    show(name, *measure(
                        coordinator, lambda n, q=QUERIES[name]: {"path": "ports", "query": text_of(q, n), "limit": 100, "asOf": "60d"}, 5))
            if "export" in wanted:
                began = time.monotonic()
                with open(os.path.join(folder, "out"), "wb") as out:
                    subprocess.run(
                        [os.path.join(BIN, "periplus"), "ports", "--socket", coordinator.socket, "-o", "ndjson", "--limit", "200000"],
                        stdout=out, check=True)
                seconds = time.monotonic() - began
                print(f"export of 200000 rows as NDJSON: {200_000 / seconds:.0f} rows/s", flush=True)
            print(f"memory at most {coordinator.memory():.0f} MiB", flush=True)
        finally:
            coordinator.stop()


if __name__ == "__main__":
    sys.exit(main())

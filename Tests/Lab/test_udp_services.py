"""UDP services of Debian's packages on their own ports, in a namespace of this test's own: each is asked in its protocol and
answers, or is not called open."""

import json
import subprocess
import time
import unittest

from namespaces import Namespace, agent, run, tool
from real_servers import RealServers

# The port of each service that is started below.
SERVICES = {
    53: "dnsmasq", 69: "dnsmasq (TFTP)", 88: "krb5kdc", 111: "rpcbind", 123: "chronyd", 137: "nmbd",
    161: "snmpd", 3130: "squid (ICP)", 3478: "turnserver", 5060: "kamailio", 5683: "coap-server", 11211: "memcached",
}

# Bound and dumb: as a service that does not answer strangers.
SILENT = 5353

# Answers to port 68 alone, whoever asked (RFC 2131, 4.1): no program without root can hear it.
DHCP = 67

MUTE = """
import signal, socket
kept = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
kept.bind(("0.0.0.0", %d))
signal.pause()
""" % SILENT

HOST, ASKER = "10.55.0.1", "10.55.0.2"


def start(servers):
    """Starts every service; as root, because their ports are below 1,024."""
    def begin(*command):
        servers.start(*command, as_root=True)

    tftp = servers.directory("tftp", owner=0)
    conf = servers.file(
        "dnsmasq.conf",
        f"user=root\npid-file=\nno-resolv\nno-hosts\nbind-interfaces\nlisten-address={HOST}\nenable-tftp\ntftp-root={tftp}\n"
        f"dhcp-range=10.55.0.100,10.55.0.200,1h\ndhcp-leasefile={servers.path('leases')}\n", owner=0)
    begin("dnsmasq", "-k", "-C", conf)
    begin("rpcbind", "-f", "-h", HOST)
    conf = servers.file(
        "chrony.conf", f"local stratum 8\nallow all\nbindaddress {HOST}\ncmdport 0\npidfile {servers.path('chronyd.pid')}\n"
        "bindcmdaddress /\n", owner=0)
    begin("chronyd", "-d", "-x", "-f", conf, "-u", "root")
    conf = servers.file("snmpd.conf", f"agentaddress udp:{HOST}:161\nrocommunity public\n", owner=0)
    begin("snmpd", "-f", "-C", "-c", conf, "-Lo", "-p", servers.path("snmpd.pid"))
    begin("memcached", "-u", "root", "-l", HOST, "-p", "11211", "-U", "11211")
    begin("turnserver", "-n", "-L", HOST, "-p", "3478", "--no-tls", "--no-dtls", "--no-cli", "--log-file", "stdout",
          "--pidfile", servers.path("turn.pid"), "--userdb", servers.path("turn.db"))
    begin("coap-server-notls", "-A", HOST)
    conf = servers.file(
        "kamailio.cfg",
        f"""\
        #!KAMAILIO
        log_stderror=yes
        children=1
        disable_tcp=yes
        listen=udp:{HOST}:5060
        loadmodule "sl.so"
        request_route {{
          sl_send_reply("200", "OK");
        }}
        """, owner=0)
    begin("kamailio", "-f", conf, "-DD", "-E", "-Y", servers.folder, "-m", "16", "-M", "4")
    squid = servers.directory("squid")
    conf = servers.file(
        "squid.conf",
        f"""
        http_port {HOST}:3128
        icp_port 3130
        udp_incoming_address {HOST}
        icp_access allow all
        http_access deny all
        cache deny all
        cache_mem 1 MB
        access_log none
        cache_log {squid}/log
        pid_filename none
        coredump_dir {squid}
        pinger_enable off
        workers 1
        visible_hostname lab.example
        """)
    servers.start("squid", "-N", "-f", conf)
    samba = servers.directory("samba", owner=0)
    conf = servers.file(
        "smb.conf",
        f"""
        [global]
        private dir = {samba}
        state directory = {samba}
        cache directory = {samba}
        lock directory = {samba}
        pid directory = {samba}
        ncalrpc dir = {samba}/ncalrpc
        nmbd:nmbd_socket_dir = {samba}
        log file = {samba}/log
        interfaces = {HOST}/24
        bind interfaces only = yes
        """, owner=0)
    begin("nmbd", "--foreground", "--no-process-group", f"--configfile={conf}")
    kerberos(servers)
    begin("python3", "-c", MUTE)


def kerberos(servers):
    folder = servers.directory("krb5", owner=0)
    conf = servers.file("krb5.conf", "[libdefaults]\ndefault_realm = PP\n", owner=0)
    kdc = servers.file(
        "kdc.conf",
        f"""
        [kdcdefaults]
        kdc_listen = {HOST}:88
        kdc_tcp_listen = ""
        [realms]
        PP = {{
          database_name = {folder}/principal
          key_stash_file = {folder}/stash
        }}
        """, owner=0)
    environment = ["env", f"KRB5_CONFIG={conf}", f"KRB5_KDC_PROFILE={kdc}"]
    subprocess.run([*environment, tool("kdb5_util"), "create", "-s", "-P", "lab"], check=True, capture_output=True)
    servers.start(*environment, tool("krb5kdc"), "-n", "-P", servers.path("kdc.pid"), as_root=True)


class DatagramServices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = RealServers()
        cls.addClassCleanup(cls.servers.stop)
        cls.asker = Namespace("asker")
        cls.addClassCleanup(cls.asker.remove)
        cls.asker.link("v1", cls.servers.namespace, "v0")
        cls.asker.address("v1", f"{ASKER}/24")
        cls.servers.namespace.address("v0", f"{HOST}/24")
        # What is asked here is who answers; hosts that hold refusals back are the matter of test_engine_on_networks.
        cls.servers.namespace.setting("net.ipv4.icmp_ratelimit", 0)
        start(cls.servers)
        end = time.monotonic() + 60
        wanted = set(SERVICES) | {SILENT, DHCP}
        while not wanted <= cls.bound():
            if time.monotonic() > end:
                raise AssertionError(f"not bound: {wanted - cls.bound()}\n{cls.servers.logs()}")
            time.sleep(0.1)

    @classmethod
    def bound(cls):
        lines = run(*cls.servers.namespace.command(tool("ss"), "-Huln")).stdout.splitlines()
        return {int(line.split()[3].rsplit(":", 1)[1]) for line in lines}

    def test_each_is_found_open_and_what_is_not_there_closed(self):
        closed = {7, 19, 177, 427, 500, 514, 520, 1434, 1701, 1900, 2049, 4569, 27015} | set(range(40000, 40015))
        ports = ",".join(map(str, sorted(set(SERVICES) | closed | {SILENT, DHCP})))
        done = subprocess.run(
            self.asker.command(agent(), "scan", HOST, "-sU", "-p", f"U:{ports}", "-o", "ndjson"),
            capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        states = {row["port"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
        self.assertEqual((states.pop(SILENT), states.pop(DHCP)), ("open-or-filtered", "open-or-filtered"))
        mute = {SERVICES[port] for port in SERVICES if states[port] != "open"}
        self.assertEqual(mute, set(), self.servers.logs())
        self.assertEqual({port for port in closed if states[port] != "closed"}, set())


if __name__ == "__main__":
    unittest.main()

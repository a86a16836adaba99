"""Real servers of Debian's packages, each on a port that is not its own, unprivileged where it can be, with its data in one
scratch folder that goes away with it."""

import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time

from namespaces import Namespace, run, tool

NOBODY = 65534


class RealServers:
    """The servers of one test in a network namespace of their own, reached by loopback."""

    def __init__(self):
        self.processes = []
        self.namespace = Namespace("servers")
        self.folder = tempfile.mkdtemp(prefix="periplus-servers-")
        os.chmod(self.folder, 0o755)
        # Away from the ephemeral range: nobody else is in this namespace.
        self.free = random.sample(range(10000, 30000), 60)
        self.ports = {}
        self.certificate, self.key = self.path("server.pem"), self.path("server.key")
        run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", self.key,
            "-out", self.certificate, "-subj", "/O=Periplus/CN=lab.example",
            "-addext", "subjectAltName=DNS:lab.example,DNS:www.lab.example,IP:127.0.0.1",
        )
        run("openssl", "rand", "-out", self.path(".rnd"), "16")
        os.chown(self.key, NOBODY, NOBODY)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def port(self, name):
        """The port of a server by its name in this test."""
        if name not in self.ports:
            self.ports[name] = self.free.pop()
        return self.ports[name]

    def directory(self, name, owner=NOBODY):
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        os.chown(path, owner, owner)
        return path

    def file(self, name, text, mode=0o644, owner=NOBODY):
        path = self.path(name)
        with open(path, "w") as file:
            file.write(textwrap.dedent(text))
        os.chmod(path, mode)
        os.chown(path, owner, owner)
        return path

    def start(self, *command, as_root=False, directory=None):
        command = [tool(command[0]) if "/" not in command[0] else command[0], *map(str, command[1:])]
        if not as_root:
            command = [tool("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
        log = open(self.path(f"log-{len(self.processes)}"), "w")
        process = subprocess.Popen(
            self.namespace.command(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            cwd=directory or self.folder, start_new_session=True, env={**os.environ, "HOME": self.folder},
        )
        log.close()
        self.processes.append((process, command, log.name))

    def listening(self):
        lines = run(*self.namespace.command(tool("ss"), "-Htln")).stdout.splitlines()
        return {int(line.split()[3].rsplit(":", 1)[1]) for line in lines}

    def wait(self, seconds=60):
        """Until every named port is listened on."""
        end = time.monotonic() + seconds
        while not set(self.ports.values()) <= self.listening():
            if time.monotonic() > end:
                missing = [name for name, port in self.ports.items() if port not in self.listening()]
                raise AssertionError(f"not listening: {missing}\n{self.logs()}")
            time.sleep(0.1)

    def logs(self):
        texts = []
        for process, command, log in self.processes:
            if process.poll() is None:
                continue
            with open(log, errors="replace") as file:
                texts.append(f"{' '.join(command)} ended with {process.returncode}: {file.read()[-1500:]}")
        return "\n".join(texts)

    def stop(self):
        # The namespace knows every process in it, the children of daemons that left their group included.
        for signal_name in ("TERM", "KILL"):
            pids = run(tool("ip"), "netns", "pids", self.namespace.name).stdout.split()
            for pid in pids:
                subprocess.run(["kill", f"-{signal_name}", pid], capture_output=True)
            end = time.monotonic() + 5
            while run(tool("ip"), "netns", "pids", self.namespace.name).stdout.split():
                if time.monotonic() > end:
                    break
                time.sleep(0.05)
        for process, _, _ in self.processes:
            process.wait(timeout=10)
        self.namespace.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


INETD = """
import os, socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(64)
while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        for descriptor in (0, 1, 2):
            os.dup2(connection.fileno(), descriptor)
        os.execv(sys.argv[2], sys.argv[2:])
    connection.close()
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
"""


def start_all(servers):
    """Starts every server there is; `servers.wait` waits for them."""
    for begin in (
        ssh, web, apache, lighttpd, squid, ftp, mail_transfer, mailboxes, names, mariadb, postgresql, caches, directory,
        windows_files, brokers, chat, copies, telephony, news_and_terminals, queue, screens,
    ):
        begin(servers)


def ssh(servers):
    key = servers.path("ssh_host_ed25519_key")
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    os.chown(key, NOBODY, NOBODY)
    conf = servers.file(
        "sshd_config",
        f"""
        Port {servers.port("ssh")}
        ListenAddress 127.0.0.1
        HostKey {key}
        PidFile none
        UsePAM no
        """)
    servers.start("/usr/sbin/sshd", "-D", "-e", "-f", conf)


def web(servers):
    servers.directory("nginx")
    servers.directory("nginx/page")
    servers.file("nginx/page/index.html", "<html><head><title>Harbour &amp; port</title></head></html>")
    conf = servers.file(
        "nginx.conf",
        f"""
        daemon off; pid {servers.path("nginx/pid")}; error_log stderr;
        events {{}}
        http {{
          access_log off;
          client_body_temp_path {servers.path("nginx")}; proxy_temp_path {servers.path("nginx")};
          fastcgi_temp_path {servers.path("nginx")}; uwsgi_temp_path {servers.path("nginx")};
          scgi_temp_path {servers.path("nginx")};
          server {{ listen 127.0.0.1:{servers.port("http")}; root {servers.path("nginx/page")}; }}
          server {{ listen 127.0.0.1:{servers.port("redirect")}; return 301 https://lab.example/; }}
          server {{
            listen 127.0.0.1:{servers.port("https")} ssl http2; root {servers.path("nginx/page")};
            ssl_certificate {servers.certificate}; ssl_certificate_key {servers.key};
          }}
        }}
        """)
    servers.start("nginx", "-c", conf, "-e", "stderr")


def apache(servers):
    servers.directory("apache")
    conf = servers.file(
        "apache.conf",
        f"""
        ServerName lab.example
        ServerRoot {servers.path("apache")}
        DocumentRoot {servers.path("nginx/page")}
        PidFile {servers.path("apache/pid")}
        DefaultRuntimeDir {servers.path("apache")}
        ErrorLog /dev/null
        Listen 127.0.0.1:{servers.port("apache")}
        LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
        LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
        LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
        StartServers 1
        """)
    servers.start("/usr/sbin/apache2", "-X", "-f", conf)


def lighttpd(servers):
    conf = servers.file(
        "lighttpd.conf",
        f"""
        server.document-root = "{servers.path("nginx/page")}"
        server.bind = "127.0.0.1"
        server.port = {servers.port("lighttpd")}
        index-file.names = ( "index.html" )
        """)
    servers.start("lighttpd", "-D", "-f", conf)


def squid(servers):
    servers.directory("squid")
    conf = servers.file(
        "squid.conf",
        f"""
        http_port 127.0.0.1:{servers.port("http-proxy")}
        http_access deny all
        cache deny all
        cache_mem 1 MB
        access_log none
        cache_log {servers.path("squid/log")}
        pid_filename none
        coredump_dir {servers.path("squid")}
        pinger_enable off
        workers 1
        visible_hostname lab.example
        """)
    servers.start("squid", "-N", "-f", conf)


def ftp(servers):
    conf = servers.file(
        "vsftpd.conf",
        f"""\
        listen=YES
        listen_address=127.0.0.1
        listen_port={servers.port("ftp")}
        background=NO
        run_as_launching_user=YES
        anonymous_enable=NO
        local_enable=YES
        ssl_enable=YES
        rsa_cert_file={servers.certificate}
        rsa_private_key_file={servers.key}
        seccomp_sandbox=NO
        """)
    servers.start("vsftpd", conf)


def mail_transfer(servers):
    servers.directory("exim")
    conf = servers.file(
        "exim.conf",
        f"""\
        primary_hostname = lab.example
        spool_directory = {servers.path("exim")}
        log_file_path = {servers.path("exim")}/%slog
        pid_file_path = {servers.path("exim")}/pid
        exim_user = nobody
        exim_group = nogroup
        host_lookup =
        rfc1413_hosts =
        tls_advertise_hosts = *
        tls_certificate = {servers.certificate}
        tls_privatekey = {servers.key}
        acl_smtp_rcpt = deny
        begin acl
        deny:
          deny
        """)
    servers.start("/usr/sbin/exim4", "-C", conf, "-bdf", "-oX", f"127.0.0.1.{servers.port('smtp')}")


def mailboxes(servers):
    servers.directory("dovecot")
    services = "".join(
        f"service {name} {{\n chroot =\n user = nobody\n}}\n"
        for name in ("anvil", "stats", "dict", "log", "auth-worker", "config", "director", "ipc", "dns_client")
    )
    conf = servers.file(
        "dovecot.conf",
        f"""
        base_dir = {servers.path("dovecot/run")}
        state_dir = {servers.path("dovecot/state")}
        log_path = /dev/stderr
        default_internal_user = nobody
        default_internal_group = nogroup
        default_login_user = nobody
        protocols = imap pop3
        passdb {{
          driver = static
          args = nopassword=y
        }}
        ssl = yes
        ssl_cert = <{servers.certificate}
        ssl_key = <{servers.key}
        service imap-login {{
          chroot =
          inet_listener imap {{
            address = 127.0.0.1
            port = {servers.port("imap")}
          }}
          inet_listener imaps {{
            address = 127.0.0.1
            port = {servers.port("imaps")}
            ssl = yes
          }}
        }}
        service pop3-login {{
          chroot =
          inet_listener pop3 {{
            address = 127.0.0.1
            port = {servers.port("pop3")}
          }}
          inet_listener pop3s {{
            address = 127.0.0.1
            port = {servers.port("pop3s")}
            ssl = yes
          }}
        }}
        service anvil {{
          chroot =
        }}
        service stats {{
          chroot =
        }}
        """)
    servers.start("dovecot", "-F", "-c", conf)


def names(servers):
    servers.directory("named")
    conf = servers.file(
        "named.conf",
        f"""
        options {{
          directory "{servers.path("named")}"; pid-file none; session-keyfile none;
          listen-on port {servers.port("bind")} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
          recursion no; dnssec-validation no;
        }};
        controls {{}};
        """)
    servers.start("named", "-g", "-c", conf, "-n", "1")
    servers.start(
        "dnsmasq", "-k", "-C", "/dev/null", "-p", servers.port("dnsmasq"), "--no-resolv", "--no-hosts", "-u", "nobody",
        "--pid-file=", "--listen-address=127.0.0.1", "--bind-interfaces")
    conf = servers.file(
        "unbound.conf",
        f"""
        server:
          interface: 127.0.0.1@{servers.port("unbound")}
          chroot: ""
          username: ""
          directory: "{servers.folder}"
          pidfile: ""
          use-syslog: no
          do-daemonize: no
        remote-control:
          control-enable: no
        """)
    servers.start("unbound", "-d", "-p", "-c", conf)


def mariadb(servers):
    servers.directory("mariadb")
    servers.start(
        "mariadbd", "--no-defaults", "--skip-grant-tables", f"--datadir={servers.path('mariadb')}", f"--tmpdir={servers.path('mariadb')}",
        f"--socket={servers.path('mariadb/socket')}", f"--port={servers.port('mariadb')}", "--bind-address=127.0.0.1",
        "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M", f"--pid-file={servers.path('mariadb/pid')}",
        "--lc-messages-dir=/usr/share/mysql")


def postgresql(servers):
    data = servers.directory("postgresql")
    # Debian keeps it out of PATH, by major version.
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    run(
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"{programs}/initdb", "-D", data, "-N",
        "-A", "scram-sha-256", "--pwfile", servers.file("password", "lab\n"), "--locale=C", cwd=servers.folder)
    os.chmod(servers.key, 0o600)
    servers.start(
        f"{programs}/postgres", "-D", data, "-p", servers.port("postgresql"), "-h", "127.0.0.1", "-k", "", "-c", "ssl=on",
        "-c", f"ssl_cert_file={servers.certificate}", "-c", f"ssl_key_file={servers.key}", "-c", "fsync=off")
    plain = servers.path("postgresql-plain")
    run("cp", "-a", data, plain)
    servers.start(
        f"{programs}/postgres", "-D", plain, "-p", servers.port("postgresql-plain"), "-h", "127.0.0.1", "-k", "",
        "-c", "fsync=off")


def caches(servers):
    servers.start("redis-server", "--bind", "127.0.0.1", "--port", servers.port("redis"), "--save", "")
    conf = servers.file(
        "stunnel.conf",
        f"""
        foreground = yes
        pid =
        [wrapped]
        accept = 127.0.0.1:{servers.port("redis-tls")}
        connect = 127.0.0.1:{servers.port("redis")}
        cert = {servers.certificate}
        key = {servers.key}
        """)
    servers.start("stunnel4", conf)
    servers.start("memcached", "-l", "127.0.0.1", "-p", servers.port("memcached"), "-U", "0")


def directory(servers):
    servers.directory("slapd")
    conf = servers.file(
        "slapd.conf",
        f"""\
        include /etc/ldap/schema/core.schema
        pidfile {servers.path("slapd/pid")}
        TLSCertificateFile {servers.certificate}
        TLSCertificateKeyFile {servers.key}
        TLSCACertificateFile {servers.certificate}
        database ldif
        suffix "dc=lab,dc=example"
        directory {servers.path("slapd")}
        """)
    servers.start("/usr/sbin/slapd", "-h", f"ldap://127.0.0.1:{servers.port('ldap')}/", "-f", conf, "-d", "0")


def windows_files(servers):
    folder = servers.directory("samba", owner=0)
    conf = servers.file(
        "smb.conf",
        f"""
        [global]
        private dir = {folder}
        state directory = {folder}
        cache directory = {folder}
        lock directory = {folder}
        pid directory = {folder}
        ncalrpc dir = {folder}/ncalrpc
        log file = {folder}/log
        interfaces = lo
        bind interfaces only = yes
        disable spoolss = yes
        load printers = no
        """, owner=0)
    servers.start(
        "smbd", "--foreground", "--no-process-group", f"--configfile={conf}", "-p", servers.port("smb"), as_root=True)


def brokers(servers):
    conf = servers.file(
        "mosquitto.conf", f"listener {servers.port('mqtt')} 127.0.0.1\nallow_anonymous true\n")
    servers.start("mosquitto", "-c", conf)


def chat(servers):
    conf = servers.file(
        "ngircd.conf",
        f"""
        [Global]
        Name = irc.lab.example
        Info = lab
        Listen = 127.0.0.1
        Ports = {servers.port("irc")}
        MotdPhrase = lab
        AdminEMail = admin@lab.example
        [Options]
        Ident = no
        DNS = no
        PAM = no
        SyslogFacility = local1
        """)
    servers.start("ngircd", "-n", "-f", conf)
    servers.directory("prosody")
    conf = servers.file(
        "prosody.cfg.lua",
        f"""
        modules_enabled = {{ "saslauth"; "tls"; "disco" }}
        modules_disabled = {{ "s2s" }}
        c2s_interfaces = {{ "127.0.0.1" }}
        c2s_ports = {{ {servers.port("xmpp")} }}
        s2s_ports = {{ }}
        data_path = "{servers.path("prosody")}"
        log = {{ {{ levels = {{ min = "info" }}, to = "console" }} }}
        ssl = {{ certificate = "{servers.certificate}"; key = "{servers.key}" }}
        VirtualHost "127.0.0.1"
        """)
    servers.start("prosody", "-F", "--config", conf)


def copies(servers):
    conf = servers.file(
        "rsyncd.conf",
        f"""
        use chroot = no
        [files]
        path = {servers.folder}
        """)
    servers.start(
        "rsync", "--daemon", "--no-detach", f"--config={conf}", f"--port={servers.port('rsync')}", "--address=127.0.0.1")


def telephony(servers):
    conf = servers.file(
        "kamailio.cfg",
        f"""\
        #!KAMAILIO
        debug=0
        log_stderror=yes
        children=1
        tcp_children=2
        disable_tcp=no
        listen=tcp:127.0.0.1:{servers.port("sip")}
        loadmodule "sl.so"
        request_route {{
          sl_send_reply("200", "OK");
        }}
        """)
    servers.start("kamailio", "-f", conf, "-DD", "-E", "-Y", servers.folder, "-m", "16", "-M", "4")


def news_and_terminals(servers):
    inetd = servers.file("inetd.py", INETD)
    conf = servers.file("leafnode.conf", "server = news.lab.example\nexpire = 20\nhostname = news.periplus-lab.org\n")
    servers.start(
        sys.executable, inetd, servers.port("telnet"), "/usr/sbin/telnetd", as_root=True)
    # Leafnode insists on a host name that is its own: here it has one.
    servers.start(
        "unshare", "--uts", "sh", "-c", 'hostname news.periplus-lab.org && exec "$0" "$@"', sys.executable, inetd,
        servers.port("nntp"), "/usr/sbin/leafnode", "-F", conf, as_root=True)


def queue(servers):
    servers.start("beanstalkd", "-l", "127.0.0.1", "-p", servers.port("beanstalkd"))


def screens(servers):
    servers.start(
        "Xtigervnc", f":{servers.port('vnc') % 1000 + 100}", "-rfbport", servers.port("vnc"), "-SecurityTypes", "None",
        "-localhost", "-geometry", "64x64", "-nolisten", "unix")
    servers.directory("xrdp")
    conf = servers.file(
        "xrdp.ini",
        f"""
        [Globals]
        ini_version=1
        port=tcp://127.0.0.1:{servers.port("rdp")}
        security_layer=negotiate
        certificate={servers.certificate}
        key_file={servers.key}
        fork=true
        [Logging]
        LogFile={servers.path("xrdp/log")}
        LogLevel=ERROR
        EnableSyslog=false
        [Xvnc]
        name=Xvnc
        lib=libvnc.so
        ip=127.0.0.1
        port=5900
        username=na
        password=na
        """)
    servers.start("/usr/sbin/xrdp", "--nodaemon", "-c", conf)

import Model

/// A port with one well-known use: the service that identification finds there, and the programs that usually serve it by
/// the kernel's name of them, of at most 15 octets (proc(5)). No programs: anything may.
struct WellKnownPort {
  let service: String
  let programs: Set<String>

  static func of(_ key: ProtocolPort) -> WellKnownPort? {
    key.transport == .tcp ? tcp[key.port.rawValue] : key.transport == .udp ? udp[key.port.rawValue] : nil
  }

  /// Ports on which a service is at home; empty: it is not in the tables.
  static func homes(of service: String) -> Set<UInt16> { homes[service] ?? [] }

  /// Programs that listen in others' stead.
  static let brokers: Set<String> = [
    "systemd", "inetd", "xinetd", "tcpd", "docker-proxy", "rootlessport", "slirp4netns", "pasta", "kube-proxy",
    "conmon",
  ]

  private static let web: Set<String> = [
    "nginx", "apache2", "httpd", "lighttpd", "caddy", "haproxy", "traefik", "envoy", "varnishd", "squid", "java",
    "node",
    "hitch", "openresty", "tomcat", "gunicorn", "uwsgi", "puma", "kestrel", "pound", "stunnel4", "stunnel", "h2o",
    "cockpit-ws", "cockpit-tls",
  ]
  private static let mail: Set<String> = [
    "master", "exim4", "exim", "sendmail", "sendmail-mta", "smtpd", "opensmtpd", "haproxy", "postscreen", "stunnel4",
  ]
  private static let boxes: Set<String> = [
    "dovecot", "imap-login", "pop3-login", "imapd", "pop3d", "cyrmaster", "couriertcpd", "haproxy", "nginx", "stunnel4",
  ]
  private static let names: Set<String> = [
    "named", "unbound", "dnsmasq", "systemd-resolve", "knotd", "kresd", "pdns_server", "pdns_recursor", "coredns",
    "nsd",
    "tor", "AdGuardHome", "pihole-FTL", "dnsdist", "samba",
  ]
  private static let shell: Set<String> = ["sshd", "dropbear", "tinysshd", "sshd-session"]

  private static let tcp: [UInt16: WellKnownPort] = [
    21: .init(service: "ftp", programs: ["vsftpd", "proftpd", "pure-ftpd", "ftpd", "in.ftpd"]),
    22: .init(service: "ssh", programs: shell),
    23: .init(service: "telnet", programs: ["in.telnetd", "telnetd", "busybox"]),
    25: .init(service: "smtp", programs: mail), 465: .init(service: "smtp", programs: mail),
    587: .init(service: "smtp", programs: mail),
    53: .init(service: "domain", programs: names),
    80: .init(service: "http", programs: web), 443: .init(service: "http", programs: web),
    8080: .init(service: "http", programs: []), 8443: .init(service: "http", programs: []),
    110: .init(service: "pop3", programs: boxes), 995: .init(service: "pop3", programs: boxes),
    143: .init(service: "imap", programs: boxes), 993: .init(service: "imap", programs: boxes),
    119: .init(service: "nntp", programs: []),
    139: .init(service: "smb", programs: ["smbd", "samba"]), 445: .init(service: "smb", programs: ["smbd", "samba"]),
    389: .init(service: "ldap", programs: ["slapd", "ns-slapd", "samba"]),
    636: .init(service: "ldap", programs: ["slapd", "ns-slapd", "samba"]),
    554: .init(service: "rtsp", programs: []), 873: .init(service: "rsync", programs: ["rsync"]),
    1080: .init(service: "socks5", programs: []), 1883: .init(service: "mqtt", programs: []),
    8883: .init(service: "mqtt", programs: []),
    3306: .init(service: "mysql", programs: ["mysqld", "mariadbd", "mysqlrouter", "proxysql", "haproxy"]),
    3389: .init(service: "rdp", programs: ["xrdp", "gnome-remote-de"]),
    5222: .init(service: "xmpp", programs: []), 5672: .init(service: "amqp", programs: []),
    5060: .init(service: "sip", programs: []),
    5432: .init(service: "postgresql", programs: ["postgres", "postmaster", "pgbouncer", "haproxy", "pgpool"]),
    5900: .init(service: "vnc", programs: []), 6667: .init(service: "irc", programs: []),
    6379: .init(service: "redis", programs: ["redis-server", "valkey-server", "keydb-server", "haproxy"]),
    11211: .init(service: "memcached", programs: ["memcached"]),
    27017: .init(service: "mongodb", programs: ["mongod", "mongos"]),
  ]
  private static let udp: [UInt16: WellKnownPort] = [
    53: .init(service: "domain", programs: names),
    123: .init(service: "ntp", programs: ["ntpd", "chronyd", "systemd-timesyn", "openntpd", "ntpsec"]),
  ]

  private static let homes: [String: Set<UInt16>] = Dictionary(
    grouping: tcp.map { (port: $0.key, service: $0.value.service) }, by: \.service
  ).mapValues { Set($0.map(\.port)) }
}

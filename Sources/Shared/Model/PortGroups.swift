/// Ports that go together under a name of ours, for `-p sql` or `-p web,mail`.
///
/// The numbers are the registered or documented default ports of the products named.
package enum PortGroups {
  /// Names of the groups, sorted.
  package static var names: [String] { table.keys.sorted() }

  /// The ports of the group, nil for a name that is none; letters of either case.
  package static func ports(of group: String) -> PortSelection? {
    guard let text = table[group.lowercased()] else { return nil }
    return try? PortSelection.parse(text, names: .builtIn)
  }

  private static let table: [String: String] = [
    // Docker, Kubernetes (API server, kubelet, etcd), Consul, Nomad, container registries.
    "containers": "T:2375-2377,2379-2380,4243,4646-4648,5000,6443,8300-8302,8500-8501,10250,10255-10257,10259,16443",
    // Active Directory: Kerberos, LDAP, global catalogue, SMB, RPC endpoint mapper, kpasswd, AD Web Services.
    "directory": "T:88,135,389,445,464,636,749,3268-3269,9389,U:88,389,464",
    // SMB, NFS and its helpers, AFP, FTP, rsync, iSCSI, TFTP.
    "files": "T:20-21,111,139,445,548,873,989-990,2049,3260,U:69,111,137-138,2049",
    // Modbus, S7, OPC UA, EtherNet/IP, DNP3, BACnet, IEC 60870-5-104, Fox, FINS, MELSEC, PROFINET, CODESYS, HART-IP.
    "industrial":
      "T:102,502,1089-1091,1911,2404,2455,4000,4840,4911,5006-5007,9600,11740,18245,20000,20547,34962-34964,"
      + "44818,U:2222,5094,9600,34964,44818,47808",
    // SMTP and submission, POP, IMAP, ManageSieve.
    "mail": "T:24-25,109-110,143,465,587,691,993,995,2525,4190",
    // RabbitMQ, Kafka, ZooKeeper, NATS, ActiveMQ, MQTT, Pulsar, Redis as a queue, NSQ.
    "messaging":
      "T:1883,2181,4150-4151,4222,5222,5269,5671-5672,6222,6379,6650,8161,8222,8883,9092-9094,15671-15672,61613-61614,"
      + "61616",
    // Prometheus and exporters, Grafana, Zabbix, Nagios NRPE, collectd, StatsD, Graphite, InfluxDB, Loki, Jaeger, SNMP.
    "monitoring":
      "T:2003-2004,3000,3100,4317-4318,5601,5666,5693,8086,8125,9090-9091,9093,9100,9115,9411,10050-10051,14268,"
      + "16686,U:161-162,8125,25826",
    // Stores without SQL: Redis, MongoDB, memcached, Elasticsearch, CouchDB, Cassandra, Neo4j, Riak, etcd.
    "nosql":
      "T:2379,5984,6379-6380,7000-7001,7473-7474,7687,8087,8098,9042,9160,9200,9300,11211,16379,26379,27017-27019,28015",
    // IPP, LPD, raw printing, and printers' web pages.
    "print": "T:515,631,9100-9102",
    // SSH, Telnet, rlogin and its likes, RDP, VNC, X11, WinRM, PC remote control.
    "remote":
      "T:22-23,512-514,992,2222,2323,3283,3389,4899,5500,5631,5800-5803,5900-5909,5938,5985-5986,6000-6007,6129,"
      + "7070,U:3283,3389,5632",
    // SQL servers: Microsoft, Oracle, MySQL, PostgreSQL and PgBouncer, Db2, Firebird, Informix, SAP HANA, Ingres,
    // CockroachDB, ClickHouse, Sybase, Vertica, Teradata.
    "sql":
      "T:1025,1433-1434,1521-1522,1526,1529,1583,2483-2484,2638,3050,3306,3307,3351,4100,5000,5432-5433,6432,8123,9000,"
      + "9088,9440,20001,26257,30013,30015,33060,50000,U:1434",
    // SIP, H.323, MGCP, Skinny, RTSP, IAX2, Asterisk's manager.
    "voice": "T:554,1719-1720,2000,2427,5038,5060-5061,8554,U:1719,2427,2727,4569,5060-5061",
    // HTTP and HTTPS where people put them, proxies and application servers among them.
    "web":
      "T:80-81,88,443,591,593,832,981,1080,1311,2082-2083,2086-2087,2095-2096,3000-3001,3128,4243,4443,4567,4711-4712,"
      + "5000-5001,5104,5280,5800,6543,7000-7001,7080,7396,7443,7474,8000-8001,8006,8008-8010,8014,8042,8069,8080-8091,"
      + "8118,8123,8172,8181,8222,8243,8280-8281,8333,8443-8444,8500,8834,8880,8888,8983,9000-9001,9043,9060,9080,"
      + "9090-9091,9200,9443,9800,9981,10000,10443,12443,16080,18080,18091-18092,20720,28017",
  ]
}

/// Every probe there is, the likeliest first.
enum ServiceProbes {
  /// What reads each answer, to whichever question: greetings that come late, and errors in a protocol's own words.
  static let commonReaders: [ServiceReader] =
    GreetingReaders.all + [
      DatabaseReaders.redisError, DatabaseReaders.memcachedError, DatabaseReaders.beanstalkd, MessagingReaders.sip,
      MessagingReaders.rtsp,
    ]

  /// How many of the common readers read greetings.
  static let greetingCount = GreetingReaders.all.count

  static let http = ServiceProbe(
    "http", ports: [80, 81, 631, 2375, 3000, 3128, 5000, 8000, 8008, 8080, 8081, 8888, 9000, 9090, 9200],
    "GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: periplus\r\nAccept: */*\r\n\r\n", [HTTPReader.answer])

  /// Those that follow HTTP and TLS.
  static let others: [ServiceProbe] = [
    ServiceProbe(
      "postgresql", ports: [5432, 5433, 6432], DatabaseReaders.postgresqlSecurity, [DatabaseReaders.postgresql]),
    ServiceProbe("smb", ports: [139, 445], DirectoryReaders.smbQuestion, [DirectoryReaders.smb]),
    ServiceProbe("rdp", ports: [3389], DirectoryReaders.rdpQuestion, [DirectoryReaders.rdp]),
    ServiceProbe("ldap", ports: [389, 3268, 10389], DirectoryReaders.ldapQuestion, [DirectoryReaders.ldap]),
    ServiceProbe("dns", ports: [53, 853, 5353, 5300], DirectoryReaders.dnsQuestion, [DirectoryReaders.dns]),
    ServiceProbe("mqtt", ports: [1883, 8883], MessagingReaders.mqttQuestion, [MessagingReaders.mqtt]),
    ServiceProbe("redis", ports: [6379, 6380, 26379], DatabaseReaders.redisQuestion, [DatabaseReaders.redis]),
    ServiceProbe(
      "memcached", ports: [11211], DatabaseReaders.memcachedQuestion, [DatabaseReaders.memcached]),
    ServiceProbe("mongodb", ports: [27017, 27018, 27019], DocumentReader.question, [DocumentReader.answer]),
    ServiceProbe("amqp", ports: [5671, 5672], MessagingReaders.amqpQuestion, [MessagingReaders.amqp]),
    ServiceProbe(
      "xmpp", ports: [5222, 5223, 5269],
      "<?xml version='1.0'?><stream:stream to='{host}' version='1.0' xmlns='jabber:client' "
        + "xmlns:stream='http://etherx.jabber.org/streams'>", [MessagingReaders.xmpp]),
    ServiceProbe("irc", ports: [194, 6660, 6667, 6697, 7000], IRCReader.registration, [IRCReader.answer]),
    ServiceProbe(
      "sip", ports: [5060, 5061],
      "OPTIONS sip:periplus@{host} SIP/2.0\r\nVia: SIP/2.0/TCP {host};branch=z9hG4bKperiplus;rport\r\nMax-Forwards: 0\r\n"
        + "From: <sip:periplus@{host}>;tag=periplus\r\nTo: <sip:periplus@{host}>\r\nCall-ID: periplus@{host}\r\n"
        + "CSeq: 1 OPTIONS\r\nContact: <sip:periplus@{host};transport=tcp>\r\nAccept: application/sdp\r\n"
        + "Content-Length: 0\r\n\r\n", [MessagingReaders.sip]),
    ServiceProbe(
      "rtsp", ports: [554, 8554],
      "OPTIONS rtsp://{host}/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: periplus\r\n\r\n", [MessagingReaders.rtsp]),
    ServiceProbe("socks", ports: [1080, 9050], MessagingReaders.socksQuestion, [MessagingReaders.socks]),
  ]
}

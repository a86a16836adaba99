import Listing
import Model
import Testing

@Suite("nmap's formats")
struct NmapFormatTests {
  // 2026-11-23T22:55:03Z, a Monday.
  private let start = Timestamp(milliseconds: 1_795_474_503_000)

  private func scan(verbosity: Int = 0, showReason: Bool = false, kind: NmapScan.Kind? = nil) throws -> NmapScan {
    let ports = PortSelection(tcp: PortSet([22...22, 80...443]), udp: PortSet([53...53]))
    return NmapScan(
      version: "0.1.0", commandLine: "periplus-agent scan --retries 2 <b>\u{1b}[2J", startedAt: start,
      kind: kind ?? .ports(ports), verbosity: verbosity, showReason: showReason)
  }

  private func host(identity: ServiceIdentity? = nil) throws -> NmapHost {
    NmapHost(
      address: try #require(HostAddress("10.0.0.1")), status: .up, reason: "syn-ack",
      names: [NmapHost.Name("a.example", .user), NmapHost.Name("b.example", .reverse)], startedAt: start,
      endedAt: start + .seconds(2), times: NmapHost.Times(smoothed: 1370, variation: 125, timeout: 100_000),
      ports: [
        NmapPort(
          endpoint: ProtocolPort(.tcp, 22), state: .open, reason: "syn-ack", registeredName: "ssh",
          service: identity.map { NmapService($0) }),
        NmapPort(
          endpoint: ProtocolPort(.tcp, 81), state: .unreachable, reason: "host-unreach",
          reasonSender: IPAddress("10.0.0.254")),
        NmapPort(
          endpoint: ProtocolPort(.udp, 53), state: .openOrFiltered, reason: "no-response", registeredName: "domain"),
      ],
      others: [
        NmapHost.Others(state: .unchecked, reason: .hostTimeout, transport: .tcp, ports: PortSet([400...443])),
        NmapHost.Others(state: .closed, reason: .connectionRefused, transport: .tcp, ports: PortSet([82...399])),
      ])
  }

  private var ending: NmapEnding {
    NmapEnding(endedAt: start + .seconds(3), elapsed: .milliseconds(3056), up: 1, total: 2)
  }

  @Test("XML begins as the DTD wants it, and hostile words in the command stay words")
  func xmlBeginning() throws {
    #expect(
      NmapXML.begin(try scan()) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE nmaprun>
        <!-- periplus-agent 0.1.0 scan initiated Mon Nov 23 22:55:03 2026 as: periplus-agent scan - -retries 2 \
        &lt;b&gt;\\x1b[2J -->
        <nmaprun scanner="nmap" args="periplus-agent scan --retries 2 &lt;b&gt;\\x1b[2J" start="1795474503" \
        startstr="Mon Nov 23 22:55:03 2026" version="0.1.0" xmloutputversion="1.05">
        <scaninfo type="connect" protocol="tcp" numservices="365" services="22,80-443"/>
        <scaninfo type="udp" protocol="udp" numservices="1" services="53"/>
        <verbose level="0"/>
        <debugging level="0"/>

        """)
  }

  @Test("XML of a host: our states in nmap's words, the many counted with their reasons")
  func xmlHost() throws {
    #expect(
      NmapXML.host(try host(), in: try scan()) == """
        <host starttime="1795474503" endtime="1795474505"><status state="up" reason="syn-ack" reason_ttl="0"/>
        <address addr="10.0.0.1" addrtype="ipv4"/>
        <hostnames>
        <hostname name="a.example" type="user"/>
        <hostname name="b.example" type="PTR"/>
        </hostnames>
        <ports><extraports state="closed" count="318">
        <extrareasons reason="conn-refused" count="318" proto="tcp" ports="82-399"/>
        </extraports>
        <extraports state="unknown" count="44">
        <extrareasons reason="host-timeout" count="44" proto="tcp" ports="400-443"/>
        </extraports>
        <port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="0"/>\
        <service name="ssh" method="table" conf="3"/></port>
        <port protocol="tcp" portid="81"><state state="filtered" reason="host-unreach" reason_ttl="0" \
        reason_ip="10.0.0.254"/></port>
        <port protocol="udp" portid="53"><state state="open|filtered" reason="no-response" reason_ttl="0"/>\
        <service name="domain" method="table" conf="3"/></port>
        </ports>
        <times srtt="1370" rttvar="125" to="100000"/>
        </host>

        """)
  }

  private var hostile: ServiceIdentity {
    ServiceIdentity(
      service: "http", product: "<x> & \"y\"", version: "1/2,3\u{0}\u{fffe}", banner: "b", confidence: .certain,
      tls: TLSIdentity(start: .atOnce, version: "TLSv1.3"),
      http: HTTPIdentity(status: 200, title: "'\n]]>\u{202e}"))
  }

  @Test("What a hostile service says cannot leave its attribute, its field or its line")
  func hostileIdentity() throws {
    let host = try host(identity: hostile)
    let xml = NmapXML.host(host, in: try scan())
    #expect(
      xml.contains(
        #"<service name="http" product="&lt;x&gt; &amp; &quot;y&quot;" version="1/2,3\x00\u{fffe}" "#
          + #"extrainfo="TLSv1.3; status 200; title: &apos;\n]]&gt;\u{202e}" tunnel="ssl" method="probed" conf="10"/>"#)
    )
    #expect(!xml.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
    let line = NmapGreppable.host(host, in: try scan()).split(separator: "\n")[1]
    #expect(
      line.contains(
        #"Ports: 22/open/tcp//ssl|http//<x> & "y" 1|2;3\x00\u{fffe} (TLSv1.3; status 200; title: '\n]]>\u{202e})/, 81/"#
      ))
    #expect(NmapText.host(host, in: try scan()).contains(#"22/tcp open          ssl/http <x> & "y" 1/2,3\x00"#))
  }

  @Test("Text for people has nmap's lines")
  func text() throws {
    #expect(
      NmapText.begin(try scan(kind: .hosts))
        == "# Nmap-style output of periplus-agent 0.1.0, scan initiated Mon Nov 23 22:55:03 2026 as: "
        + "periplus-agent scan --retries 2 <b>\\x1b[2J\n")
    #expect(
      NmapText.host(try host(), in: try scan(showReason: true)) == """
        Nmap scan report for a.example (10.0.0.1)
        Host is up, received syn-ack (0.00137s latency).
        Not shown: 318 closed tcp ports (conn-refused), 44 unknown tcp ports (host-timeout)
        PORT   STATE         SERVICE REASON
        22/tcp open          ssh     syn-ack
        81/tcp filtered      unknown host-unreach from 10.0.0.254
        53/udp open|filtered domain  no-response


        """)
    #expect(
      NmapText.end(ending)
        == "# Nmap done at Mon Nov 23 22:55:06 2026 -- 2 IP addresses (1 host up) scanned in 3.05 seconds\n")
  }

  @Test("Lines for grep have a status and the ports of a host")
  func greppable() throws {
    #expect(
      NmapGreppable.begin(try scan(verbosity: 1)).hasSuffix(
        "\n# Ports scanned: TCP(365;22,80-443) UDP(1;53) SCTP(0;) PROTOCOLS(0;)\n"))
    #expect(
      NmapGreppable.host(try host(), in: try scan())
        == "Host: 10.0.0.1 (a.example)\tStatus: Up\n"
        + "Host: 10.0.0.1 (a.example)\tPorts: 22/open/tcp//ssh///, 81/filtered/tcp/////, "
        + "53/open|filtered/udp//domain///\tIgnored State: closed (318), unknown (44)\n")
  }

  @Test("A host that is down, or that was cut short, says so in every format")
  func downAndPartial() throws {
    let down = NmapHost(address: try #require(HostAddress("fe80::1%eth0")), status: .down, reason: "no-response")
    #expect(
      NmapText.host(down, in: try scan(verbosity: 1))
        == "Nmap scan report for fe80::1%eth0 [host down, received no-response]\n")
    #expect(NmapGreppable.host(down, in: try scan()) == "Host: fe80::1%eth0 ()\tStatus: Down\n")
    let xml = NmapXML.host(down, in: try scan())
    #expect(xml.hasPrefix(#"<host comment="on eth0"><status state="down" reason="no-response" reason_ttl="0"/>"#))
    #expect(xml.contains(#"<address addr="fe80::1" addrtype="ipv6"/>"#))
    #expect(!xml.contains("<ports>"))
    var partial = try host()
    partial.partial = "host-timeout"
    #expect(NmapXML.host(partial, in: try scan()).contains(#"timedout="true" comment="partial: host-timeout""#))
    #expect(NmapText.host(partial, in: try scan()).contains("\nPartial result: host-timeout\n"))
    #expect(NmapGreppable.host(partial, in: try scan()).contains("\tPartial: host-timeout\n"))
  }

  @Test("An interrupted scan ends as a whole document that says so")
  func endings() {
    var ending = ending
    #expect(
      NmapXML.end(ending) == """
        <runstats><finished time="1795474506" timestr="Mon Nov 23 22:55:06 2026" summary="Nmap done at Mon Nov 23 \
        22:55:06 2026; 2 IP addresses (1 host up) scanned in 3.05 seconds" elapsed="3.05" exit="success"/>\
        <hosts up="1" down="1" total="2"/>
        </runstats>
        </nmaprun>

        """)
    ending.failure = "interrupted"
    #expect(NmapXML.end(ending).contains(#"exit="error" errormsg="interrupted"/>"#))
  }
}

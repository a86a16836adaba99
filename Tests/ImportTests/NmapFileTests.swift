import Model
import Testing

@testable import Import

/// Files of nmap and masscan, whole, cut anywhere, and hostile.
@Suite struct NmapFileTests {
  private func read(
    _ text: String, pieces size: Int = 7
  ) throws -> (hosts: [ForeignHost], scan: ForeignScan?, remainder: ForeignRemainder) {
    try read(Array(text.utf8), pieces: size)
  }

  private func read(
    _ octets: [UInt8], pieces size: Int = 1 << 16
  ) throws -> (hosts: [ForeignHost], scan: ForeignScan?, remainder: ForeignRemainder) {
    var rest = octets[...]
    let file = try ForeignFile {
      defer { rest = rest.dropFirst(size) }
      return Array(rest.prefix(size))
    }
    var hosts: [ForeignHost] = []
    while let some = try file.hosts() { hosts += some }
    return (hosts, file.scan, file.remainder)
  }

  private static let head = """
    <?xml version="1.0" encoding="UTF-8"?>
    <!DOCTYPE nmaprun>
    <?xml-stylesheet href="file:///usr/share/nmap/nmap.xsl" type="text/xsl"?>
    <!-- Nmap 7.93 scan -->
    <nmaprun scanner="nmap" args="nmap -sT -oX - 192.0.2.1" start="1700000000" version="7.93" xmloutputversion="1.05">
    """

  private static func host(_ inside: String, _ attributes: String = #"starttime="1700000001" endtime="1700000009""#)
    -> String
  {
    """
    <host \(attributes)><status state="up" reason="user-set" reason_ttl="0"/>
    <address addr="192.0.2.1" addrtype="ipv4"/><address addr="00:00:5E:00:53:01" addrtype="mac"/>
    <hostnames><hostname name="a.example" type="PTR"/></hostnames><ports>\(inside)</ports></host>
    """
  }

  private static let open = """
    <port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="0"/>\
    <service name="ssh" product="OpenSSH" version="9.2p1" extrainfo="protocol 2.0" method="probed" conf="10"/></port>\
    <port protocol="tcp" portid="80"><state state="open" reason="syn-ack" reason_ttl="0"/>\
    <service name="http" method="table" conf="3"/></port>
    """

  @Test(
    "Open ports come with what was asked of them, at the host's own time; what a table says is no service",
    arguments: [1, 7, 4_096])
  func readsOpen(pieces: Int) throws {
    let found = try read(Self.head + Self.host(Self.open) + "</nmaprun>", pieces: pieces)
    let host = try #require(found.hosts.first)
    #expect(found.scan?.scanner == .nmap)
    #expect(found.scan?.startedAt == Timestamp(milliseconds: 1_700_000_000_000))
    #expect(host.address.description == "192.0.2.1")
    #expect(host.name == "a.example")
    #expect(host.observedAt == Timestamp(milliseconds: 1_700_000_009_000))
    #expect(host.open.map(\.endpoint.port.rawValue) == [22, 80])
    #expect(host.open[0].service?.product == "OpenSSH" && host.open[0].service?.name == "ssh")
    #expect(host.open[1].service == nil)
    #expect(host.runs.isEmpty)
  }

  private func runs(_ host: ForeignHost?) -> [String] {
    (host?.runs ?? []).map { run in
      "\(run.transport.rawValue) \(run.ports.lowerBound)-\(run.ports.upperBound) \(run.state.rawValue) \(run.reason.rawValue)"
    }
  }

  @Test("Closed is told of a port only where the file says which ports it means")
  func tellsCoverage() throws {
    let covered = #"<scaninfo type="connect" protocol="tcp" numservices="6" services="20-23,80,443"/>"#
    func found(_ inside: String, _ info: String = covered) throws -> (runs: [String], left: ForeignRemainder) {
      let found = try read(Self.head + info + Self.host(inside) + "</nmaprun>")
      return (runs(found.hosts.first), found.remainder)
    }
    let reasons = #"<extrareasons reason="conn-refused" count="4"/>"#
    // The count is that of what was scanned and is not named.
    #expect(
      try found(#"<extraports state="closed" count="4">\#(reasons)</extraports>"# + Self.open).runs
        == ["tcp 20-21 closed conn-refused", "tcp 23-23 closed conn-refused", "tcp 443-443 closed conn-refused"])
    // It is not: nothing is made up.
    let other = try found(#"<extraports state="closed" count="3">\#(reasons)</extraports>"# + Self.open)
    #expect(other.runs.isEmpty && other.left.unnamedGroups == 1)
    let two = #"<extraports state="closed" count="2"/><extraports state="filtered" count="2"/>"#
    #expect(try found(two + Self.open).left.unnamedGroups == 2)
    #expect(try found(#"<extraports state="closed" count="4"/>"# + Self.open, "").left.unnamedGroups == 1)
    // Lists say it all.
    let lists = """
      <extraports state="closed" count="3"><extrareasons reason="reset" count="3" proto="tcp" ports="20-21,23"/></extraports>\
      <extraports state="filtered" count="1"><extrareasons reason="no-response" count="1" proto="tcp" ports="443"/></extraports>
      """
    #expect(
      try found(lists + Self.open).runs
        == ["tcp 20-21 closed conn-refused", "tcp 23-23 closed conn-refused", "tcp 443-443 filtered no-response"])
    let named = """
      <port protocol="tcp" portid="443"><state state="filtered" reason="host-unreach"/></port>\
      <port protocol="udp" portid="53"><state state="open|filtered" reason="no-response"/></port>\
      <port protocol="udp" portid="54"><state state="closed" reason="port-unreach"/></port>\
      <port protocol="tcp" portid="9"><state state="unfiltered" reason="reset"/></port>\
      <port protocol="sctp" portid="9"><state state="open" reason="init-ack"/></port>
      """
    let odd = try found(named)
    #expect(
      odd.runs == [
        "tcp 443-443 filtered host-unreach", "udp 53-53 open-or-filtered no-response",
        "udp 54-54 closed port-unreach",
      ])
    #expect(odd.left.ports == 2)
  }

  @Test("masscan's files tell of one port at a time, and of banners")
  func readsMasscan() throws {
    let found = try read(
      """
      <?xml version="1.0"?>
      <!-- masscan v1.0 scan -->
      <nmaprun scanner="masscan" start="1700000000" version="1.0-BETA"  xmloutputversion="1.03">
      <scaninfo type="syn" protocol="tcp" />
      <host endtime="1700000003"><address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">\
      <state state="open" reason="syn-ack" reason_ttl="64"/></port></ports></host>
      <host endtime="1700000004"><address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="80">\
      <state state="open" reason="response" reason_ttl="64" /><service name="http" banner="HTTP/1.0 200 OK&#x0D;&#x0A;x"></service></port></ports></host>
      <host endtime="1700000005"><address addr="2001:db8::7" addrtype="ipv6"/><ports><port protocol="tcp" portid="81">\
      <state state="closed" reason="rst-ack" reason_ttl="64"/></port></ports></host>
      <runstats><finished time="1700000010" timestr="x" elapsed="10" /></runstats>
      </nmaprun>
      """)
    #expect(found.scan?.scanner == .masscan)
    #expect(found.hosts.map(\.address.description) == ["192.0.2.7", "192.0.2.7", "2001:db8::7"])
    #expect(found.hosts[1].open.first?.service?.name == "http")
    #expect(found.hosts[1].open.first?.service?.banner?.contains("\r") == false)
    #expect(runs(found.hosts[2]) == ["tcp 81-81 closed conn-refused"])
  }

  @Test("Hosts that are down, and hosts without ports, tell nothing")
  func leavesOthersOut() throws {
    let down = #"<host><status state="down" reason="no-response"/><address addr="192.0.2.2" addrtype="ipv4"/></host>"#
    let found = try read(Self.head + down + Self.host("") + "</nmaprun>")
    #expect(found.hosts.isEmpty)
    #expect(found.remainder.hostsWithoutPorts == 2)
  }

  @Test(
    "What is hostile or broken is refused with its line and column",
    arguments: [
      ("", "too early"), ("<nmaprun scanner=\"nmap\" start=\"1\">", "too early"), ("hello", "1:"),
      ("<!DOCTYPE x [<!ENTITY a \"b\">]><nmaprun scanner=\"nmap\"/>", "not read"),
      ("<!DOCTYPE x [<!ENTITY % a SYSTEM \"file:///etc/passwd\"> %a;]><nmaprun scanner=\"nmap\"/>", "not read"),
      ("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><nmaprun scanner=\"nmap\">&secret;</nmaprun>", "entity"),
      ("<nmaprun scanner=\"nmap\">&lol;</nmaprun>", "1:"), ("<html></html>", "a file of nmap or masscan is expected"),
      ("<nmaprun scanner=\"other\"/>", "nmap or masscan is expected"),
      ("<nmaprun scanner=\"nmap\"><scaninfo protocol=\"tcp\" services=\"1-99999\"/></nmaprun>", "no port"),
      ("<nmaprun scanner=\"nmap\">\n <host><address addr=\"x\" addrtype=\"ipv4\"/></host></nmaprun>", "2:"),
      ("<?xml version=\"1.0\" encoding=\"EBCDIC-XX\"?><nmaprun scanner=\"nmap\"/>", "encoding"),
      ("<nmaprun scanner=\"nmap\" start=\"soon\"/>", "no time"),
    ])
  func refuses(text: String, words: String) throws {
    do {
      _ = try read(text)
      Issue.record("it was read")
    } catch let error as ImportError {
      #expect(error.description.contains(words), "\(error)")
      #expect(error.line != nil, "\(error)")
    }
  }

  @Test("Octets that are no text, depth and length are bounded; UTF-16 is read")
  func holdsBounds() throws {
    #expect(throws: ImportError.self) {
      _ = try read(Array("<nmaprun scanner=\"nm".utf8) + [0xff, 0xfe] + Array("\"/>".utf8))
    }
    let deep = "<nmaprun scanner=\"nmap\">" + String(repeating: "<a>", count: 100)
    #expect(throws: ImportError.self) { _ = try read(deep) }
    let long = Array("<nmaprun scanner=\"nmap\" args=\"".utf8) + [UInt8](repeating: 0x61, count: 20 << 20)
    #expect(throws: ImportError.self) { _ = try read(long) }
    let wide = (Self.head.split(separator: "\n").last.map(String.init) ?? "") + Self.host(Self.open) + "</nmaprun>"
    let octets: [UInt8] = [0xff, 0xfe] + wide.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    #expect(try read(octets).hosts.count == 1)
  }

  /// What is wrong with hosts or scans of this inside.
  private func fault(_ info: String, _ inside: String = open) -> String {
    do {
      _ = try read(Array((Self.head + info + Self.host(inside) + "</nmaprun>").utf8))
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test("Ranges that overlap are joined as they come, and no list is longer than the ports there are")
  func joinsCoverage() throws {
    let whole = Array(repeating: "0-65535", count: 60_000).joined(separator: ",")
    let info = #"<scaninfo type="syn" protocol="tcp" numservices="65536" services="\#(whole)"/>"#
    let rest = #"<extraports state="closed" count="65534"/>"#
    let found = try read(Array((Self.head + info + info + Self.host(rest + Self.open) + "</nmaprun>").utf8))
    #expect(
      runs(found.hosts.first) == [
        "tcp 0-21 closed conn-refused", "tcp 23-79 closed conn-refused", "tcp 81-65535 closed conn-refused",
      ])
    let long = Array(repeating: "1", count: 65_537).joined(separator: ",")
    #expect(fault(#"<scaninfo protocol="tcp" services="\#(long)"/>"#).contains("more than 65536"))
    let many = String(repeating: #"<scaninfo protocol="tcp" services="1"/>"#, count: 65)
    #expect(fault(many).contains("more than 64 scaninfo"))
  }

  @Test("Texts are cut between scalars, however many of them make one character")
  func cutsTexts() throws {
    func banner(_ text: String) throws -> String? {
      let port =
        #"<port protocol="tcp" portid="1"><state state="open"/><service name="x" banner="\#(text)"/></port>"#
      let found = try read(Self.head + Self.host(port) + "</nmaprun>", pieces: 4_096)
      return found.hosts.first?.open.first?.service?.banner
    }
    let marks = "a" + String(repeating: "\u{301}", count: 150)
    #expect(try banner(marks).map { Array($0.unicodeScalars) } == Array(marks.unicodeScalars.prefix(128)))
    #expect(try banner(String(repeating: "b", count: 300)) == String(repeating: "b", count: 256))
    #expect(try banner(String(repeating: "\u{1F600}", count: 65))?.utf8.count == 256)
    #expect(try banner(String(repeating: "c", count: 256))?.utf8.count == 256)
  }

  @Test("A group counts no more ports than a host has; what is left out of it counts once, by its own lists")
  func boundsCounts() throws {
    for count in ["131073", "-1", "9223372036854775807"] {
      #expect(fault("", #"<extraports state="closed" count="\#(count)"/>"#).contains("131072"), "\(count)")
    }
    let group = """
      <extraports state="unfiltered" count="131072">\
      <extrareasons reason="reset" count="3" proto="tcp" ports="1-3"/>\
      <extrareasons reason="no-response" count="2" proto="tcp" ports="5,7"/></extraports>
      """
    let found = try read(Self.head + Self.host(group + group + Self.open) + "</nmaprun>", pieces: 4_096)
    #expect(found.remainder.ports == 10)
  }

  @Test("What one host holds is bounded: its ports, its groups, their parts and their lists")
  func boundsHosts() throws {
    let port = #"<port protocol="tcp" portid="1"><state state="closed"/></port>"#
    #expect(fault("", String(repeating: port, count: 131_073)).contains("more than 131072 ports"))
    #expect(
      fault("", String(repeating: #"<extraports state="closed" count="0"/>"#, count: 65)).contains("64 extraports"))
    func group(_ part: String, _ count: Int) -> String {
      #"<extraports state="closed" count="1">\#(String(repeating: part, count: count))</extraports>"#
    }
    let part = #"<extrareasons reason="reset" count="1" proto="tcp" ports="1"/>"#
    #expect(fault("", group(part, 256)).isEmpty)
    #expect(fault("", group(part, 200) + group(part, 57)).contains("more than 256 extrareasons"))
    let odd = stride(from: 1, to: 65_536, by: 2).map(String.init).joined(separator: ",")
    let wide = #"<extrareasons reason="reset" count="32768" proto="tcp" ports="\#(odd)"/>"#
    #expect(fault("", group(wide, 4)).isEmpty)
    #expect(fault("", group(wide, 5)).contains("131072 ranges"))
  }

  @Test("Hosts are handed on before many have gathered, however much is read at once")
  func handsHostsOn() throws {
    let hosts = String(repeating: Self.host(Self.open), count: 500)
    var octets = Array((Self.head + hosts + "</nmaprun>").utf8)
    let file = try ForeignFile {
      defer { octets = [] }
      return octets
    }
    var counts: [Int] = []
    while let some = try file.hosts() { counts.append(some.count) }
    #expect(counts.reduce(0, +) == 500)
    #expect(counts.allSatisfy { $0 <= 200 })
  }

  @Test("Cut anywhere, a file is refused, and what came before it was the same")
  func refusesCuts() throws {
    let text = Array((Self.head + Self.host(Self.open) + "</nmaprun>").utf8)
    for length in stride(from: 0, to: text.count - 1, by: 3) {
      #expect(throws: ImportError.self) { _ = try read(Array(text.prefix(length))) }
    }
  }
}

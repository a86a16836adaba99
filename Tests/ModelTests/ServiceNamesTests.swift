import SeededRandom
import Testing

@testable import Model

@Suite struct ServiceNamesTests {
  @Test func theFileNamesFirstAndOurTableBehindIt() {
    let names = ServiceNames(etcServices: "gate 22/tcp sshd # ours\n")
    #expect(names.name(of: ProtocolPort(.tcp, 22)) == "gate")
    #expect(names.name(of: ProtocolPort(.tcp, 443)) == "https")
    #expect(names.name(of: ProtocolPort(.tcp, 65000)) == nil)
    #expect(names.ports(named: "SSHD") == [ProtocolPort(.tcp, 22)])
    #expect(names.ports(named: "ssh").contains(ProtocolPort(.tcp, 22)))
  }

  @Test func patternsMatchAnyTextAndAnyCharacter() {
    let names = ServiceNames.builtIn
    #expect(names.ports(named: "http") == [80].flatMap { [.init(.tcp, $0), .init(.udp, $0), .init(.sctp, $0)] })
    #expect(names.ports(named: "pop?") == [ProtocolPort(.tcp, 109), ProtocolPort(.tcp, 110)])
    #expect(names.ports(named: "*sql*").contains(ProtocolPort(.tcp, 5432)))
    #expect(names.ports(named: "s*h").contains(ProtocolPort(.tcp, 22)))
    #expect(names.ports(named: "").isEmpty)
    #expect(names.ports(named: "*").count > 300)
  }

  @Test func everyLineOfOurTableIsRead() {
    let lines = ServiceNames.ownTable.split(separator: "\n")
    var seen: Set<Substring> = []
    for line in lines {
      let words = line.split(separator: " ")
      #expect(words.count >= 2 && seen.insert(words[1]).inserted, "\(line)")
      let halves = words[1].split(separator: "/")
      #expect(halves.count == 2 && UInt16(halves[0]) != nil && TransportProtocol(rawValue: String(halves[1])) != nil)
    }
    #expect(lines.count > 250)
  }

  @Test func hostileBytesAreReadWithoutTrap() {
    var generator = SeededGenerator(seed: 10)
    for _ in 0..<500 {
      let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = ServiceNames(etcServices: String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test func classesAreThoseOfRFC6335() {
    #expect(Port(1023).portClass == .wellKnown)
    #expect(Port(1024).portClass == .registered)
    #expect(Port(49151).portClass == .registered)
    #expect(Port(49152).portClass == .dynamic)
  }

  @Test func endpointsPrintAndReadBack() {
    #expect(ProtocolPort("tcp/443") == ProtocolPort(.tcp, 443))
    #expect(ProtocolPort(.udp, 53).description == "udp/53")
    for text in ["tcp", "tcp/", "tcp/+4", "tcp/65536", "icmp/1", "tcp/4/4", "TCP/4", "tcp/ 4"] {
      #expect(ProtocolPort(text) == nil)
    }
  }
}

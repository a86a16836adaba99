import Testing

@testable import Model

@Suite struct PortRankingTests {
  @Test func theListsAreAsLongAsDocumented() {
    #expect(PortRanking.ports(of: .tcp).count == 1000)
    #expect(PortRanking.ports(of: .udp).count >= 100)
    #expect(PortSelection.fast.tcp.count == 100)
    #expect(PortSelection.standard.tcp.count == 1000)
    #expect(PortSelection.standard.udp.isEmpty)
  }

  @Test(arguments: TransportProtocol.allCases)
  func everyWordOfTheTablesIsReadAndNoneIsRepeated(transport: TransportProtocol) {
    let text =
      switch transport {
      case .tcp: PortRanking.tcpText
      case .udp: PortRanking.udpText
      case .sctp: PortRanking.sctpText
      }
    let words = text.split(whereSeparator: \.isWhitespace)
    let total = words.reduce(0) { total, word in
      let ends = word.split(separator: "-").compactMap { Int($0) }
      return total + (ends.last ?? 0) - (ends.first ?? 0) + 1
    }
    #expect(total == PortRanking.ports(of: transport).count)
  }

  @Test func theBestKnownPortsComeFirst() {
    let fast = PortSelection.fast.tcp
    for port: Port in [21, 22, 23, 25, 53, 80, 110, 139, 143, 443, 445, 3306, 3389, 5432, 5900, 8080] {
      #expect(fast.contains(port))
    }
    #expect(PortSelection.top(3, [.tcp, .udp]).count == 6)
    #expect(PortSelection.top(-1).isEmpty)
    #expect(PortSelection.top(1_000_000).tcp.count == 1000)
  }

  @Test func theTopOfASelectionIsChosenWithinIt() throws {
    let selection = try PortSelection.parse("1-79,81-1000,U:53,40000", names: .builtIn)
    #expect(selection.top(1).description == "T:443,U:53")
  }

  @Test func everyGroupIsReadable() {
    #expect(!PortGroups.names.isEmpty)
    for name in PortGroups.names {
      #expect(PortGroups.ports(of: name)?.isEmpty == false, "\(name)")
      #expect(ServiceNames.builtIn.ports(named: name).isEmpty, "\(name) is a service too")
    }
    #expect(PortGroups.ports(of: "SQL")?.tcp.contains(3306) == true)
    #expect(PortGroups.ports(of: "nothing") == nil)
  }
}

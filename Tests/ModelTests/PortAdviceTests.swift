import Testing

@testable import Model

@Suite struct PortAdviceTests {
  @Test func everyLineOfTheTableIsReadAndNamesItsSource() {
    #expect(PortAdvice.entries.count == PortAdvice.table.split(separator: "\n").count)
    for entry in PortAdvice.entries {
      #expect(!entry.ports.isEmpty && !entry.advice.abuse.isEmpty)
      #expect(!entry.advice.sources.isEmpty && entry.advice.sources.allSatisfy { !$0.isEmpty && $0.first != " " })
    }
  }

  @Test func aPortIsLookedUpWithItsProtocol() {
    #expect(PortAdvice.about(ProtocolPort(.tcp, 445)).first?.sources.first == "CISA TA17-132A")
    #expect(PortAdvice.about(ProtocolPort(.udp, 445)).isEmpty)
    #expect(PortAdvice.about(ProtocolPort(.tcp, 40000)).isEmpty)
  }
}

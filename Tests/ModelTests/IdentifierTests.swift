import Testing

@testable import Model

@Suite struct IdentifierTests {
  @Test("An id is read with its kind or without, and printed with it")
  func reads() {
    #expect(ScanID("48") == ScanID(48))
    #expect(ScanID("scan:48") == ScanID(48))
    #expect(ScanID(48).description == "scan:48")
    #expect(ScopeRuleID("rule:1") == ScopeRuleID(1))
    #expect(ScanID(9) < ScanID(10))
  }

  @Test(
    "Another kind's id, and anything that is no positive number, is refused",
    arguments: [
      "", ":", "job:48", "scan:", "scan:0", "0", "-1", "scan:-1", "48:scan", "scan:scan:48", "4 8", "4.8",
      "9223372036854775808", "Scan:48", "last",
    ])
  func refuses(text: String) {
    #expect(ScanID(text) == nil)
  }
}

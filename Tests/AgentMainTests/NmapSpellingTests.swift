import Testing

@testable import AgentMain

@Suite struct NmapSpellingTests {
  @Test(arguments: [
    ("scan -p -100 h", "scan -p-100 h"),
    ("scan --exclude-ports -100,443 h", "scan --exclude-ports=-100,443 h"),
    ("ports -100", "ports -- -100"),
    ("ports -100 --count", "ports --count -- -100"),
    ("ports 1-1000 --exclude-ports -100", "ports 1-1000 --exclude-ports=-100"),
    ("ports -- -100", "ports -- -100"),
    ("sockets -p -4", "sockets -p -4"),
    ("scan -6 -p- h", "scan -6 -p- h"),
    ("scan -p", "scan -p"),
    ("scan -p 80 -T4 -iL - -Pn", "scan -p 80 -T4 -iL - -Pn"),
    ("scan h -- -p -100", "scan h -- -p -100"),
    ("", ""),
  ])
  func openRangesReachTheirOption(line: String, expected: String) {
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    #expect(NmapSpelling.rewritten(words(line)) == words(expected))
  }
}

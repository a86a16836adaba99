import Testing

@testable import SocketFilter

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("nginx", "nginx", true), ("nginx", "nginx2", false), ("ngi*", "nginx", true), ("*", "", true), ("", "", true),
    ("?", "", false), ("/run/*.sock", "/run/a/b.sock", true), ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false),
    ("[^a-c]x", "dx", true), ("[]]x", "]x", true), ("[ab", "[ab", true), ("a\\*b", "a*b", true),
    ("a\\*b", "axb", false),
    ("*a*b*c", "xxaxxbxxc", true), ("*a*b*c", "xxaxxcxxb", false), ("[z-a]", "m", false), ("\\", "\\", true),
  ])
  func patternsMatchAsFileNamesDo(pattern: String, name: String, expected: Bool) {
    #expect(GlobPattern(pattern).matches(name) == expected)
  }

  @Test func starsCostNoMoreThanTheirLength() {
    let pattern = GlobPattern(String(repeating: "*a", count: 500))
    #expect(!pattern.matches(String(repeating: "a", count: 499) + "b"))
  }
}

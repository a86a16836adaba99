import Model
import Testing

@testable import SocketFilter

@Suite struct FuzzTests {
  private static let words = [
    "state", "exclude", "established", "listen", "all", "(", ")", "!", "not", "and", "&&", "|", "or", "sport", "dport",
    "src", "dst", "dev", "fwmark", "cgroup", "autobound", "proc", "pid", "user", "unit", "container", "ns", "=", "!=",
    "<", ">=", "geq", ":22", "22", ":80-90,ssh", "127/8", "[::1]:22", "::1", "inet:", "inet6:*", "unix:/run/*", "*",
    ":",
    "-", ",", "/", "[", "]", "\"", "'", "\\", "0x1/0xff", "lo", "fe80::1%lo", "ä", "\u{0}", "65536", "home", "🚢",
  ]

  /// Every error must stand inside of its text; whatever was read must be judged without a trap.
  private func check(_ text: String) {
    do throws(ExpressionError) {
      let filter = try SocketFilterParser.parse([text], environment: testEnvironment())
      _ = filter.judge(Example())
      _ = filter.judge(Example.unix("/run/x"))
    } catch {
      #expect((0...error.expression.count).contains(error.offset), "\(error)")
      #expect(!error.description.isEmpty && !error.pointer.isEmpty)
    }
    do throws(ExpressionError) {
      _ = try InternetAddressFilter.parse([text], environment: testEnvironment()).judge(Example())
    } catch {
      #expect((0...error.expression.count).contains(error.offset), "\(error)")
    }
  }

  @Test func soupsOfTokens() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      let separator = Bool.random(using: &random) ? " " : ""
      let count = Int.random(in: 1...14, using: &random)
      check((0..<count).map { _ in Self.words.randomElement(using: &random) ?? "" }.joined(separator: separator))
    }
  }

  @Test func randomBytes() {
    let likely = Array("()!&|=<>:,-/[]*\"'\\ 0123af".utf8)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random) : likely.randomElement(using: &random) ?? 0
      }
      check(String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func hugeInputsEndSoon() {
    for text in ["(", "!", "sport=1 ", ":1,", "\\", "\"", "[", "src [", "proc [", "a", "\u{301}", "state all "] {
      check(String(repeating: text, count: 100_000))
      check(String(repeating: text, count: 8000 / text.count))
    }
    check("sport = :" + Array(repeating: "1-2", count: 2000).joined(separator: ","))
  }
}

import Model
import Testing

@testable import SocketFilter

@Suite struct ParserErrorTests {
  /// The text, the place as printed (from 1) and a part of the message.
  private static let cases: [(String, Int, String)] = [
    ("sprt = :22", 1, "did you mean sport?"), ("SPORT = :22", 1, "did you mean sport?"),
    ("nonsense", 1, "there are autobound"), ("state listen", 7, "the state is called listening"),
    ("state estblished", 7, "did you mean established?"), ("state", 6, "a state is missing"),
    ("state established,time-wait", 7, "one state each"), ("state = x", 7, "without"),
    ("state all exclude all", 19, "no state is left"), ("sport = :22 state established", 13, "before the expression"),
    ("established", 1, "write state established"), ("estab", 1, "state established"),
    ("state established and sport = :1", 19, "missing before \"and\""),
    ("sport", 6, "a port is missing at the end"), ("sport =", 8, "a port is missing at the end"),
    ("sport = and dport = :1", 9, "a port is missing before \"and\""), ("(sport = )", 10, "missing before \")\""),
    ("sport = :65536", 10, "over 65535"), ("sport = :-1", 10, "both ends"), ("sport = :80-", 12, "both ends"),
    ("sport = :90-80", 10, "backwards"), ("sport = :022", 10, "leading zero"),
    ("sport = :80,,81", 13, "missing in this list"), ("sport = :nope", 10, "no tcp or udp service"),
    ("sport = :split", 10, "write the number"), ("sport = 10.0.0.1:80", 17, "addresses belong to src"),
    ("sport > :80,81", 10, "one port"), ("sport = unix:/x", 14, "no port"), ("dev < lo", 5, "only sport and dport"),
    ("sport = = :1", 9, "no tcp or udp service"), ("dst", 4, "an address is missing"),
    ("dst 10.1", 5, "half an address"),
    ("dst 10.0.0.300", 5, "no IPv4 address"), ("dst 10/33", 8, "at most 32"), ("dst [::1", 5, "not closed"),
    ("dst [::1]80", 10, "behind a colon"), ("dst fe80::1%eth0", 5, "dev with the interface"),
    ("dst fe80::1:2", 5, "two readings"), ("dst ::1::", 5, "no IPv6"),
    ("dst inet:[::1]", 11, "does not belong to inet"),
    ("dst nobody", 5, "no such host"), ("dst home/8", 10, "only an address"), ("dst link:lo", 5, "not listed"),
    ("fwmark x", 8, "no mark"), ("fwmark 1/2/3", 12, "MARK/MASK"), ("pid 0", 5, "no process id"),
    ("pid 1,x", 7, "no process id"), ("user nobody", 6, "no user is called"), ("cgroup /x", 8, "no such group"),
    ("ns red", 4, "no network namespace"), ("proc \"x", 6, "not closed"), ("proc \"\"", 6, "cannot be empty"),
    ("(sport = :1", 1, "not closed"), ("sport = :1)", 11, "no parenthesis is open"), ("()", 2, "missing between"),
    ("( sport = :1 and )", 18, "missing before \")\""), ("sport = :1 or", 14, "missing at the end"),
    ("and", 1, "missing before \"and\""), ("!", 2, "missing at the end"), ("= :22", 1, "does not begin"),
    ("80", 1, "sport = :80"), (":80", 1, "sport = :80"), ("10.0.0.1", 1, "write src 10.0.0.1"),
    ("sport 1 &&& sport 2", 11, "missing before \"&\""),
    (
      "sport 1 or sport 2 and sport 3", 20,
      "( sport 1 or sport 2 ) and sport 3 or sport 1 or ( sport 2 and sport 3 )"
    ),
    ("sport 1 sport 2 or sport 3", 17, "( sport 1 sport 2 ) or sport 3"),
    ("(sport 1 or sport 2 sport 3)", 21, "mix here"),
    ("ä = 1", 1, "no predicate"),
  ]

  @Test(arguments: cases)
  func errorsPointAtThePlace(text: String, place: Int, message: String) throws {
    let error = try #require(throws: ExpressionError.self) { try parse(text) }
    #expect(error.offset + 1 == place, "\(error)")
    #expect(error.message.contains(message), "\(error)")
    #expect(!error.description.contains("\n"))
  }

  @Test func bounds() throws {
    let long = try #require(throws: ExpressionError.self) { try parse(String(repeating: "a", count: 100_000)) }
    #expect(long.message.contains("at most"))
    _ = try parse(String(repeating: "(", count: 63) + "sport=1" + String(repeating: ")", count: 63))
    for text in [String(repeating: "(", count: 4000), String(repeating: "!", count: 4000)] {
      let deep = try #require(throws: ExpressionError.self) { try parse(text) }
      #expect(deep.message.contains("64 deep") && deep.offset == 64)
    }
    let names = try #require(throws: ExpressionError.self) {
      try parse(Array(repeating: "src home", count: 40).joined(separator: " or "))
    }
    #expect(names.message.contains("names to look up"))
  }

  @Test func wordsAreJoinedByBlanks() throws {
    let whole = try parse("state established sport = :22")
    let words = ["state", "established", "sport = :22"]
    #expect(try SocketFilterParser.parse(words, environment: testEnvironment()) == whole)
  }
}

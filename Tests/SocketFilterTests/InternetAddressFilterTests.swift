import Model
import Testing

@testable import SocketFilter

@Suite struct InternetAddressFilterTests {
  private func judge(_ texts: [String], _ subject: Example) throws -> Truth {
    try InternetAddressFilter.parse(texts, environment: testEnvironment()).judge(subject)
  }

  /// As lsof 4.95 answered for a pair of IPv4 sockets, one of mapped addresses, and one of IPv6.
  private static let answers: [(String, Bool, Bool, Bool)] = [
    ("", true, true, true), ("4", true, false, false), ("6", false, true, true), ("TCP", true, true, true),
    ("udp", false, false, false), ("4tcp", true, true, false), ("6TCP", false, false, true),
    ("@127.0.0.1", true, true, false), ("4@127.0.0.1", true, true, false), ("@[::ffff:127.0.0.1]", true, true, false),
    ("@[::1]", false, false, true), ("6@[::1]", false, false, true), ("@127.0.0.1:8000", true, true, false),
    ("@127.0.0.1:9", false, false, false), (":8000", true, true, true), (":7999-8001", true, true, true),
    (":1,ssh,8000", true, true, true), (":8000,", true, true, true), ("4:8000", true, true, false),
    ("6:8000", false, false, true), (":0", false, false, false), ("@home", true, true, true),
    ("tcp@home:8000", true, true, true), ("tcp:22-ssh", false, false, false),
  ]

  @Test(arguments: answers)
  func sameAnswersAsLsof(text: String, ipv4: Bool, mapped: Bool, ipv6: Bool) throws {
    #expect(try judge([text], Example("127.0.0.1 40000", "127.0.0.1 8000")) == Truth(ipv4))
    #expect(try judge([text], Example("::ffff:127.0.0.1 8000", "::ffff:127.0.0.1 40000")) == Truth(mapped))
    #expect(try judge([text], Example("::1 8000", "::1 40000")) == Truth(ipv6))
    #expect(try judge([text], Example.unix("/x")) == .no)
  }

  @Test func severalAreJoinedByOr() throws {
    #expect(try judge([":1", ":22"], Example()) == .yes)
    #expect(try judge([":1", ":2"], Example()) == .no)
  }

  @Test func hostAndPortMeetAtOneEnd() throws {
    #expect(try judge(["@10.0.0.1:22"], Example("10.0.0.1 5000", "10.0.0.2 22")) == .no)
  }

  private static let mistakes: [(String, Int, String)] = [
    ("25", 1, "write :25"), ("tcp80", 1, "no protocol"),
    ("tpc", 1, "did you mean tcp?"), ("46", 2, "follows a colon"), ("10.0.0.1", 1, "write @10.0.0.1"),
    ("@", 2, "a host is missing"), ("@:80", 2, "a host is missing"), ("@[::1", 2, "not closed"), ("@::1", 2, "missing"),
    ("@2001:db8::1", 2, "in brackets"), ("@0.0.0.0", 2, "names no host"), ("@[::]", 2, "names no host"),
    ("4@[::1]", 3, "does not fit"), ("6@127.0.0.1", 3, "does not fit"), ("6@[::ffff:1.2.3.4]", 3, "does not fit"),
    ("@10.0.0.0/8", 2, "no networks"), ("@nobody", 2, "no such host"), (":", 2, "missing"), (":22-", 4, "both ends"),
    (":1-2-3", 4, "service is called"), (":,", 2, "missing"), (":70000", 2, "over 65535"),
    (":*", 2, "service is called"), ("udp:ssh", 5, "no udp service"), ("@[::1]80", 7, "follows a colon"),
  ]

  @Test(arguments: mistakes)
  func errorsPointAtThePlace(text: String, place: Int, message: String) throws {
    let error = try #require(throws: ExpressionError.self) { try judge([text], Example()) }
    #expect(error.offset + 1 == place, "\(error)")
    #expect(error.message.contains(message), "\(error)")
  }
}

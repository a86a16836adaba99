import Testing

@testable import Model

@Suite struct TargetListTests {
  /// The addresses that targets stand for, as canonical text.
  private func addresses(_ arguments: String...) throws -> String {
    try TargetList.parse(arguments).addresses(resolved: [:]).description
  }

  @Test(arguments: [
    ("10.0.0.5", "10.0.0.5"),
    ("10.0.0.5/24", "10.0.0.0/24"),
    ("0.0.0.0/0", "0.0.0.0/0"),
    ("10.0.0.5/32", "10.0.0.5"),
    ("10.0.0.*", "10.0.0.0/24"),
    ("10.0.0.-", "10.0.0.0/24"),
    ("10.0.0.250-", "10.0.0.250-10.0.0.255"),
    ("10.0.0.-3", "10.0.0.0/30"),
    ("10.0.0-1.*", "10.0.0.0/23"),
    ("10.0,1.0.1", "10.0.0.1 10.1.0.1"),
    ("10.0.0.1,3-4,3", "10.0.0.1 10.0.0.3-10.0.0.4"),
    ("10.0.0-1.7/24", "10.0.0.0/23"),
    ("10.0.0.1,200/25", "10.0.0.0/24"),
    ("*.*.*.*", "0.0.0.0/0"),
    ("10.0.0.1-10.0.1.5", "10.0.0.1-10.0.1.5"),
    ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
    ("10.0.0.1,10.0.0.9", "10.0.0.1 10.0.0.9"),
    ("10.0.0.1,5,10.0.1.7,8", "10.0.0.1 10.0.0.5 10.0.1.7-10.0.1.8"),
    ("10.0.0.0/31,10.0.0.8", "10.0.0.0/31 10.0.0.8"),
    (" 10.0.0.1  10.0.0.2 ", "10.0.0.1-10.0.0.2"),
    ("::1", "::1"),
    ("2001:db8::/126", "2001:db8::/126"),
    ("::/0", "::-::fffe:ffff:ffff ::1:0:0:0-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:DB8:0:0::5", "2001:db8::5"),
    ("fe80::1%eth0", "fe80::1%eth0"),
    ("fe80::%eth0/64", "fe80::%eth0/64"),
    ("fe80::1%br-lan-fe80::5%br-lan", "fe80::1%br-lan-fe80::5%br-lan"),
    ("fe80::1-fe80::5%eth0", "fe80::1%eth0-fe80::5%eth0"),
    ("2001:db8::1-2001:db8::ff", "2001:db8::1-2001:db8::ff"),
    ("::1,10.0.0.1,::2", "10.0.0.1 ::1-::2"),
    ("::ffff:10.0.0.1", "10.0.0.1"),
    ("::ffff:10.0.0.0/120", "10.0.0.0/24"),
  ])
  func targetsStandForTheAddressesTheyName(text: String, expected: String) throws {
    #expect(try addresses(text) == expected)
    #expect(try addresses(expected) == expected)
  }

  @Test func octetListsMultiply() throws {
    let list = try TargetList.parse(["10.0.0-3.1,5,7-9"])
    #expect(list.expressions.count == 1)
    #expect(try TargetSpace(list.addresses(resolved: [:])).count == 20)
    #expect(list.description == "10.0.0-3.1,5,7-9")
  }

  @Test(arguments: [
    ("10.0.0.300", 7, "octet 300 is over 255"),
    ("10.0.0.01", 7, "leading zero"),
    ("10.0.0", 6, "four octets"),
    ("10.0.0.1.2", 9, "four octets"),
    ("10.0.0.5-3", 9, "backwards"),
    ("10.0.0.1/33", 9, "over 32"),
    ("10.0.0.1/", 9, "prefix length"),
    ("10.0.0.1/255.255.255.0", 9, "prefix length"),
    ("10.0.0.1/+8", 9, "prefix length"),
    ("/24", 0, "before the slash"),
    ("10.0.0.1,,2", 9, "missing"),
    ("10.0.0.1,", 9, "missing"),
    (",10.0.0.1", 0, "missing"),
    ("10.0.0.1-2-3", 10, "does not belong"),
    ("10.0..1", 5, "missing"),
    ("10.0.0.**", 7, "does not belong"),
    ("10.0.0.9-10.0.0.1", 9, "backwards"),
    ("10.0.0.1-10.0.0.9/24", 17, "no mask"),
    ("10.0.0.0/24,5", 13, "four octets"),
    ("*.*.*.1", 0, "16777216 separate ranges"),
    ("", 0, "missing"),
    ("   ", 0, "missing"),
    ("2001:db8::/129", 11, "over 128"),
    ("2001:db8::g", 10, "does not belong"),
    ("2001:db8:12345::", 9, "four digits"),
    ("1::2::3", 0, "eight groups"),
    ("fe80::1%", 8, "interface"),
    ("fe80::1%abcdefghijklmnop", 8, "15"),
    ("fe80::1%eth0-fe80::5%eth1", 13, "one interface"),
    ("2001:db8::5-2001:db8::1", 12, "backwards"),
    ("[::1]", 0, "brackets"),
    ("10.0.0.1:80", 8, "no port"),
    ("example.net:443", 11, "no port"),
    ("http://example.net/", 4, "URL"),
    ("exa mple..net", 9, "missing"),
    ("-host", 0, "hyphen"),
    ("host-.net", 4, "hyphen"),
    ("h\u{f6}st", 1, "xn--"),
    ("a$b", 1, "does not belong"),
    ("0x7f.0x1", 5, "number"),
    ("foo.12", 4, "number"),
    ("host/129", 5, "over 128"),
  ])
  func malformedTargetsAreRefusedAtTheCharacter(text: String, offset: Int, message: String) throws {
    let error = try #require(throws: ExpressionError.self) { try TargetList.parse([text]) }
    #expect(error.offset == offset, "\(error)")
    #expect(error.message.contains(message), "\(error)")
    #expect(error.expression == text)
  }

  @Test func anErrorIsOneLineThatNamesTheCharacter() throws {
    let error = try #require(throws: ExpressionError.self) { try TargetList.parse(["10.0.0.300"]) }
    #expect(error.description == "target \"10.0.0.300\": octet 300 is over 255 (character 8)")
    #expect(error.pointer == "10.0.0.300\n       ^")
  }

  @Test func anErrorShowsControlCharactersEscaped() throws {
    let error = try #require(throws: ExpressionError.self) { try TargetList.parse(["a\u{1b}[2Jb"]) }
    #expect(!error.description.unicodeScalars.contains("\u{1b}"))
    #expect(error.description.contains("\\u{1b}"))
  }

  @Test func aLongExpressionIsCutAroundThePlace() throws {
    let text = String(repeating: "10.0.0.1,", count: 1000) + "x$" + String(repeating: ",10.0.0.1", count: 1000)
    let error = try #require(throws: ExpressionError.self) { try TargetList.parse([text]) }
    #expect(error.offset == 9001)
    #expect(error.description.count < 250)
    let lines = error.pointer.split(separator: "\n")
    #expect(Array(lines[0])[lines[1].count - 1] == "$")
  }

  @Test func namesAreLoweredAndTakeTheFirstAddress() throws {
    let list = try TargetList.parse(["Web.Example,db_1/30", "web.example"])
    #expect(list.hostNames == ["db_1", "web.example"])
    #expect(list.description == "web.example db_1/30 web.example")
    let resolved: [String: [IPAddress]] = [
      "web.example": try [#require(IPAddress("10.0.0.1")), #require(IPAddress("10.0.0.2"))],
      "db_1": try [#require(IPAddress("10.1.0.6"))],
    ]
    #expect(try list.addresses(resolved: resolved).description == "10.0.0.1 10.1.0.4/30")
    #expect(try list.addresses(resolved: resolved, everyAddress: true).description == "10.0.0.1-10.0.0.2 10.1.0.4/30")
  }

  @Test func namesWithoutAnAddressAreAllNamed() throws {
    let list = try TargetList.parse(["zeta,alpha,10.0.0.1,zeta"])
    let error = try #require(throws: UnresolvedNames.self) { try list.addresses(resolved: ["zeta": []]) }
    #expect(error.names == ["alpha", "zeta"])
  }

  @Test func aMaskLongerThanTheAddressLeavesTheAddress() throws {
    let list = try TargetList.parse(["host/64"])
    let resolved = ["host": try [#require(IPAddress("10.0.0.1")), #require(IPAddress("2001:db8::7"))]]
    #expect(try list.addresses(resolved: resolved, everyAddress: true).description == "10.0.0.1 2001:db8::/64")
  }

  @Test func aListFileHasCommentsAndWhiteSpace() throws {
    let list = try TargetList.parse(listFile: "\u{feff}# hosts\r\n10.0.0.1\t10.0.0.2#two\r\n\n  web # 300.0.0.1\n::1")
    #expect(list.description == "10.0.0.1 10.0.0.2 web ::1")
    #expect(try TargetList.parse(listFile: "# nothing\n").isEmpty)
  }

  @Test func anErrorInAListFileNamesTheLine() throws {
    let error = try #require(throws: TargetFileError.self) {
      try TargetList.parse(listFile: "10.0.0.1\r\n# x\r\n 10.0.0.256\n")
    }
    #expect(error.line == 3)
    #expect(error.description == "line 3: target \"10.0.0.256\": octet 256 is over 255 (character 8)")
  }

  @Test func aListIsBoundedInItsRanges() throws {
    let wide = "1-254.1-16.1-254.1"
    #expect(throws: Never.self) { try TargetList.parse([wide, wide]) }
    let error = try #require(throws: ExpressionError.self) { try TargetList.parse([wide, wide, wide]) }
    #expect(error.message.contains("2097152"))
  }

  @Test func canonicalTextReadsBackAfterAnOctetListInTheFirstPlace() throws {
    let list = try TargetList.parse(["10.0.0.5", "10,11.0.0.1"])
    #expect(list.expressions.count == 2)
    #expect(try TargetList.parse([list.description]) == list)
  }
}

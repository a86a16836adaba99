import Model
import Testing

@testable import Listing

@Suite struct ListingPrinterTests {
  private static let listing = Listing(
    columns: [
      ListingColumn("address", title: "ADDRESS"),
      ListingColumn("port", title: "PORT", alignment: .trailing),
      ListingColumn("service", title: "SERVICE", dropPriority: 1),
      ListingColumn("user", title: "USER", dropPriority: 2),
      ListingColumn("lastSeen", title: "SEEN", dropPriority: 3),
      ListingColumn("uid", title: "UID", isWideOnly: true),
    ],
    rows: [
      [.text("10.0.0.1"), .integer(443), .text("https"), .text("root"), .time(1_795_387_608_005), .integer(0)],
      [.text("2001:db8:1234:5678:9abc:def0:1234:5678"), .integer(22), .text("ssh"), .absent, .time(0)],
    ])

  private func printed(
    _ format: ListingFormat, of listing: Listing = Self.listing, width: Int? = nil, headers: Bool = true,
    columns: [String]? = nil
  ) throws -> String {
    var text = ""
    try ListingPrinter.print(listing, format, terminalWidth: width, showHeaders: headers, columns: columns) {
      text += $0
    }
    return text
  }

  @Test func aTableWithoutTerminalDropsNothing() throws {
    #expect(
      try printed(.table) == """
        ADDRESS                                 PORT  SERVICE  USER  SEEN
        10.0.0.1                                 443  https    root  2026-11-22T22:46:48.005Z
        2001:db8:1234:5678:9abc:def0:1234:5678    22  ssh            1970-01-01T00:00:00.000Z

        """)
  }

  @Test func aNarrowTerminalLosesSeenThenUserThenServiceAndShortensIPv6Last() throws {
    #expect(try printed(.table, width: 70).hasPrefix("ADDRESS                                 PORT  SERVICE  USER\n"))
    #expect(try printed(.table, width: 54).hasPrefix("ADDRESS                                 PORT  SERVICE\n"))
    #expect(try printed(.table, width: 44).hasPrefix("ADDRESS                                 PORT\n"))
    let narrow = try printed(.table, width: 30)
    #expect(narrow.contains("\u{2026}"))
    #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 30 })
    #expect(narrow.contains("10.0.0.1"))
  }

  @Test func wideShowsEveryColumnWhateverTheTerminal() throws {
    let text = try printed(.wide, width: 20)
    #expect(text.contains("UID") && text.contains("SEEN"))
    #expect(try !printed(.table).contains("UID"))
  }

  @Test func jsonIsAnArrayOfObjectsInColumnOrder() throws {
    #expect(
      try printed(.json) == """
        [
        {"address":"10.0.0.1","port":443,"service":"https","user":"root","lastSeen":"2026-11-22T22:46:48.005Z","uid":0},
        {"address":"2001:db8:1234:5678:9abc:def0:1234:5678","port":22,"service":"ssh","user":null,"lastSeen":"1970-01-01T00:00:00.000Z","uid":null}
        ]

        """)
    #expect(try printed(.json, of: Listing(columns: Self.listing.columns)) == "[]\n")
  }

  @Test func ndjsonIsAnObjectALineAndKeepsNestedValues() throws {
    let listing = Listing(
      columns: [ListingColumn("processes", title: "PROCESS"), ListingColumn("up", title: "UP")],
      rows: [[.list([.object(["pid": .integer(7), "name": .text("sshd")])]), .boolean(true)], [.list([])]])
    #expect(
      try printed(.ndjson, of: listing)
        == "{\"processes\":[{\"pid\":7,\"name\":\"sshd\"}],\"up\":true}\n{\"processes\":[],\"up\":null}\n")
    #expect(try printed(.table, of: listing, headers: false) == "[{\"pid\":7,\"name\":\"sshd\"}]  true\n\n")
  }

  @Test func csvQuotesWhatRFC4180Asks() throws {
    let listing = Listing(
      columns: [ListingColumn("a", title: "A"), ListingColumn("b", title: "B")],
      rows: [
        [.text("x,y"), .text("say \"hi\"")], [.text("two\r\nlines"), .text(" edge ")], [.text("=1+1"), .absent],
      ])
    #expect(
      try printed(.csv, of: listing)
        == "a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n\"two\r\nlines\",\" edge \"\r\n=1+1,\r\n")
    #expect(try printed(.csv, of: listing, headers: false, columns: ["b"]).hasPrefix("\"say"))
  }

  @Test func hostileTextCannotSteerATerminal() throws {
    let hostile = "ssh\u{1b}]0;pwned\u{7}\r\nfake\u{202e}txt\u{9b}2J\u{200b}"
    let listing = Listing(columns: [ListingColumn("banner", title: "BANNER")], rows: [[.text(hostile)]])
    let table = try printed(.table, of: listing)
    #expect(table == "BANNER\nssh\\x1b]0;pwned\\x07\\r\\nfake\\u{202e}txt\\x9b2J\\u{200b}\n")
    #expect(try printed(.name, of: listing) == "ssh\\x1b]0;pwned\\x07\\r\\nfake\\u{202e}txt\\x9b2J\\u{200b}\n")
    let json = try printed(.ndjson, of: listing)
    #expect(json == "{\"banner\":\"ssh\\u001b]0;pwned\\u0007\\r\\nfake\u{202e}txt\\u009b2J\u{200b}\"}\n")
  }

  @Test func columnsAreChosenByKeyAndUnknownOnesRefusedBeforeOutput() throws {
    #expect(try printed(.csv, columns: ["port", "address"]).hasPrefix("port,address\r\n443,10.0.0.1\r\n"))
    #expect(try printed(.name, columns: ["port"]) == "443\n22\n")
    let error = try #require(throws: ListingError.self) { try printed(.json, columns: ["port", "nothing"]) }
    #expect(error.unknownColumns == ["nothing"])
    #expect(error.description.contains("address, port"))
  }

  @Test func wideCharactersKeepColumnsInLine() throws {
    #expect(PrintableText.width("caf\u{e9}") == 4)
    #expect(PrintableText.width("cafe\u{301}") == 4)
    #expect(PrintableText.width("\u{4e2d}\u{6587}") == 4)
    #expect(PrintableText.width("\u{1f600}") == 2)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    (Int64.max, "9999-12-31T23:59:59.999Z"),
    (Int64.min, "0000-01-01T00:00:00.000Z"),
  ])
  func timesAreRFC3339(milliseconds: Int64, expected: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == expected)
  }
}

import ArgumentParser
import Listing
import Model
import Testing
import Wire

@testable import CoordinatorCLI

/// `--sort`: what goes before what, and how much is kept.
@Suite struct ListingOrderTests {
  private static let columns: [ListingColumn] = [
    .init("name", title: "NAME"), .init("address", title: "ADDRESS"), .init("openPorts", title: "OPEN"),
    .init("lastSeen", title: "SEEN", isWideOnly: true),
  ]

  private func sorted(
    _ rows: [[ListingValue]], _ sort: String, limit: Int? = nil, bound: Int = sortedRowsBound
  ) throws -> [[ListingValue]] {
    var result = try SortedRows<[ListingValue]>(ListingOrder(sort, of: Self.columns), limit: limit, bound: bound)
    for row in rows { try result.add(row, row) }
    return result.finish()
  }

  private func names(_ texts: [String], _ sort: String = "name") throws -> [String] {
    try sorted(texts.map { [.text($0)] }, sort).map { $0.first?.plainText ?? "" }
  }

  @Test("Texts are compared with their numbers, addresses as addresses, and what is not known comes last both ways")
  func compares() throws {
    #expect(try names(["web10", "web2", "1.10", "1.9", "web"]) == ["1.9", "1.10", "web", "web2", "web10"])
    #expect(try names(["", "b", "a"]) == ["a", "b", ""])
    #expect(try names(["", "b", "a"], "-name") == ["b", "a", ""])
    // Digits beyond any integer, and leading zeros.
    #expect(try names(["x340282366920938463463374607431768211456", "x7", "x007"]).first == "x7")
    let addresses = ["fe80::1", "10.0.0.10", "::2", "10.0.0.9", "::10"]
    #expect(
      try sorted(addresses.map { [.absent, .text($0)] }, "address").map { $0[1].plainText }
        == ["10.0.0.9", "10.0.0.10", "::2", "::10", "fe80::1"])
  }

  @Test(
    "Fields follow one another, each in its direction; rows of equal fields stay as they came; keys are read in any case"
  )
  func sortsByFields() throws {
    let rows: [[ListingValue]] = [("b", 1), ("a", 2), ("c", 2), ("a", 1), ("b", 2)].map {
      [.text($0.0), .absent, .integer($0.1)]
    }
    func text(_ sort: String) throws -> [String] {
      try sorted(rows, sort).map { "\($0[0].plainText)\($0[2].plainText)" }
    }
    #expect(try text("-openPorts,name") == ["a2", "b2", "c2", "a1", "b1"])
    #expect(try text("OPENPORTS") == ["b1", "a1", "a2", "c2", "b2"])
    #expect(try text("-name") == ["c2", "b1", "b2", "a2", "a1"])
    #expect(try text("seen") == ["b1", "a2", "c2", "a1", "b2"])
  }

  @Test("A field that there is not is told with the nearest")
  func suggests() throws {
    for (sort, nearest) in [("opnports", "openPorts"), ("-nmae", "name"), ("name,adress", "address")] {
      let error = #expect(throws: CommandFailure.self) { try ListingOrder(sort, of: Self.columns) }
      #expect(error?.description.contains("did you mean \(nearest)?") == true, "\(error?.description ?? "")")
      #expect(error?.status == .usage)
    }
    for sort in ["", "name,", "-", "\u{1b}[2J"] {
      let error = #expect(throws: CommandFailure.self) { try ListingOrder(sort, of: Self.columns) }
      #expect(error?.description.contains("\u{1b}") == false)
    }
  }

  @Test("The first of any number of rows are those of the whole list in order", arguments: 0..<8 as Range<UInt64>)
  func keepsTheFirst(seed: UInt64) throws {
    // Many are equal, one of nine is not known.
    let rows: [[ListingValue]] = (0..<5_000 as Range<UInt64>).map { number in
      let drawn = (number &* 7_919 &+ seed) &* 0x9e37_79b9_7f4a_7c15 >> 40
      return [.text("n\(number)"), .absent, drawn % 9 == 0 ? .absent : .integer(Int64(drawn % 200))]
    }
    let sort = seed % 2 == 0 ? "openPorts" : "-openPorts"
    let whole = try sorted(rows, sort)
    #expect(whole.count == rows.count)
    for limit in [1, 7, 600, 4_999, 5_000, 6_000] {
      #expect(try sorted(rows, sort, limit: limit) == Array(whole.prefix(limit)), "seed \(seed), \(limit)")
    }
  }

  @Test("More rows than the bound are refused without a limit, and with one beyond it")
  func isBounded() throws {
    let rows: [[ListingValue]] = (0..<11).map { [.text("\($0)")] }
    #expect(try sorted(Array(rows.dropLast()), "name", bound: 10).count == 10)
    let error = #expect(throws: CommandFailure.self) { try sorted(rows, "name", bound: 10) }
    #expect(error?.description.contains("--limit") == true)
    #expect(try sorted(rows, "-name", limit: 10, bound: 10).first?.first == .text("10"))
    #expect(throws: CommandFailure.self) { try sorted(rows, "name", limit: 11, bound: 10) }
  }

  @Test("A minus begins the value of --sort, not an option")
  func readsDescendingFields() throws {
    let options = try OutputOptions.parse(["--sort", "-lastSeen,address", "-o", "csv"])
    #expect(options.sort == "-lastSeen,address")
    #expect(options.isForMachines)
  }
}

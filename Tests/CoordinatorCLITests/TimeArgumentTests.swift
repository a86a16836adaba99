import Model
import Testing

@testable import CoordinatorCLI

@Suite struct TimeArgumentTests {
  private let now = Timestamp(milliseconds: 1_795_474_503_000)

  private func read(_ text: String, _ edge: TimeArgument.Edge = .beginning) throws -> String {
    try TimeArgument.read(text, edge, now: now, option: "--from").description
  }

  @Test("Times are moments, ages, days and minutes with a beginning and an end")
  func reads() throws {
    #expect(try read("now") == "2026-11-23T22:55:03.000Z")
    #expect(try read("1d") == "2026-11-22T22:55:03.000Z")
    #expect(try read("2026-01-31") == "2026-01-31T00:00:00.000Z")
    #expect(try read("2026-01-31", .end) == "2026-01-31T23:59:59.999Z")
    #expect(try read("2026-01-31T08:30") == "2026-01-31T08:30:00.000Z")
    #expect(try read("2026-01-31T08:30", .end) == "2026-01-31T08:30:59.999Z")
    #expect(try read("2026-01-31T08:30:00+02:00", .end) == "2026-01-31T06:30:00.000Z")
  }

  @Test("Anything else is told with the option's name", arguments: ["", "yesterday", "2026-02-30", "7", "7y"])
  func refuses(_ text: String) {
    #expect { try read(text) } throws: { error in
      (error as? CommandFailure).map { $0.status == .usage && $0.description.hasPrefix("--from \"\(text)\"") } ?? false
    }
  }
}

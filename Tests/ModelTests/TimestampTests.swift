import SeededRandom
import Testing

@testable import Model

@Suite struct TimestampTests {
  @Test(
    "Known times are written as RFC 3339 says",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (1_700_000_000_250, "2023-11-14T22:13:20.250Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
      (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func writes(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test("Any time of RFC 3339's years is read back as it was, and texts sort as times do")
  func roundTrips() {
    var generator = SeededGenerator(seed: 11)
    var times = (0..<2_000).map { _ in
      Timestamp(milliseconds: Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator))
    }
    for time in times { #expect(Timestamp(time.description) == time) }
    times.sort()
    #expect(times.map(\.description) == times.map(\.description).sorted())
  }

  @Test("Times beyond the years that can be written are held at their ends")
  func holdsAtEnds() {
    #expect(Timestamp(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
    #expect(Timestamp(milliseconds: .min).description == "0000-01-01T00:00:00.000Z")
  }

  @Test(
    "Offsets, fractions and a leap second are read",
    arguments: [
      ("2023-11-14T23:13:20+01:00", 1_700_000_000_000), ("2023-11-14T16:43:20-05:30", 1_700_000_000_000),
      ("2023-11-14t22:13:20z", 1_700_000_000_000), ("2023-11-14 22:13:20Z", 1_700_000_000_000),
      ("2023-11-14T22:13:20.2Z", 1_700_000_000_200), ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000),
    ] as [(String, Int64)])
  func reads(text: String, milliseconds: Int64) {
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test(
    "Anything else is no time",
    arguments: [
      "", "now", "2023-11-14", "2023-11-14T22:13:20", "2023-13-14T22:13:20Z", "2023-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z", "2023-11-31T00:00:00Z", "2023-11-14T24:00:00Z", "2023-11-14T22:60:00Z",
      "2023-11-14T22:13:61Z", "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20+1:00",
      "2023-11-14T22:13:20+24:00", "+023-11-14T22:13:20Z", "2023-11-14T22:13:2०Z", "2023-00-14T22:13:20Z",
      "2023-11-00T22:13:20Z",
    ])
  func refuses(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test("Spans are added and taken away in whole milliseconds")
  func addsSpans() {
    let start = Timestamp(milliseconds: 1_000)
    #expect((start + .seconds(2)).milliseconds == 3_000)
    #expect((start - .milliseconds(1_500)).milliseconds == -500)
    #expect((start + .microseconds(1_999)).milliseconds == 1_001)
    #expect(Timestamp(milliseconds: 5_000) - start == .seconds(4))
  }
}

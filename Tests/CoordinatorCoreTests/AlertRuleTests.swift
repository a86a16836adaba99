import Model
import SeededRandom
import Testing

@testable import CoordinatorCore

/// When a group becomes a message, and when nothing is sent.
@Suite struct AlertRuleTests {
  private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

  @Test("Quiet hours end at their end, on this day or the next, by their own offset")
  func findsQuietEnd() throws {
    let night = try #require(QuietHours("22:00-06:00"))
    #expect(night.end(ifWithin: try time("2026-01-31T23:15:00Z")) == (try time("2026-02-01T06:00:00Z")))
    #expect(night.end(ifWithin: try time("2026-02-01T05:59:59Z")) == (try time("2026-02-01T06:00:00Z")))
    #expect(night.end(ifWithin: try time("2026-02-01T06:00:00Z")) == nil)
    #expect(night.end(ifWithin: try time("2026-02-01T21:59:59Z")) == nil)
    let noon = try #require(QuietHours("12:00-13:30+05:30"))
    #expect(noon.end(ifWithin: try time("2026-02-01T06:30:00Z")) == (try time("2026-02-01T08:00:00Z")))
    #expect(noon.end(ifWithin: try time("2026-02-01T08:00:00Z")) == nil)
  }

  @Test(
    "What is no time of a day is refused",
    arguments: [
      "", "22:00", "22:00-22:00", "22:00-06:00 ", "24:00-06:00", "22:60-06:00", "22:00-06:00CET", "22:00-06:00+15:00",
      "2:00-6:00",
    ])
  func refusesOthers(text: String) { #expect(QuietHours(text) == nil) }

  @Test("Quiet hours are read as they are printed")
  func readsWhatIsPrinted() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      let hours = QuietHours(
        from: .random(in: 0..<720, using: &random), to: .random(in: 720..<1_440, using: &random),
        offsetMinutes: .random(in: -840...840, using: &random))
      #expect(QuietHours(hours.description) == hours)
    }
  }

  @Test("By a zone's clock they end when that shows their end, also where it is set; of an unknown zone none is held")
  func followsZones() throws {
    // Europe/Berlin goes forward on 2026-03-29 and back on 2026-10-25, at 01:00 UTC.
    let (spring, autumn) = (try time("2026-03-29T01:00:00Z"), try time("2026-10-25T01:00:00Z"))
    func berlin(_ zone: String, _ time: Timestamp) -> Int64? {
      zone == "Europe/Berlin" ? (time >= spring && time < autumn ? 7_200_000 : 3_600_000) : nil
    }
    let night = try #require(QuietHours("22:00-06:00 Europe/Berlin"))
    #expect(night.description == "22:00-06:00 Europe/Berlin")
    func end(_ text: String) throws -> Timestamp? { night.end(ifWithin: try time(text), by: berlin) }
    #expect(try end("2026-01-10T21:00:00Z") == (try time("2026-01-11T05:00:00Z")))
    #expect(try end("2026-07-10T21:00:00Z") == (try time("2026-07-11T04:00:00Z")))
    #expect(try end("2026-07-10T04:30:00Z") == nil)
    #expect(try end("2026-03-28T23:00:00Z") == (try time("2026-03-29T04:00:00Z")))
    #expect(try end("2026-10-24T23:00:00Z") == (try time("2026-10-25T05:00:00Z")))
    #expect(QuietHours("22:00-06:00 Mars/Olympus")?.end(ifWithin: spring, by: berlin) == nil)
  }

  @Test("A group waits for more, but not for ever; a digest is sent when it is over; quiet hours put both off")
  func findsDueTime() throws {
    let start = try time("2026-01-31T20:00:00Z")
    var rule = AlertRule(waitSeconds: 10)
    #expect(rule.due(openedAt: start, latestAt: start) == start + .seconds(10))
    #expect(rule.due(openedAt: start, latestAt: start + .seconds(50)) == start + .seconds(60))
    #expect(rule.due(openedAt: start, latestAt: start + .seconds(95)) == start + .seconds(100))
    rule.digestSeconds = 3_600
    #expect(rule.due(openedAt: start, latestAt: start + .seconds(95)) == start + .seconds(3_600))
    rule.quietHours = QuietHours("20:30-07:00")
    #expect(rule.due(openedAt: start, latestAt: start) == (try time("2026-02-01T07:00:00Z")))
  }

  @Test("Pauses double up to the longest, and differ")
  func findsPauses() {
    let patience = DeliveryPatience(first: .seconds(5), longest: .seconds(60), attempts: 5)
    #expect(
      [1, 2, 3, 4, 5, 60].map { patience.pause(after: $0, jitter: 0) } == [5, 10, 20, 40, 60, 60].map { .seconds($0) })
    #expect(patience.pause(after: 5, jitter: 1) == .seconds(45))
  }

  @Test("An alert without kinds is about every change but those of which a first scan is full")
  func knowsStandardKinds() {
    #expect(AlertRule().wanted.isDisjoint(with: [.found, .hostFound]))
    #expect(AlertRule().wanted.isSuperset(of: [.opened, .reopened, .closed]))
    #expect(AlertRule(kinds: [.found]).wanted == [.found])
  }
}

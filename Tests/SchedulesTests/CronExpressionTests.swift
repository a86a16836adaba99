import Model
import Testing

@testable import Schedules

@Suite struct CronExpressionTests {
  private func runs(_ text: String, _ zone: TimeZoneRules = .utc, after: String, _ count: Int = 3) throws -> [String] {
    let start = try #require(Timestamp(after))
    return ScheduleRuns(try ScheduleExpression(text), in: zone, after: start).prefix(count).map {
      zone.text(of: $0.time)
    }
  }

  @Test("Lists, ranges, steps, names, both Sundays and the shorthands are read")
  func reads() throws {
    #expect(
      try runs("0,30 8-9 * * *", after: "2027-01-01T08:15:00Z") == [
        "2027-01-01T08:30:00Z", "2027-01-01T09:00:00Z", "2027-01-01T09:30:00Z",
      ])
    #expect(
      try runs("0 0 * feb sun", after: "2027-01-01T00:00:00Z") == runs("0 0 * 2 7", after: "2027-01-01T00:00:00Z"))
    #expect(try runs("@daily", after: "2027-01-01T00:00:00Z", 1) == ["2027-01-02T00:00:00Z"])
    #expect(
      try runs("5/20 0 * * *", after: "2027-01-01T00:00:00Z") == [
        "2027-01-01T00:05:00Z", "2027-01-01T00:25:00Z", "2027-01-01T00:45:00Z",
      ])
    #expect(
      try runs("every 15m", after: "2027-01-01T00:00:00Z", 2) == ["2027-01-01T00:15:00Z", "2027-01-01T00:30:00Z"])
  }

  @Test("Day of month and day of week are both needed where one begins with *, and either otherwise")
  func joinsDays() throws {
    // 2027-01-01 is a Friday.
    #expect(
      try runs("0 0 */2 * 5", after: "2026-12-31T00:00:00Z") == [
        "2027-01-01T00:00:00Z", "2027-01-15T00:00:00Z", "2027-01-29T00:00:00Z",
      ])
    #expect(
      try runs("0 0 3 * 5", after: "2026-12-31T00:00:00Z") == [
        "2027-01-01T00:00:00Z", "2027-01-03T00:00:00Z", "2027-01-08T00:00:00Z",
      ])
  }

  @Test("L is the month's last day, 5L its last Friday, 5#2 its second")
  func readsExtensions() throws {
    #expect(
      try runs("0 0 L * *", after: "2027-01-01T00:00:00Z") == [
        "2027-01-31T00:00:00Z", "2027-02-28T00:00:00Z", "2027-03-31T00:00:00Z",
      ])
    #expect(
      try runs("0 0 * * 5L", after: "2027-01-01T00:00:00Z", 2) == ["2027-01-29T00:00:00Z", "2027-02-26T00:00:00Z"])
    #expect(
      try runs("0 0 * * fri#2", after: "2027-01-01T00:00:00Z", 2) == ["2027-01-08T00:00:00Z", "2027-02-12T00:00:00Z"])
  }

  @Test(
    "What cannot be meant is refused, and the refusal names the place",
    arguments: [
      ("60 * * * *", "field 1 (minute), \"60\": 0 to 59"), ("* 24 * * *", "field 2 (hour)"),
      ("* * 0 * *", "field 3 (day of month)"), ("* * * 13 *", "field 4 (month)"),
      ("* * * * 8", "field 5 (day of week)"),
      ("*/0 * * * *", "a step of 0"), ("@reboot", "is no time"), ("0 0 30 2 *", "no such day"),
      ("0 0 31 4,6,9,11 *", "no such day"), ("* * * *", "has 4 fields"), ("* * * * * *", "has 6 fields"),
      ("9-5 * * * *", "ends before it begins"), ("0 0 * * sat-sun", "Sunday is 7"), ("0 0 * * 5#6", "first to a fifth"),
      ("1,,2 * * * *", "something is missing"), ("every 1s", "5 seconds"), ("every tuesday", "expected a span"),
      ("@sometimes", "of words there are"), ("-1 * * * *", "something is missing"),
      ("1/2/3 * * * *", "more than one step"),
    ])
  func refuses(text: String, reason: String) {
    do {
      let expression = try ScheduleExpression(text)
      Issue.record("\(text) was read as \(expression)")
    } catch {
      #expect(error.description.contains(reason), "\(error)")
    }
  }

  @Test("A day that is seldom there is not refused: 29 February, and on a Friday")
  func findsSeldomDays() throws {
    #expect(
      try runs("0 0 29 2 *", after: "2027-01-01T00:00:00Z", 2) == ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"])
    #expect(try runs("0 0 29 2 */5", after: "2027-01-01T00:00:00Z", 1) == ["2032-02-29T00:00:00Z"])
  }

  @Test("A set time that the clock skips runs where it goes on; one it shows twice runs once")
  func followsDebian() throws {
    // 28 March 2027, 02:00 becomes 03:00; 31 October, 03:00 becomes 02:00.
    #expect(
      try runs("30 2 * * *", Zones.berlin, after: "2027-03-27T00:00:00Z") == [
        "2027-03-27T02:30:00+01:00", "2027-03-28T03:00:00+02:00", "2027-03-29T02:30:00+02:00",
      ])
    #expect(
      try runs("30 2 * * *", Zones.berlin, after: "2027-10-30T12:00:00Z", 2) == [
        "2027-10-31T02:30:00+02:00", "2027-11-01T02:30:00+01:00",
      ])
    // Asked from within the second hour, the first has been.
    #expect(
      try runs("45 2 * * *", Zones.berlin, after: "2027-10-31T01:15:00Z", 1) == ["2027-11-01T02:45:00+01:00"])
  }

  @Test("What begins with * goes with the clock: skipped in the gap, run in both hours")
  func followsTheClock() throws {
    #expect(
      try runs("*/30 2 * * *", Zones.berlin, after: "2027-03-27T12:00:00Z", 2) == [
        "2027-03-29T02:00:00+02:00", "2027-03-29T02:30:00+02:00",
      ])
    #expect(
      try runs("*/30 * * * *", Zones.berlin, after: "2027-10-30T23:59:00Z", 5) == [
        "2027-10-31T02:00:00+02:00", "2027-10-31T02:30:00+02:00", "2027-10-31T02:00:00+01:00",
        "2027-10-31T02:30:00+01:00", "2027-10-31T03:00:00+01:00",
      ])
  }

  @Test("A clock that is set by half an hour loses nothing and repeats nothing else")
  func followsHalfHours() throws {
    // 4 April 2027, 02:00 +11 becomes 01:30 +10:30.
    #expect(
      try runs("*/15 * * * *", Zones.lordHowe, after: "2027-04-03T14:29:00Z", 6) == [
        "2027-04-04T01:30:00+11:00", "2027-04-04T01:45:00+11:00", "2027-04-04T01:30:00+10:30",
        "2027-04-04T01:45:00+10:30", "2027-04-04T02:00:00+10:30", "2027-04-04T02:15:00+10:30",
      ])
  }

  @Test("Runs say what the clock does to them")
  func notes() throws {
    let start = try #require(Timestamp("2027-03-27T12:00:00Z"))
    let run = try #require(
      ScheduleRuns(try ScheduleExpression("30 2 * * *"), in: Zones.berlin, after: start).first { _ in true })
    #expect(run.note == "the clock goes forward and skips 02:30")
  }
}

import Model
import SeededRandom
import Testing

@testable import Schedules

@Suite struct TimeZoneRulesTests {
  @Test("The rule at a file's end is read: Europe, half hours, days beyond 24 hours, Julian days")
  func readsRules() throws {
    let summer = try #require(Timestamp("2027-07-01T00:00:00Z"))
    let winter = try #require(Timestamp("2027-01-01T00:00:00Z"))
    func offsets(_ rule: String) throws -> [Int64] {
      let zone = try TimeZoneRules(name: "X", octets: Zones.file(rule))
      return [winter, summer].map { zone.segment(at: $0.milliseconds / 1_000).offset }
    }
    #expect(try offsets("CET-1CEST,M3.5.0,M10.5.0/3") == [3_600, 7_200])
    #expect(try offsets("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0") == [39_600, 37_800])
    #expect(try offsets("EET-2EEST,M3.4.4/50,M10.4.4/50") == [7_200, 10_800])
    #expect(try offsets("<-02>2<-01>,M3.5.0/-1,M10.5.0/0") == [-7_200, -3_600])
    #expect(try offsets("XXX0YYY,J60/0,J300/0") == [0, 3_600])
    #expect(try offsets("XXX3") == [-10_800, -10_800])
  }

  @Test("Files that are none, are cut short, or say nonsense are refused and never trap")
  func refusesDamage() throws {
    let whole = Zones.file("CET-1CEST,M3.5.0,M10.5.0/3")
    for count in 0..<whole.count {
      #expect(throws: ScheduleError.self) { try TimeZoneRules(name: "X", octets: Array(whole.prefix(count))) }
    }
    for rule in ["CET", "CET-1CEST", "CET-1CEST,M13.1.0,M10.5.0", "CET-1CEST,M3.5.0", "CE-1", "CET-25"] {
      #expect(throws: ScheduleError.self) { try TimeZoneRules(name: "X", octets: Zones.file(rule)) }
    }
    var random = SeededGenerator(seed: 7)
    for _ in 0..<3_000 {
      var octets = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        octets[Int.random(in: 0..<octets.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      guard let zone = try? TimeZoneRules(name: "X", octets: octets) else { continue }
      _ = zone.segment(at: .random(in: -5_000_000_000...50_000_000_000, using: &random))
    }
  }

  @Test(
    "A name leads nowhere but below the zones' folder",
    arguments: ["", "/etc/passwd", "../../etc/passwd", "Europe/../../x", "Europe//Berlin", "Europe/", "a b", "é", "."])
  func refusesNames(name: String) {
    let zones = TimeZoneCache { _ in
      Issue.record("\(name) was read")
      return []
    }
    #expect(throws: ScheduleError.self) { try zones.rules(of: name) }
  }

  @Test("A local time in a gap is the end of it; of two equal ones it is the first")
  func findsInstants() throws {
    func instant(_ text: String) throws -> String {
      let local = try #require(Timestamp(text + "Z")).milliseconds / 1_000
      return Zones.berlin.text(of: Timestamp(milliseconds: Zones.berlin.instant(ofLocal: local) * 1_000))
    }
    #expect(try instant("2027-03-28T02:30:00") == "2027-03-28T03:00:00+02:00")
    #expect(try instant("2027-10-31T02:30:00") == "2027-10-31T02:30:00+02:00")
    #expect(try instant("2027-06-01T12:00:00") == "2027-06-01T12:00:00+02:00")
  }

  @Test("Changes are told in order, each once")
  func tellsChanges() throws {
    let start = try #require(Timestamp("2027-01-01T00:00:00Z"))
    let changes = Zones.berlin.changes(from: start, to: start + .seconds(3 * 366 * 86_400))
    #expect(changes.count == 6)
    #expect(zip(changes, changes.dropFirst()).allSatisfy { $0.end == $1.start && $0.offset != $1.offset })
  }
}

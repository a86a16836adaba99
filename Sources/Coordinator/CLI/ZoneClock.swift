internal import LocalSystem
internal import Model
internal import Schedules

/// This machine's time zones, and times as operators type them by one of their clocks.
enum ZoneClock {
  static let zones = TimeZoneCache { try ZoneFiles.octets(of: $0) }

  /// The rules of a zone; without a name those of the caller's own.
  ///
  /// Throws a `CommandFailure` for a zone that there is not.
  static func rules(of name: String?) throws -> TimeZoneRules {
    do {
      return try zones.rules(of: name ?? ZoneFiles.localName)
    } catch {
      throw CommandFailure(
        name == nil ? "this machine's \(error); name one with --time-zone" : "--time-zone: \(error)", status: .usage)
    }
  }

  /// Reads RFC 3339, `YYYY-MM-DD[THH:MM[:SS]]` by the zone's clock, `7d` (ago), or `now`. In a gap of the clock its end is
  /// meant, of two equal times the first.
  static func read(_ text: String, in rules: TimeZoneRules, option: String) throws -> Timestamp {
    if text.lowercased() == "now" { return Clock.now }
    if let age = DurationText.read(text) { return Clock.now - age }
    if let time = Timestamp(text) { return time }
    for ending in ["T00:00:00Z", ":00Z", "Z"] {
      if let local = Timestamp(text + ending) {
        return Timestamp(milliseconds: rules.instant(ofLocal: local.milliseconds / 1_000) * 1_000)
      }
    }
    throw CommandFailure(
      "\(option) \"\(text)\": expected a time such as 2027-01-31, 2027-01-31T18:00, 2027-01-31T18:00:00Z, 7d (ago) or now",
      status: .usage)
  }
}

internal import Model

/// A time as operators type it: RFC 3339, `2026-01-31`, `2026-01-31T08:30` (UTC), an age such as `7d`, or `now`.
enum TimeArgument {
  /// Which end of a day or minute is meant.
  enum Edge {
    case beginning
    case end
  }

  /// Throws a `CommandFailure` that names the option.
  static func read(_ text: String, _ edge: Edge, now: Timestamp, option: String) throws -> Timestamp {
    if text.lowercased() == "now" { return now }
    if let age = DurationText.read(text) { return now - age }
    if let time = Timestamp(text) { return time }
    if let day = Timestamp(text + "T00:00:00Z") { return edge == .end ? day + .milliseconds(86_399_999) : day }
    if let minute = Timestamp(text + ":00Z") { return edge == .end ? minute + .milliseconds(59_999) : minute }
    throw CommandFailure(
      "\(option) \"\(text)\": expected a time such as 2027-01-31, 2027-01-31T18:00:00Z, 7d (ago) or now", status: .usage
    )
  }
}

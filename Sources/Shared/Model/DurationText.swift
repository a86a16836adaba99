/// Durations as operators type them: `30s 15m 8h 7d`.
package enum DurationText {
  /// Nil for anything but a whole number and one of the units s, m, h, d.
  package static func read(_ text: String) -> Duration? {
    guard let unit = text.last, let count = Int64(text.dropLast()), count >= 0, count <= 1_000_000_000 else {
      return nil
    }
    switch unit {
    case "s": return .seconds(count)
    case "m": return .seconds(count * 60)
    case "h": return .seconds(count * 3_600)
    case "d": return .seconds(count * 86_400)
    default: return nil
    }
  }

  /// The two largest units that say something: `2h 5m`.
  package static func print(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
    let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }
    return shown.isEmpty ? "0s" : shown.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }
}

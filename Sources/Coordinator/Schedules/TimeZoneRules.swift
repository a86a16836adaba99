package import Model

/// How a zone's clock goes, as the system's own files say it (Foundation has rules of its own, a year old: see
/// docs/decisions/schedules.md).
package struct TimeZoneRules: Hashable, Sendable {
  struct Kind: Hashable, Sendable {
    var offset: Int64
    var isDaylight: Bool
    var abbreviation: String
  }

  package let name: String
  /// Ascending.
  let transitions: [Int64]
  /// The index into `kinds` from each transition on.
  let kindIndices: [Int]
  let kinds: [Kind]
  /// What holds after the last transition; nil: the last kind, for ever.
  let rule: PosixTimeZone?

  package static let utc = TimeZoneRules(
    name: "UTC", transitions: [], kindIndices: [], kinds: [Kind(offset: 0, isDaylight: false, abbreviation: "UTC")],
    rule: nil)

  /// The segment that `time` lies in; seconds since 1970-01-01T00:00Z.
  package func segment(at time: Int64) -> ClockSegment {
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= time { low = middle + 1 } else { high = middle }
    }
    if low == transitions.count, let rule {
      var segment = rule.segment(at: time)
      if let last = transitions.last { segment.start = max(segment.start, last) }
      return segment
    }
    // Before the first transition the first kind holds (RFC 8536, 3.2).
    let kind = kinds[low == 0 ? 0 : kindIndices[low - 1]]
    return ClockSegment(
      start: low == 0 ? .min : transitions[low - 1], end: low == transitions.count ? .max : transitions[low],
      offset: kind.offset, isDaylight: kind.isDaylight, abbreviation: kind.abbreviation)
  }

  /// Changes of the clock in `[from, to)`: when, and what holds from then on.
  package func changes(from: Timestamp, to: Timestamp) -> [ClockSegment] {
    let end = to.milliseconds / 1_000
    var changes: [ClockSegment] = []
    var segment = segment(at: from.milliseconds / 1_000)
    while segment.end < end {
      segment = self.segment(at: segment.end)
      changes.append(segment)
    }
    return changes
  }

  /// RFC 3339 of a time by this zone's clock, such as `2027-03-28T03:00:00+02:00`; UTC where the zone is off by seconds, which
  /// RFC 3339 has no way to write.
  package func text(of time: Timestamp) -> String {
    let seconds = time.milliseconds >= 0 ? time.milliseconds / 1_000 : (time.milliseconds - 999) / 1_000
    let offset = segment(at: seconds).offset
    let isUTC = name == "UTC" || offset % 60 != 0
    let local = LocalTime(seconds: seconds + (isUTC ? 0 : offset))
    guard !isUTC else { return local.text + "Z" }
    let minutes = abs(offset) / 60
    return local.text + (offset < 0 ? "-" : "+") + LocalTime.padded(minutes / 60, 2) + ":"
      + LocalTime.padded(minutes % 60, 2)
  }

  /// The instant of a local time; in a gap the end of it, of two equal ones the first. Seconds.
  package func instant(ofLocal local: Int64) -> Int64 {
    // No clock has ever been a day and a half from UTC.
    var segment = segment(at: local - 129_600)
    while local >= segment.localEnd { segment = self.segment(at: segment.end) }
    return max(local - segment.offset, segment.start)
  }
}

/// A stretch of time in which a zone's clock is by the same span ahead of UTC. Seconds since 1970-01-01T00:00Z.
package struct ClockSegment: Hashable, Sendable {
  /// Included; `Int64.min` where there is no beginning.
  package var start: Int64
  /// Not included; `Int64.max` where there is no end.
  package var end: Int64
  /// Seconds east of UTC.
  package var offset: Int64
  package var isDaylight: Bool
  package var abbreviation: String

  package init(start: Int64, end: Int64, offset: Int64, isDaylight: Bool, abbreviation: String) {
    self.start = start
    self.end = end
    self.offset = offset
    self.isDaylight = isDaylight
    self.abbreviation = abbreviation
  }

  /// What the clock would show at the end, if it went on.
  var localEnd: Int64 { end == .max ? .max : end + offset }
  var localStart: Int64 { start == .min ? .min : start + offset }
}

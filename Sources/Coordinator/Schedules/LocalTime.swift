internal import Model

/// What a clock on the wall shows: seconds since 1970-01-01T00:00 of that clock.
package struct LocalTime: Hashable, Sendable {
  package let seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  /// `2027-03-28T03:00:00`.
  package var text: String { String(Timestamp(milliseconds: seconds * 1_000).description.dropLast(5)) }

  /// `02:30`, with seconds only where there are some.
  package var clockText: String { String(text.dropFirst(11).prefix(seconds % 60 == 0 ? 5 : 8)) }

  static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

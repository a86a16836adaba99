package import Model

/// Reads the times of a query. An age counts back from now and compares as ages do: `<7d` is younger than seven days. A
/// time compares as times do: `>2026-01-31` is later.
package struct QueryTime {
  private let now: Timestamp

  package init(now: Timestamp) { self.now = now }

  func span(_ text: Substring, _ comparison: QueryComparison) -> TimeSpan? {
    if let age = DurationText.read(String(text)) {
      let moment = now - age
      switch comparison {
      case .equal, .unequal, .less, .lessOrEqual: return TimeSpan(from: moment)
      case .greater, .greaterOrEqual: return TimeSpan(to: moment)
      }
    }
    if comparison == .equal || comparison == .unequal, let dots = text.firstRange(of: "..") {
      let (before, after) = (text[..<dots.lowerBound], text[dots.upperBound...])
      guard !before.isEmpty || !after.isEmpty else { return nil }
      let from = before.isEmpty ? nil : moment(before)?.from
      let to = after.isEmpty ? nil : moment(after)?.to
      guard before.isEmpty || from != nil, after.isEmpty || to != nil else { return nil }
      if let from, let to, from >= to { return nil }
      return TimeSpan(from: from, to: to)
    }
    guard let moment = moment(text) else { return nil }
    switch comparison {
    case .equal, .unequal: return TimeSpan(from: moment.from, to: moment.to)
    case .less: return TimeSpan(to: moment.from)
    case .lessOrEqual: return TimeSpan(to: moment.to)
    case .greater: return TimeSpan(from: moment.to)
    case .greaterOrEqual: return TimeSpan(from: moment.from)
    }
  }

  /// One moment: an age, a time, `now`; a day is its beginning. Nil for anything else.
  package func moment(at text: String) -> Timestamp? { moment(Substring(text))?.from }

  /// A time with as much as was said of it: a day is a whole day, a minute a whole minute. Without a zone it is UTC.
  private func moment(_ text: Substring) -> (from: Timestamp, to: Timestamp)? {
    if text.lowercased() == "now" { return (now, now + .milliseconds(1)) }
    if let age = DurationText.read(String(text)) { return (now - age, now - age) }
    if let day = Timestamp(text + "T00:00:00Z") { return (day, day + .seconds(86_400)) }
    if let minute = Timestamp(text + ":00Z") { return (minute, minute + .seconds(60)) }
    if text.last == "Z" || text.last == "z", let minute = Timestamp(text.dropLast() + ":00Z") {
      return (minute, minute + .seconds(60))
    }
    if let time = Timestamp(text + "Z") ?? Timestamp(String(text)) { return (time, time + .milliseconds(1)) }
    return nil
  }
}

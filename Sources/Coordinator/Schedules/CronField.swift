/// One of the five fields of a cron expression, in the order in which they are written.
enum CronField: Int, CaseIterable {
  case minute, hour, dayOfMonth, month, dayOfWeek

  var name: String {
    switch self {
    case .minute: "minute"
    case .hour: "hour"
    case .dayOfMonth: "day of month"
    case .month: "month"
    case .dayOfWeek: "day of week"
    }
  }

  /// What may be written; 7 is Sunday as 0 is (crontab(5)).
  var range: ClosedRange<Int> {
    switch self {
    case .minute: 0...59
    case .hour: 0...23
    case .dayOfMonth: 1...31
    case .month: 1...12
    case .dayOfWeek: 0...7
    }
  }

  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// The number of a month's or a day's English name, three letters in any case.
  func number(named name: String) -> Int? {
    switch self {
    case .month: Self.months.firstIndex(of: name.lowercased()).map { $0 + 1 }
    case .dayOfWeek: Self.days.firstIndex(of: name.lowercased())
    case .minute, .hour, .dayOfMonth: nil
    }
  }
}

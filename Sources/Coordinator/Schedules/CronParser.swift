/// Reads cron expressions: five fields of lists, ranges, steps and names, `@hourly` to `@yearly`, and two extensions, `L`
/// (the last day of the month, `5L` the last Friday) and `5#2` (the second Friday).
struct CronParser {
  private static let shorthands = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
  ]

  /// Throws a `ScheduleError` that names the field and the part of it at fault.
  static func parse(_ text: String) throws(ScheduleError) -> CronExpression {
    var fields = text.split(whereSeparator: \.isWhitespace).map(String.init)
    if let first = fields.first, first.hasPrefix("@") {
      guard fields.count == 1, let meaning = shorthands[first.lowercased()] else {
        throw ScheduleError(
          first.lowercased() == "@reboot"
            ? "\"@reboot\" is no time: a coordinator that starts often would scan often; name a time"
            : "\"\(text)\": of words there are \(shorthands.keys.sorted().joined(separator: " "))")
      }
      fields = meaning.split(separator: " ").map(String.init)
    }
    guard fields.count == CronField.allCases.count else {
      throw ScheduleError(
        "\"\(text)\" has \(fields.count) fields; expected five: minute, hour, day of month, month, day of week, such as \"30 2 * * 1-5\", or \"every 15m\""
      )
    }
    var expression = CronExpression()
    for field in CronField.allCases {
      for item in fields[field.rawValue].split(separator: ",", omittingEmptySubsequences: false) {
        try read(String(item), field, into: &expression)
      }
    }
    let begins = fields.map { $0.hasPrefix("*") }
    expression.needsBothDays = begins[CronField.dayOfMonth.rawValue] || begins[CronField.dayOfWeek.rawValue]
    expression.followsClock = begins[CronField.minute.rawValue] || begins[CronField.hour.rawValue]
    guard expression.hasAnyDay else {
      throw ScheduleError(
        "\"\(text)\": there is no such day in any year: day of month \(fields[2]), month \(fields[3]), day of week \(fields[4])"
      )
    }
    return expression
  }

  private static func read(
    _ item: String, _ field: CronField, into expression: inout CronExpression
  ) throws(ScheduleError) {
    func fault(_ reason: String) -> ScheduleError {
      ScheduleError("field \(field.rawValue + 1) (\(field.name)), \"\(item)\": \(reason)")
    }
    if field == .dayOfMonth, item.lowercased() == "l" {
      expression.hasLastDay = true
      return
    }
    if field == .dayOfWeek, item.lowercased().hasSuffix("l"), item.count > 1 {
      let day = try number(String(item.dropLast()), field, fault)
      expression.weekdays.last |= 1 << UInt8(day % 7)
      return
    }
    let parts = item.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
    if field == .dayOfWeek, parts.count == 2 {
      let day = try number(parts[0], field, fault)
      guard let ordinal = Int(parts[1]), parts[1].count == 1, (1...5).contains(ordinal) else {
        throw fault("a month has a first to a fifth of each weekday; 1 to 5 is expected after #")
      }
      expression.weekdays.nth[ordinal - 1] |= 1 << UInt8(day % 7)
      return
    }
    let halves = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard halves.count <= 2 else { throw fault("there is more than one step") }
    var step = 1
    if halves.count == 2 {
      guard isNumber(halves[1]), let value = Int(halves[1]) else { throw fault("a step is a number, such as */5") }
      guard value > 0 else { throw fault("a step of 0 never comes to an end; 1 is the smallest") }
      step = value
    }
    let range = try range(halves[0], field, hasStep: halves.count == 2, fault)
    for value in stride(from: range.lowerBound, through: range.upperBound, by: step) {
      set(value, field, in: &expression)
    }
  }

  private static func range(
    _ text: String, _ field: CronField, hasStep: Bool, _ fault: (String) -> ScheduleError
  ) throws(ScheduleError) -> ClosedRange<Int> {
    if text == "*" { return field.range }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count <= 2 else { throw fault("a range has two ends") }
    let first = try number(ends[0], field, fault)
    guard ends.count == 2 else { return first...(hasStep ? field.range.upperBound : first) }
    let last = try number(ends[1], field, fault)
    guard first <= last else {
      let hint = field == .dayOfWeek && last == 0 ? "; as the end of a range Sunday is 7" : "; write two ranges"
      throw fault("the range ends before it begins\(hint)")
    }
    return first...last
  }

  private static func number(
    _ text: String, _ field: CronField, _ fault: (String) -> ScheduleError
  ) throws(ScheduleError) -> Int {
    if let named = field.number(named: text) { return named }
    guard isNumber(text), let value = Int(text) else {
      throw fault(
        text.isEmpty
          ? "something is missing"
          : "expected a number\(field.number(named: "sun") ?? field.number(named: "jan") == nil ? "" : " or a name of three letters")"
      )
    }
    guard field.range.contains(value) else {
      throw fault("\(field.range.lowerBound) to \(field.range.upperBound) are expected")
    }
    return value
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 9 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  private static func set(_ value: Int, _ field: CronField, in expression: inout CronExpression) {
    switch field {
    case .minute: expression.minutes |= 1 << UInt64(value)
    case .hour: expression.hours |= 1 << UInt64(value)
    case .dayOfMonth: expression.days |= 1 << UInt64(value)
    case .month: expression.months |= 1 << UInt64(value)
    case .dayOfWeek: expression.weekdays.every |= 1 << UInt8(value % 7)
    }
  }
}

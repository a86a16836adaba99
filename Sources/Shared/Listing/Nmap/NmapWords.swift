internal import Model

/// How nmap's formats spell what we have.
enum NmapWords {
  /// nmap has no word for an address that the network calls unreachable, and none for what could not be looked at but
  /// `unknown`; the reason tells what it was.
  static func state(_ state: EndpointState) -> String {
    switch state {
    case .open: "open"
    case .closed: "closed"
    case .filtered, .unreachable: "filtered"
    case .openOrFiltered: "open|filtered"
    case .unchecked: "unknown"
    }
  }

  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Mon Nov 23 22:55:03 2026`, the form of ctime(3), in UTC so that files of several hosts compare.
  static func date(_ time: Timestamp) -> String {
    // 2026-11-23T22:55:03.000Z
    let text = Array(time.description)
    // The first of January 1970 was a Thursday.
    let days = (time.milliseconds - (time.milliseconds % 86_400_000 + 86_400_000) % 86_400_000) / 86_400_000
    let weekday = Self.weekdays[Int((days % 7 + 7) % 7)]
    let month = Int(String(text[5..<7])).map { Self.months[$0 - 1] } ?? ""
    let day = text[8] == "0" ? " \(text[9])" : String(text[8..<10])
    return "\(weekday) \(month) \(day) \(String(text[11..<19])) \(String(text[0..<4]))"
  }

  /// Seconds since 1970.
  static func seconds(_ time: Timestamp) -> Int64 { time.milliseconds / 1_000 }

  static func plural(_ count: Int) -> String { count == 1 ? "" : "s" }
}

internal import ArgumentParser

/// A duration as typed: `500ms`, `30s`, `15m`, `8h`, `7d`; a bare number is seconds, as for nmap.
struct DurationArgument: ExpressibleByArgument, Equatable {
  let duration: Duration

  /// nil for anything else, for zero, and for more than a year.
  init?(argument: String) {
    let digits = argument.utf8.prefix { (0x30...0x39).contains($0) }
    guard let number = Int64(String(Substring(digits))), number > 0, number <= 31_536_000_000 else { return nil }
    switch argument.dropFirst(digits.count) {
    case "ms": duration = .milliseconds(number)
    case "", "s": duration = .seconds(number)
    case "m": duration = .seconds(number * 60)
    case "h": duration = .seconds(number * 3600)
    case "d": duration = .seconds(number * 86_400)
    default: return nil
    }
    guard duration <= .seconds(31_536_000) else { return nil }
  }

  /// `250ms` or `5s`, which reads back.
  static func text(_ duration: Duration) -> String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds.truncatingRemainder(dividingBy: 1000) == 0
      ? "\(Int64(milliseconds / 1000))s" : "\(Int64(milliseconds))ms"
  }
}

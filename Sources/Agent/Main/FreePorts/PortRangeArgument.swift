internal import ArgumentParser
internal import Model

/// Ports as typed for `--range`: `8080`, `8000-8100`, `80,8000-8100`.
struct PortRangeArgument: ExpressibleByArgument, Equatable {
  let ports: PortSet

  init(ports: PortSet) { self.ports = ports }

  /// Nil for anything else, for port 0, which stands for any, and for ranges that run backwards.
  init?(argument: String) {
    var ranges: [ClosedRange<UInt16>] = []
    for item in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = item.split(separator: "-", omittingEmptySubsequences: false)
      guard (1...2).contains(ends.count), let first = Self.port(ends[0]), let last = Self.port(ends[ends.count - 1]),
        first <= last
      else { return nil }
      ranges.append(first...last)
    }
    ports = PortSet(ranges)
  }

  var defaultValueDescription: String { "1-65535" }

  private static func port(_ text: Substring) -> UInt16? {
    guard text.allSatisfy({ ("0"..."9").contains($0) }), let number = UInt16(text), number > 0 else { return nil }
    return number
  }
}

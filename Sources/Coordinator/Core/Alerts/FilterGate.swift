internal import Model

/// What a filter demands of addresses and ports whatever else it says: most notices are turned away here, at the cost of a few
/// comparisons of numbers. Without a demand it lets everything through.
struct FilterGate: Sendable {
  private struct Span {
    let family: IPAddress.Family
    let first: UInt128
    let last: UInt128
  }

  private var nets: [[Span]] = []
  private var ports: [[ClosedRange<UInt16>]] = []

  init(_ filter: ChartFilter) { demand(filter) }

  /// Only what stands in a conjunction is demanded.
  private mutating func demand(_ filter: ChartFilter) {
    switch filter {
    case .all(let filters): for filter in filters { demand(filter) }
    case .term(.net(let ranges)):
      nets.append(ranges.map { Span(family: $0.family, first: $0.first.value, last: $0.last.value) })
    case .term(.port(let ranges)): ports.append(ranges)
    case .term, .any, .not: break
    }
  }

  func lets(_ address: IPAddress?, _ port: UInt16?) -> Bool {
    for list in ports {
      guard let port else { return false }
      var fits = false
      for range in list where range.lowerBound <= port && port <= range.upperBound { fits = true }
      if !fits { return false }
    }
    for list in nets {
      guard let address else { return false }
      let (family, value) = (address.family, address.value)
      var fits = false
      for span in list where span.family == family && span.first <= value && value <= span.last { fits = true }
      if !fits { return false }
    }
    return true
  }
}

/// A part of a lane's work: an interval of host indices times an interval of port indices.
///
/// Host indices count through the scan's frozen `TargetSpace`, port indices through its `PortSelection`; both intervals
/// are half open and neither is empty.
package struct WorkRectangle: Hashable, Sendable {
  package let hosts: Range<UInt128>
  package let ports: Range<Int>

  /// - Precondition: neither interval is empty.
  package init(hosts: Range<UInt128>, ports: Range<Int>) {
    precondition(!hosts.isEmpty && !ports.isEmpty, "a rectangle holds at least one endpoint")
    self.hosts = hosts
    self.ports = ports
  }

  /// Endpoints inside; saturates at the largest number rather than trap on a hostile size.
  package var count: UInt128 {
    let (product, overflow) = UInt128(hosts.count128).multipliedReportingOverflow(by: UInt128(ports.count))
    return overflow ? .max : product
  }

  package func contains(_ other: WorkRectangle) -> Bool {
    hosts.lowerBound <= other.hosts.lowerBound && other.hosts.upperBound <= hosts.upperBound
      && ports.lowerBound <= other.ports.lowerBound && other.ports.upperBound <= ports.upperBound
  }

  /// Whether an endpoint is in both.
  package func touches(_ other: WorkRectangle) -> Bool {
    hosts.lowerBound < other.hosts.upperBound && other.hosts.lowerBound < hosts.upperBound
      && ports.lowerBound < other.ports.upperBound && other.ports.lowerBound < ports.upperBound
  }

  package func intersection(_ other: WorkRectangle) -> WorkRectangle? {
    let hosts = hosts.clamped(to: other.hosts)
    let ports = ports.clamped(to: other.ports)
    return hosts.isEmpty || ports.isEmpty ? nil : WorkRectangle(hosts: hosts, ports: ports)
  }

  /// What is left of this rectangle without `other`: at most four disjoint rectangles.
  package func subtracting(_ other: WorkRectangle) -> [WorkRectangle] {
    guard let cut = intersection(other) else { return [self] }
    var rest: [WorkRectangle] = []
    func keep(_ hosts: Range<UInt128>, _ ports: Range<Int>) {
      if !hosts.isEmpty && !ports.isEmpty { rest.append(WorkRectangle(hosts: hosts, ports: ports)) }
    }
    keep(hosts.lowerBound..<cut.hosts.lowerBound, ports)
    keep(cut.hosts, ports.lowerBound..<cut.ports.lowerBound)
    keep(cut.hosts, cut.ports.upperBound..<ports.upperBound)
    keep(cut.hosts.upperBound..<hosts.upperBound, ports)
    return rest
  }
}

extension [WorkRectangle] {
  /// What is left of these rectangles without any of `others`; disjoint if these are.
  package func subtracting(_ others: some Sequence<WorkRectangle>) -> [WorkRectangle] {
    others.reduce(self) { rest, other in rest.flatMap { $0.subtracting(other) } }
  }

  /// The port indices from the lowest to the highest; empty for no rectangle.
  package var portSpan: Range<Int> {
    guard let first = self.map(\.ports.lowerBound).min(), let end = self.map(\.ports.upperBound).max() else {
      return 0..<0
    }
    return first..<end
  }

  /// Endpoints inside, for disjoint rectangles; saturating.
  package var endpointCount: UInt128 {
    reduce(0) { sum, rectangle in
      let (total, overflow) = sum.addingReportingOverflow(rectangle.count)
      return overflow ? .max : total
    }
  }
}

extension Range<UInt128> {
  /// `count` is an Int and would trap on wide ranges.
  package var count128: UInt128 { upperBound - lowerBound }
}

extension WorkRectangle: Codable {
  private enum CodingKeys: String, CodingKey { case firstHost, hostCount, firstPort, portCount }

  /// Host numbers travel as decimal text, because JSON numbers lose digits beyond 2^53 (RFC 8259, 6).
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func wide(_ key: CodingKeys) throws -> UInt128 {
      guard let number = UInt128(try container.decode(String.self, forKey: key)) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "expected a decimal number")
      }
      return number
    }
    let firstHost = try wide(.firstHost)
    let hostCount = try wide(.hostCount)
    let firstPort = try container.decode(Int.self, forKey: .firstPort)
    let portCount = try container.decode(Int.self, forKey: .portCount)
    let (endHost, hostOverflow) = firstHost.addingReportingOverflow(hostCount)
    guard hostCount > 0, !hostOverflow else {
      throw DecodingError.dataCorruptedError(
        forKey: .hostCount, in: container, debugDescription: "expected a positive count within the host indices")
    }
    // Three protocols of 65,536 ports each are all the port indices there can be.
    guard firstPort >= 0, portCount > 0, firstPort <= 196_608, portCount <= 196_608 else {
      throw DecodingError.dataCorruptedError(
        forKey: .portCount, in: container, debugDescription: "expected a positive count within the port indices")
    }
    self.init(hosts: firstHost..<endHost, ports: firstPort..<(firstPort + portCount))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(String(hosts.lowerBound), forKey: .firstHost)
    try container.encode(String(hosts.count128), forKey: .hostCount)
    try container.encode(ports.lowerBound, forKey: .firstPort)
    try container.encode(ports.count, forKey: .portCount)
  }
}

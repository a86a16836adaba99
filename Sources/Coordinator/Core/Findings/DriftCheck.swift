internal import Model

/// Compares what is with what is expected, endpoint by endpoint.
package struct DriftCheck: Sendable {
  private let expectations: [Expectation]
  private var met: Set<String> = []

  package init(_ expectations: [Expectation]) { self.expectations = expectations }

  /// What there is to say of an endpoint that is open or listened on, in words; nil: it is as expected, or nothing is expected
  /// of its host.
  package mutating func drift(_ row: ChartRow) -> String? {
    // A port of which nobody knows whether anything is there.
    guard row.summary.state == .open || row.listener != nil else { return nil }
    let ofHost = expectations.filter { $0.isAbout(row.host.address, in: row.host.site) }
    guard !ofHost.isEmpty else { return nil }
    let key = ProtocolPort(row.transport, row.port)
    let fitting = ofHost.filter { $0.isAbout(key) }
    met.formUnion(fitting.map(\.name))
    guard !fitting.isEmpty else {
      let owner = row.listener.map { $0.processes.isEmpty ? "" : " by \($0.ownerSummary)" } ?? ""
      return
        "\(row.summary.state == .open ? "open" : "listened on")\(owner), and no expectation of the host allows port \(row.port)/\(row.transport.rawValue)"
    }
    let objections = fitting.map { $0.objection(row) }
    return objections.contains(nil) ? nil : objections.first ?? nil
  }

  /// Those that demand somebody there, of which no endpoint was seen.
  package var missing: [Expectation] { expectations.filter { $0.isRequired && !met.contains($0.name) } }

  /// The hosts that are to be looked at, so many in a query as one may have.
  package var queries: [ChartFilter] {
    var ranges: [AddressRange] = []
    for range in expectations.flatMap(\.hosts) where !ranges.contains(range) { ranges.append(range) }
    return stride(from: 0, to: ranges.count, by: Self.rangesInQuery).map { start in
      .term(.net(Array(ranges[start..<min(start + Self.rangesInQuery, ranges.count)])))
    }
  }

  /// SQLite takes expressions up to a depth of 1,000 (sqlite.org/limits.html).
  private static let rangesInQuery = 200
}

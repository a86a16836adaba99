/// Why a person should look at something. The raw values are what listings, queries and alerts say.
package enum FindingRule: String, Hashable, Sendable, Codable, CaseIterable {
  /// A service that sends passwords or data unencrypted is open to other hosts.
  case cleartext
  /// A program listens on a well-known port that none of its usual programs is.
  case unexpectedProcess = "unexpected-process"
  /// A service was identified on a port that is not its own.
  case unexpectedService = "unexpected-service"
  /// Open from other hosts although nothing on the host listens.
  case forwarded
  /// Zones see the endpoint differently.
  case differingViews = "differing-views"
  /// A certificate in use ends soon, or has ended.
  case certificateExpiring = "certificate-expiring"
  /// A listener without any connection for a long time.
  case unused
  /// One address reported by several agents of a site.
  case severalHosts = "several-hosts"
  /// Open to other hosts, and not when the site's newest baseline was taken.
  case newExposure = "new-exposure"
  /// Every port of a host that was asked is open: something answers for all of them.
  case tarpit
  /// Opens and closes again and again.
  case flapping
  /// Not as an expectation says.
  case drift
  /// An expectation requires somebody, and nobody is there.
  case missing

  /// Those that follow from an endpoint alone, whatever the time, are kept with it.
  package static let ofEndpoints: [FindingRule] = [
    .cleartext, .unexpectedProcess, .unexpectedService, .forwarded, .differingViews,
  ]
}

/// Rules of `FindingRule.ofEndpoints`, as a number to be stored: bit by bit in that order.
package struct FindingSet: Hashable, Sendable {
  package private(set) var rawValue: Int64

  package init(rawValue: Int64 = 0) { self.rawValue = rawValue }

  package init(_ rules: some Sequence<FindingRule>) {
    rawValue = 0
    for rule in rules { rawValue |= Self.bit(rule) }
  }

  package var rules: [FindingRule] { FindingRule.ofEndpoints.filter(contains) }
  package var isEmpty: Bool { rawValue == 0 }

  package func contains(_ rule: FindingRule) -> Bool { rawValue & Self.bit(rule) != 0 }
  package mutating func insert(_ rule: FindingRule) { rawValue |= Self.bit(rule) }
  package func subtracting(_ other: FindingSet) -> FindingSet { FindingSet(rawValue: rawValue & ~other.rawValue) }

  private static func bit(_ rule: FindingRule) -> Int64 {
    FindingRule.ofEndpoints.firstIndex(of: rule).map { 1 << Int64($0) } ?? 0
  }
}

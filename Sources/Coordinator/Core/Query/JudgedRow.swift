package import Model

/// All that a query's terms may ask of an endpoint, for judging it outside of the store. An object: each term looks at it, and a
/// copy would count each of its many parts.
package final class JudgedRow: Sendable {
  package let site: String
  /// Zones whose agents have looked.
  package let zones: [String]
  /// The agent that lives on the host, and its tags.
  package let agent: String?
  package let tags: [String]
  /// What the host is called; empty where no term asks for it.
  package let names: [String]
  /// Nil: it is about no endpoint.
  package let address: IPAddress?
  package let key: ProtocolPort?
  package let summary: EndpointSummary
  package let listener: ListenerContent?
  /// What the shown zone's agents found; nil where it is not open there, or nobody asked.
  package let service: ServiceFacts?

  package init(
    site: String, zones: [String], agent: String?, tags: [String], names: [String] = [], address: IPAddress?,
    key: ProtocolPort?, summary: EndpointSummary, listener: ListenerContent?, service: ServiceFacts? = nil
  ) {
    self.site = site
    self.zones = zones
    self.agent = agent
    self.tags = tags
    self.names = names
    self.address = address
    self.key = key
    self.summary = summary
    self.listener = listener
    self.service = service
  }
}

extension ChartFilter {
  /// Whether a row fits, as the store judges it.
  package func holds(for row: JudgedRow) -> Bool {
    switch self {
    case .term(let term): term.holds(for: row)
    case .not(let filter): !filter.holds(for: row)
    case .all(let filters): filters.allSatisfy { $0.holds(for: row) }
    case .any(let filters): filters.contains { $0.holds(for: row) }
    }
  }
}

extension ChartTerm {
  fileprivate func holds(for row: JudgedRow) -> Bool {
    let processes = row.listener?.processes ?? []
    switch self {
    case .site(let names): return names.fit(row.site)
    case .zone(let names): return row.zones.contains(where: names.fit)
    case .agent(let names): return names.fit(row.agent)
    case .tag(let names): return row.tags.contains(where: names.fit)
    case .hostName(let names):
      // Letters of ASCII alone have no case (RFC 4343, 3), as the store compares them.
      let names = names.map(\.asciiLowercased)
      return row.names.contains { names.fit($0.asciiLowercased) }
    case .net(let ranges):
      return row.address.map { address in
        ranges.contains { $0.family == address.family && $0.contains(address) }
      } ?? false
    case .port(let ranges): return row.key.map { key in ranges.contains { $0.contains(key.port.rawValue) } } ?? false
    case .transport(let transports): return row.key.map { transports.contains($0.transport) } ?? false
    case .state(let states): return row.summary.state.map(states.contains) ?? false
    case .service(let names, let registered):
      return row.summary.service?.name.map(names.fit) ?? (row.key.map(registered.contains) ?? false)
    case .product(let names):
      // Products compare without regard to case.
      return names.map(\.lowercased).fit(row.summary.service?.product?.lowercased())
    case .text(let phrases):
      guard let texts = row.service?.texts else { return false }
      return phrases.contains { texts.contains(where: $0.fits) }
    case .verdict(let verdicts): return row.summary.verdict.map(verdicts.contains) ?? false
    case .process(let names): return processes.contains { names.fit($0.name) }
    case .pid(let ranges): return processes.contains { process in ranges.contains { $0.contains(process.pid) } }
    case .user(let names): return names.fit(row.listener?.user) || processes.contains { names.fit($0.user) }
    case .unit(let names): return names.fit(row.listener?.unit)
    case .container(let names): return names.fit(row.listener?.container)
    case .finding(let rules): return rules.contains(where: row.summary.findings.contains)
    case .time(let moment, let spans):
      let time: Timestamp? =
        switch moment {
        case .firstSeen: row.summary.firstSeen
        case .lastSeen: row.summary.lastSeen
        case .lastChanged: row.summary.differedAt
        }
      return time.map { time in
        spans.contains { span in span.from.map { $0 <= time } ?? true && span.to.map { time < $0 } ?? true }
      } ?? false
    }
  }
}

extension [TextMatch] {
  /// What is not known fits nothing.
  func fit(_ text: String?) -> Bool { text.map { text in contains { $0.fits(text) } } ?? false }
}

extension TextMatch {
  var lowercased: TextMatch {
    switch self {
    case .exactly(let text): .exactly(text.lowercased())
    case .pattern(let text): .pattern(text.lowercased())
    }
  }

  /// With small letters where they are letters of ASCII.
  package var asciiLowercased: TextMatch {
    switch self {
    case .exactly(let text): .exactly(text.asciiLowercased)
    case .pattern(let text): .pattern(text.asciiLowercased)
    }
  }

  /// As typed.
  package var text: String {
    switch self {
    case .exactly(let text), .pattern(let text): text
    }
  }

  package init(typed text: String) {
    self = text.contains { $0 == "*" || $0 == "?" } ? .pattern(text) : .exactly(text)
  }

  package func fits(_ text: String) -> Bool {
    switch self {
    case .exactly(let wanted): text == wanted
    case .pattern(let pattern): Self.fits(Array(text.unicodeScalars), Array(pattern.unicodeScalars))
    }
  }

  /// `*` takes as little as it can, and more each time that what follows does not fit: no step is made twice.
  private static func fits(_ text: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
    var (place, wanted) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while place < text.count {
      if wanted < pattern.count, pattern[wanted] == "*" {
        star = (wanted, place)
        wanted += 1
      } else if wanted < pattern.count, pattern[wanted] == "?" || pattern[wanted] == text[place] {
        place += 1
        wanted += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        place = last.text + 1
        wanted = last.pattern + 1
      } else {
        return false
      }
    }
    return pattern[wanted...].allSatisfy { $0 == "*" }
  }
}

extension String {
  fileprivate var asciiLowercased: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar($0.value + 32) ?? $0 : $0 }))
  }
}

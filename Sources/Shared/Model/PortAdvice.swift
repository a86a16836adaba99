/// What a port is known to be abused for, and who says so: a table of ours, for `ports about`.
///
/// It speaks of what usually listens there; what really does is for a scan to find out.
package struct PortAdvice: Equatable, Sendable {
  package let abuse: String

  /// RFCs, CVE numbers, CERT/CC and CISA advisories, vendors' documentation.
  package let sources: [String]

  /// What is known of `endpoint`, in the order of the table; often nothing.
  package static func about(_ endpoint: ProtocolPort) -> [PortAdvice] {
    entries.filter { $0.ports.contains(endpoint) }.map(\.advice)
  }

  struct Entry: Sendable {
    let ports: PortSelection
    let advice: PortAdvice
  }

  /// Lines of `ports | abuse | source; source`.
  static let entries: [Entry] = table.split(separator: "\n").compactMap { line in
    let fields = line.split(separator: "|").map { field in
      String(field.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
    guard fields.count == 3, let ports = try? PortSelection.parse(fields[0], names: .builtIn) else { return nil }
    let sources = fields[2].split(separator: ";").map { String($0.drop { $0 == " " }) }
    return Entry(ports: ports, advice: PortAdvice(abuse: fields[1], sources: sources))
  }
}

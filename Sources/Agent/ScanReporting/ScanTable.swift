package import Listing
package import LocalSystem
package import Model
internal import ScanEngine

/// What people read: at the end a table of what is open, a line for each host that answered, and one for all that did not.
package final class ScanTable: HostOutput {
  /// What is shown and how.
  package struct Options: Sendable {
    package var format: ListingFormat
    package var showHeaders: Bool
    package var showReason: Bool
    package var onlyOpen: Bool
    package var verbosity: Int
    package var services: ServiceNames

    package init(
      format: ListingFormat, showHeaders: Bool, showReason: Bool, onlyOpen: Bool, verbosity: Int, services: ServiceNames
    ) {
      self.format = format
      self.showHeaders = showHeaders
      self.showReason = showReason
      self.onlyOpen = onlyOpen
      self.verbosity = verbosity
      self.services = services
    }
  }

  private let options: Options
  private let output: BufferedOutput
  private let collapse: PortCollapse
  private var rows: [ScanRow] = []
  private var lines: [(host: HostAddress, text: String)] = []

  /// Hosts that did not answer, by how that showed: mere numbers, so that a big dark network costs no memory.
  private var quiet: [Quiet: QuietHosts] = [:]

  private struct Quiet: Hashable {
    let presence: HostObservation.Presence
    let reason: ProbeReason
    let partial: String?
  }

  private struct QuietHosts {
    var count: UInt128 = 0
    var ports: [ScanOutcome: UInt128] = [:]
    /// Kept for `-v` alone.
    var addresses: [HostAddress] = []
  }

  package init(_ options: Options, to output: BufferedOutput) {
    self.options = options
    self.output = output
    collapse = PortCollapse(verbosity: options.verbosity, onlyOpen: options.onlyOpen)
  }

  package func begin() {}

  package func add(_ host: HostResult) {
    rows += options.verbosity > 0 ? collapse.split(host).listed : host.open
    guard !options.onlyOpen, options.format != .name else { return }
    let counts = host.counts
    guard host.presence == .up || host.partial != nil && !counts.isEmpty else {
      let key = Quiet(presence: host.presence, reason: host.reason, partial: host.partial)
      quiet[key, default: QuietHosts()].count += 1
      for (outcome, count) in counts { quiet[key]?.ports[outcome, default: 0] += UInt128(count) }
      if options.verbosity > 0 { quiet[key]?.addresses.append(host.host) }
      return
    }
    let parts = counts.map { "\($0.count) \($0.outcome.text)" }
    let name = host.name.map { " (\(PrintableText.escaped($0)))" } ?? ""
    let partial = host.partial.map { " [partial: \($0)]" } ?? ""
    let text = parts.isEmpty ? "up (\(host.reason.rawValue))" : parts.joined(separator: ", ")
    lines.append((host.host, "\(host.host)\(name): \(text)\(partial)\n"))
  }

  package func end(_ ending: ScanEnding) {
    rows.sort { ($0.host, $0.port) < ($1.host, $1.port) }
    guard options.format != .name else {
      for row in rows where row.state == .open { output.write("\(Self.endpoint(row))\n") }
      return
    }
    writeTable()
    for line in lines.sorted(by: { $0.host < $1.host }) { output.write(line.text) }
    for (key, hosts) in quiet.sorted(by: {
      ($0.key.presence.rawValue, $0.key.reason.rawValue) < ($1.key.presence.rawValue, $1.key.reason.rawValue)
    }) {
      writeQuiet(key, hosts)
    }
  }

  private static func endpoint(_ row: ScanRow) -> String {
    row.host.address.family == .ipv4 ? "\(row.host):\(row.port.port)" : "[\(row.host)]:\(row.port.port)"
  }

  private func service(of row: ScanRow) -> String? {
    let registered = options.services.name(of: row.port)
    guard let identity = row.identity else { return registered }
    return identity.spokenService(registered: registered)
  }

  private func writeTable() {
    let isIdentified = rows.contains { $0.identity != nil }
    var listing = Listing(columns: [
      ListingColumn("address", title: "ADDRESS"), ListingColumn("port", title: "PORT"),
      ListingColumn("state", title: "STATE"),
      ListingColumn("reason", title: "REASON", isWideOnly: !options.showReason),
      ListingColumn("rttMicroseconds", title: "RTT (\u{b5}s)", alignment: .trailing, isWideOnly: true),
      ListingColumn("service", title: "SERVICE", dropPriority: 1),
    ])
    if isIdentified {
      listing.columns += [
        ListingColumn("product", title: "PRODUCT", dropPriority: 2),
        ListingColumn("version", title: "VERSION", dropPriority: 3),
        ListingColumn("banner", title: "BANNER", isWideOnly: true),
      ]
    }
    for row in rows {
      var cells: [ListingValue] = [
        .text(row.host.description), .text("\(row.port.port)/\(row.port.transport.rawValue)"),
        .text(row.state.rawValue),
        .text(row.reason.rawValue + (row.icmp.map { " from \($0.sender)" } ?? "")),
        .integer(ifPresent: row.roundTripMicroseconds),
        .text(ifPresent: service(of: row)),
      ]
      if isIdentified {
        cells += [row.identity?.product, row.identity?.version, row.identity?.banner].map { .text(ifPresent: $0) }
      }
      listing.rows.append(cells)
    }
    // Only columns chosen by name can be unknown, and none is.
    try? ListingPrinter.print(
      listing, options.format, terminalWidth: Terminal.width(), showHeaders: options.showHeaders
    ) { output.write($0) }
  }

  private func writeQuiet(_ key: Quiet, _ hosts: QuietHosts) {
    let parts = hosts.ports.sorted { ($1.value, $0.key.text) < ($0.value, $1.key.text) }.map {
      "\($0.value) port\($0.value == 1 ? "" : "s") \($0.key.text)"
    }
    let what = parts.isEmpty ? key.reason.rawValue : parts.joined(separator: ", ")
    output.write("\(hosts.count) host\(hosts.count == 1 ? "" : "s") \(key.presence.rawValue): \(what)\n")
    if options.verbosity > 0 {
      output.write("  \(AddressSet(hosts.addresses.map { HostRange($0) }))\n")
    }
  }
}

internal import Listing
internal import LocalSystem
internal import Model
internal import ScanEngine

/// Turns observations into what `scan` prints: rows at once in machine formats; in a table what is open, at the end, and a
/// line a host for the rest.
struct ScanReport {
  let format: ListingFormat
  let onlyOpen: Bool
  let showReason: Bool
  let showHeaders: Bool

  /// Ports of every host: when so many were counted, the host is done.
  let portsPerHost: Int
  let names: ServiceNames
  private var rowText: ScanRowText

  /// How many endpoints this host could not look at.
  private(set) var unchecked = 0

  private var open: [(observation: Observation, answer: ServiceAnswer?)] = []
  private var hosts: [HostAddress: Tally] = [:]

  /// Hosts that showed nothing at all, and how.
  private var silentHosts: [Outcome: Int] = [:]
  private var isFirstRow = true

  /// How many endpoints ended in which way.
  private struct Tally {
    var total = 0
    var counts: [Outcome: Int] = [:]
  }

  private struct Outcome: Hashable, Comparable {
    let state: EndpointState
    let reason: ProbeReason

    static func < (left: Outcome, right: Outcome) -> Bool {
      (left.state.rawValue, left.reason.rawValue) < (right.state.rawValue, right.reason.rawValue)
    }
  }

  init(
    format: ListingFormat, onlyOpen: Bool, showReason: Bool, showHeaders: Bool, portsPerHost: Int, names: ServiceNames
  ) {
    self.format = format
    self.onlyOpen = onlyOpen
    self.showReason = showReason
    self.showHeaders = showHeaders
    self.portsPerHost = portsPerHost
    self.names = names
    rowText = ScanRowText(names: names)
  }

  private static let rowColumns = [
    "address", "protocol", "port", "state", "reason", "rttMicroseconds", "service", "product", "version", "banner",
    "confidence",
  ].map { ListingColumn($0, title: $0) }

  /// Writes what comes before the first row.
  func begin(_ output: BufferedOutput) {
    switch format {
    case .json: output.write("[")
    case .csv where showHeaders: output.write(CSVText.record(Self.rowColumns.map(\.key)))
    default: break
    }
  }

  /// Takes observations; `answer` tells what the services of these endpoints are, where they were asked.
  mutating func add(_ batch: [Observation], answer: ServiceAnswer? = nil, to output: BufferedOutput) {
    for observation in batch {
      if observation.state == .unchecked { unchecked += 1 }
      switch format {
      case .json, .ndjson, .csv:
        if !onlyOpen || observation.state == .open { writeRow(observation, answer, to: output) }
      case .table, .wide, .name:
        if observation.state == .open { open.append((observation, answer)) }
        count(observation)
      }
    }
  }

  private mutating func writeRow(_ observation: Observation, _ answer: ServiceAnswer?, to output: BufferedOutput) {
    switch format {
    case .csv: output.write(CSVText.record(values(observation, answer).map(\.plainText)))
    default:
      let isArray = format == .json
      output.write { bytes in
        if isArray { bytes += (isFirstRow ? "\n" : ",\n").utf8 }
        rowText.append(observation, answer, to: &bytes)
        if !isArray { bytes.append(UInt8(ascii: "\n")) }
      }
    }
    isFirstRow = false
  }

  private func values(_ observation: Observation, _ answer: ServiceAnswer?) -> [ListingValue] {
    [
      .text(observation.host.description), .text(observation.port.transport.rawValue),
      .integer(Int64(observation.port.port.rawValue)), .text(observation.state.rawValue),
      .text(observation.reason.rawValue), .integer(ifPresent: observation.roundTripMicroseconds),
      .text(ifPresent: answer?.identity?.service ?? names.name(of: observation.port)),
      .text(ifPresent: answer?.identity?.product),
      .text(ifPresent: answer?.identity?.version), .text(ifPresent: answer?.banner),
      .text(ifPresent: answer?.identity?.confidence.rawValue),
    ]
  }

  /// Keeps count by host. A host that is done and never answered becomes a mere number, so that a big dark network costs
  /// no memory.
  private mutating func count(_ observation: Observation) {
    var tally = hosts[observation.host] ?? Tally()
    tally.total += 1
    tally.counts[Outcome(state: observation.state, reason: observation.reason), default: 0] += 1
    hosts[observation.host] = tally
    guard tally.total == portsPerHost, tally.counts.count == 1, let outcome = tally.counts.keys.first,
      outcome.state == .filtered && outcome.reason == .noResponse || outcome.state == .unreachable
    else { return }
    hosts[observation.host] = nil
    silentHosts[outcome, default: 0] += 1
  }

  /// Writes what comes after the last row: for people, everything.
  mutating func end(_ output: BufferedOutput) {
    switch format {
    case .json: output.write(isFirstRow ? "]\n" : "\n]\n")
    case .ndjson, .csv: break
    case .table, .wide: writeTable(to: output)
    case .name:
      for (observation, _) in sortedOpen() {
        output.write("\(Self.endpoint(observation))\n")
      }
    }
  }

  private func sortedOpen() -> [(observation: Observation, answer: ServiceAnswer?)] {
    open.sorted { ($0.observation.host, $0.observation.port) < ($1.observation.host, $1.observation.port) }
  }

  private static func endpoint(_ observation: Observation) -> String {
    observation.host.address.family == .ipv4
      ? "\(observation.host):\(observation.port.port)" : "[\(observation.host)]:\(observation.port.port)"
  }

  private func writeTable(to output: BufferedOutput) {
    var listing = Listing(columns: [
      ListingColumn("address", title: "ADDRESS"), ListingColumn("port", title: "PORT"),
      ListingColumn("state", title: "STATE"),
      ListingColumn("reason", title: "REASON", isWideOnly: !showReason),
      ListingColumn("rttMicroseconds", title: "RTT (\u{b5}s)", alignment: .trailing, isWideOnly: true),
      ListingColumn("service", title: "SERVICE", dropPriority: 1),
    ])
    if open.contains(where: { $0.answer != nil }) {
      listing.columns += [
        ListingColumn("product", title: "PRODUCT", dropPriority: 2),
        ListingColumn("version", title: "VERSION", dropPriority: 3),
      ]
    }
    for (observation, answer) in sortedOpen() {
      listing.rows.append([
        .text(observation.host.description), .text("\(observation.port.port)/\(observation.port.transport.rawValue)"),
        .text(observation.state.rawValue), .text(observation.reason.rawValue),
        .integer(ifPresent: observation.roundTripMicroseconds),
        .text(ifPresent: answer?.identity?.spokenService ?? names.name(of: observation.port)),
      ])
      guard listing.columns.count > 6 else { continue }
      listing.rows[listing.rows.count - 1] += [
        .text(ifPresent: answer?.identity?.product), .text(ifPresent: answer?.identity?.version),
      ]
    }
    // Only columns chosen by name can be unknown, and none is.
    try? ListingPrinter.print(listing, format, terminalWidth: Terminal.width(), showHeaders: showHeaders) {
      output.write($0)
    }
    if !onlyOpen { writeSummary(to: output) }
  }

  private func writeSummary(to output: BufferedOutput) {
    for (host, tally) in hosts.sorted(by: { $0.key < $1.key }) {
      let parts = tally.counts.sorted { $0.key < $1.key }.map {
        "\($0.value) \($0.key.state.rawValue) (\($0.key.reason.rawValue))"
      }
      output.write("\(host): \(parts.joined(separator: ", "))\n")
    }
    for (outcome, count) in silentHosts.sorted(by: { $0.key < $1.key }) {
      let ports = portsPerHost == 1 ? "the port" : "all \(portsPerHost) ports"
      output.write(
        "\(count) host\(count == 1 ? "" : "s"): \(ports) \(outcome.state.rawValue) (\(outcome.reason.rawValue))\n")
    }
  }
}

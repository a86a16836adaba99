package import Model
internal import ScanEngine

/// Takes what a scan finds, once, and gives it to every report in the form that each wants.
package final class ScanReporter {
  private let rowOutputs: [any RowOutput]
  private let hostOutputs: [any HostOutput]
  private let names: NameLookups?

  /// The ports asked of every host; empty where hosts alone are looked for.
  private let ports: PortSelection

  /// Called for each open endpoint as it is found.
  private let foundOpen: ((ScanRow) -> Void)?
  private var ledger = HostLedger()

  /// Hosts that are done but for their name.
  private var nameless: [HostAddress: HostResult] = [:]

  /// How far the scan is.
  package private(set) var counts = ProgressMeter.Counts()

  /// Endpoints that this host could not look at.
  package private(set) var unchecked: UInt128 = 0
  package private(set) var hosts: UInt128 = 0
  package private(set) var hostsUp: UInt128 = 0

  /// Hosts that stayed without a name because too many waited for one.
  package private(set) var unnamed = 0

  package init(
    rows: [any RowOutput], hosts: [any HostOutput], names: NameLookups? = nil, ports: PortSelection = PortSelection(),
    foundOpen: ((ScanRow) -> Void)? = nil
  ) {
    self.ports = ports
    rowOutputs = rows
    hostOutputs = hosts
    self.names = names
    self.foundOpen = foundOpen
  }

  package func begin() {
    for output in rowOutputs { output.begin() }
    for output in hostOutputs { output.begin() }
  }

  /// Takes one endpoint, which took `tries` probes.
  package func add(_ row: ScanRow, tries: Int) {
    counts.settled += 1
    counts.probes += UInt64(max(0, tries))
    if row.state == .open {
      counts.open += 1
      foundOpen?(row)
    }
    // What was left out on purpose is told as the host's ending.
    if row.state == .unchecked, row.reason.isOwnFailure { unchecked += 1 }
    for output in rowOutputs { output.add(row) }
    if !hostOutputs.isEmpty { ledger.add(row) }
  }

  /// Takes endpoints of one host that ended alike, known from before.
  package func add(
    _ ports: ClosedRange<UInt16>, _ transport: TransportProtocol, of host: HostAddress, _ outcome: ScanOutcome,
    isSelf: Bool
  ) {
    if outcome.state == .unchecked, outcome.reason.isOwnFailure { unchecked += UInt128(ports.count) }
    if !hostOutputs.isEmpty { ledger.add(host, ports, transport, outcome) }
    for output in rowOutputs {
      for port in ports {
        output.add(
          ScanRow(
            host: host, port: ProtocolPort(transport, Port(port)), state: outcome.state, reason: outcome.reason,
            icmp: outcome.icmp, isSelf: isSelf))
      }
    }
  }

  /// Takes an open endpoint that is known from before.
  package func addKnown(_ row: ScanRow) {
    counts.open += 1
    for output in rowOutputs { output.add(row) }
    if !hostOutputs.isEmpty { ledger.add(row) }
  }

  /// Takes note of a host that is done.
  package func finish(_ host: HostAddress, _ summary: HostSummary) {
    hosts += 1
    if summary.presence == .up { hostsUp += 1 }
    guard !hostOutputs.isEmpty else { return }
    let result = ledger.finish(host, summary)
    guard let names, summary.presence == .up else { return tell(result) }
    if names.ask(host) {
      nameless[host] = result
    } else {
      unnamed += 1
      tell(result)
    }
  }

  /// Counts what was settled besides the rows given: hosts in scans of hosts alone, and what is known from before.
  package func countSettled(_ number: UInt128) { counts.settled += number }

  /// Gives hosts whose names have come to the reports.
  package func takeNames() {
    guard let names else { return }
    for (host, answer) in names.takeAnswers() {
      guard var result = nameless.removeValue(forKey: host) else { continue }
      result.name = answer.name
      tell(result)
    }
  }

  /// Whether hosts still wait for a name.
  package var awaitsNames: Bool { !nameless.isEmpty && names?.isBusy == true }

  /// Tells of the hosts that were not done, and ends every report.
  package func end(startedAt: Timestamp, endedAt: Timestamp, failure: String?) {
    for result in nameless.values.sorted(by: { $0.host < $1.host }) { tell(result) }
    nameless = [:]
    for var result in ledger.takeUnfinished() {
      result.unreachedPorts = ports.subtracting(result.settledPorts).count
      hosts += 1
      if result.presence == .up { hostsUp += 1 }
      tell(result)
    }
    let ending = ScanEnding(
      startedAt: startedAt, endedAt: endedAt, hosts: hosts, hostsUp: hostsUp, failure: failure)
    for output in rowOutputs { output.end(ending) }
    for output in hostOutputs { output.end(ending) }
  }

  private func tell(_ result: HostResult) {
    for output in hostOutputs { output.add(result) }
  }
}

extension ProbeReason {
  /// Whether the reason of an unchecked endpoint is that this host could not look, and not that it was not to.
  fileprivate var isOwnFailure: Bool {
    switch self {
    case .hostSilent, .hostTimeout, .everythingOpen, .cutShort: false
    default: true
    }
  }
}

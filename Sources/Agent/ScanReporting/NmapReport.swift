package import Listing
package import LocalSystem
package import Model
package import ScanEngine

/// One of nmap's three formats, a host at a time.
package final class NmapReport: HostOutput {
  package enum Format: Sendable {
    case text
    case greppable
    case xml
  }

  /// What all formats of a scan share.
  package struct Options: Sendable {
    package var scan: NmapScan
    package var onlyOpen: Bool

    /// Whether hosts were asked if they are there; where not, the user said that they are, as nmap has it.
    package var discovery: HostDiscovery

    /// Names that the user typed, by address.
    package var userNames: [IPAddress: String]
    package var services: ServiceNames

    package init(
      scan: NmapScan, onlyOpen: Bool, discovery: HostDiscovery, userNames: [IPAddress: String], services: ServiceNames
    ) {
      self.scan = scan
      self.onlyOpen = onlyOpen
      self.discovery = discovery
      self.userNames = userNames
      self.services = services
    }
  }

  private let format: Format
  private let output: BufferedOutput
  private let options: Options
  private let collapse: PortCollapse

  package init(_ format: Format, to output: BufferedOutput, _ options: Options) {
    self.format = format
    self.output = output
    self.options = options
    collapse = PortCollapse(verbosity: options.scan.verbosity, onlyOpen: options.onlyOpen)
  }

  package func begin() {
    let text =
      switch format {
      case .text: NmapText.begin(options.scan)
      case .greppable: NmapGreppable.begin(options.scan)
      case .xml: NmapXML.begin(options.scan)
      }
    output.write(text)
    // Readers follow the file while the scan goes on.
    output.flush()
  }

  package func add(_ host: HostResult) {
    let nmapHost = self.host(host)
    guard isShown(nmapHost, host) else { return }
    let text =
      switch format {
      case .text: NmapText.host(nmapHost, in: options.scan)
      case .greppable: NmapGreppable.host(nmapHost, in: options.scan)
      case .xml: NmapXML.host(nmapHost, in: options.scan)
      }
    output.write(text)
  }

  package func end(_ ending: ScanEnding) {
    let ending = NmapEnding(
      endedAt: ending.endedAt, elapsed: ending.endedAt - ending.startedAt, up: ending.hostsUp, total: ending.hosts,
      failure: ending.failure)
    let text =
      switch format {
      case .text: NmapText.end(ending)
      case .greppable: NmapGreppable.end(ending)
      case .xml: NmapXML.end(ending)
      }
    output.write(text)
  }

  /// As in nmap: hosts that are down, or that could not be looked at, show with `-v` only, unless the user said that they
  /// are up; and with `--open` those with an open port only.
  private func isShown(_ nmapHost: NmapHost, _ host: HostResult) -> Bool {
    if case .list = options.scan.kind { return true }
    if options.onlyOpen, case .ports = options.scan.kind {
      return !host.open.isEmpty || host.others.contains { $0.outcome.state == .openOrFiltered }
    }
    return nmapHost.status == .up || options.scan.verbosity > 0 || options.discovery == .off
  }

  private func host(_ result: HostResult) -> NmapHost {
    let (status, reason) = status(of: result)
    var host = NmapHost(
      address: result.host, status: status, reason: reason, partial: result.partial, names: names(of: result),
      startedAt: result.summary?.startedAt, endedAt: result.summary?.endedAt,
      times: result.summary?.roundTrip.map {
        NmapHost.Times(smoothed: $0.smoothed, variation: $0.variation, timeout: $0.timeout)
      })
    if case .list = options.scan.kind { host.partial = nil }
    guard case .ports = options.scan.kind, status != .down else { return host }
    let (listed, others) = collapse.split(result)
    host.ports = listed.map {
      NmapPort(
        endpoint: $0.port, state: $0.state, reason: $0.reason.rawValue, reasonSender: $0.icmp?.sender,
        registeredName: options.services.name(of: $0.port), service: $0.identity.map { NmapService($0) })
    }
    host.others = others.map {
      NmapHost.Others(
        state: $0.outcome.state, reason: $0.outcome.reason, transport: $0.transport, ports: PortSet($0.ports.sorted))
    }
    return host
  }

  private func names(of result: HostResult) -> [NmapHost.Name] {
    var names: [NmapHost.Name] = []
    if let name = options.userNames[result.host.address] { names.append(NmapHost.Name(name, .user)) }
    if let name = result.name { names.append(NmapHost.Name(name, .reverse)) }
    return names
  }

  /// nmap's word for "the user said so".
  private static let saidByUser = "user-set"

  private func status(of result: HostResult) -> (NmapHost.Status, String) {
    if case .list = options.scan.kind { return (.unknown, Self.saidByUser) }
    switch result.presence {
    case .up: return (.up, result.reason.rawValue)
    case .unchecked: return (.unknown, result.reason.rawValue)
    case .silent, .unreachable:
      return options.discovery == .off ? (.up, Self.saidByUser) : (.down, result.reason.rawValue)
    }
  }
}

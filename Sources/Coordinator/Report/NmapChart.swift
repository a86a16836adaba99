internal import Listing
package import Model
package import Wire

/// Merged rows as nmap's XML, valid by nmap.dtd, host by host as their rows come. One host is held, however long the list is.
///
/// The DTD is made for one scan, and a chart is none: `start` is when the chart was asked, a host's times are those at which its
/// endpoints were last seen, and no `scaninfo` claims to know what was probed. Who listens stands in `owner`, verdict and zone in
/// `extrainfo`: importers show both, where a `script` would become a vulnerability.
package struct NmapChart {
  private let scan: NmapScan
  private var host: NmapHost?
  private var site = ""
  private var scope = ""
  /// By what the host answers though none of its ports does.
  private var hostReason: ProbeReason?
  private var hosts: UInt128 = 0
  private var up: UInt128 = 0

  /// What stands for the reason of a listener that nobody probed from outside.
  private static let notCovered = "not-covered"

  /// - Parameters:
  ///   - version: this program's.
  ///   - command: the command as it was typed.
  ///   - time: when the chart was asked.
  package init(version: String, command: String, at time: Timestamp) {
    scan = NmapScan(
      program: "periplus", version: version, commandLine: command, startedAt: time, kind: .ports(PortSelection()))
  }

  package func begin() -> String { NmapXML.begin(scan) }

  /// Hosts that are complete with these rows, which follow those of before in the list's order.
  package mutating func add(_ rows: [PortRow]) -> String {
    var bytes: [UInt8] = []
    add(rows, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same, appended as UTF-8.
  package mutating func add(_ rows: [PortRow], to bytes: inout [UInt8]) {
    for row in rows {
      if host?.address.address != row.address || row.site != site || row.scope != scope {
        finishHost(to: &bytes)
        host = NmapHost(
          address: HostAddress(row.address), status: .unknown, reason: Self.notCovered,
          names: (row.names ?? []).map { NmapHost.Name($0, .reverse) })
        (site, scope, hostReason) = (row.site, row.scope, nil)
      }
      host?.ports.append(Self.port(row))
      hostReason = hostReason ?? row.hostReason
      guard let seen = row.lastSeen else { continue }
      let (first, last) = (host?.startedAt ?? seen, host?.endedAt ?? seen)
      host?.startedAt = min(first, seen)
      host?.endedAt = max(last, seen)
    }
  }

  /// The last host and the end.
  package mutating func end(at time: Timestamp) -> String {
    var last: [UInt8] = []
    finishHost(to: &last)
    return String(decoding: last, as: UTF8.self)
      + NmapXML.end(NmapEnding(endedAt: time, elapsed: time - scan.startedAt, up: up, total: hosts))
  }

  private mutating func finishHost(to bytes: inout [UInt8]) {
    guard var host else { return }
    self.host = nil
    hosts += 1
    // What answered is up, refusals and echoes too; so is a host whose own agent tells of listeners.
    let answer = host.ports.first { $0.state == .open } ?? host.ports.first { $0.state == .closed }
    if let answer {
      (host.status, host.reason) = (.up, answer.reason)
    } else if let hostReason {
      (host.status, host.reason) = (.up, hostReason.rawValue)
    } else if host.ports.contains(where: { $0.owner != nil || $0.reason == Self.notCovered }) {
      (host.status, host.reason) = (.up, "user-set")
    } else if let first = host.ports.first {
      host.reason = first.reason
    }
    if host.status == .up { up += 1 }
    host.remarks = [site.isEmpty ? nil : "site \(site)", scope.isEmpty ? nil : "scope \(scope)"].compactMap(\.self)
    host.ports.sort { $0.endpoint < $1.endpoint }
    NmapXML.append(host, in: scan, to: &bytes)
  }

  private static func port(_ row: PortRow) -> NmapPort {
    var remarks = [row.verdict.map { "verdict: \($0.rawValue)" }, row.zone.map { "zone: \($0)" }].compactMap(\.self)
    if !row.otherZones.isEmpty { remarks.append("differs in: \(row.otherZones.joined(separator: ", "))") }
    if let unit = row.unit { remarks.append("unit: \(unit)") }
    return NmapPort(
      endpoint: ProtocolPort(row.protocol, row.port), state: row.state ?? .unchecked,
      reason: row.reason?.rawValue ?? notCovered, registeredName: row.service,
      service: NmapService(row.identified ?? ServiceFacts(confidence: .unknown), remarks: remarks),
      owner: OwnerText.line(row))
  }
}

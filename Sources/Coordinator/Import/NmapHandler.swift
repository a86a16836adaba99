internal import Listing
internal import Model

/// Makes hosts of the elements of nmap's XML (nmap.dtd), which masscan writes a part of.
///
/// A port is told closed, or filtered, only where the file says so of that port: by its own element, by the list of an
/// `extrareasons`, or by an `extraports` whose count is just that of the ports that the scan had and that are not named.
final class NmapHandler: XMLElementHandler {
  private(set) var scan: ForeignScan?
  private(set) var remainder = ForeignRemainder()
  private var hosts: [ForeignHost] = []

  /// Ports that the scan looked at, by protocol, as its `scaninfo` says.
  private var covered: [TransportProtocol: PortSet] = [:]
  private var scanInfos = 0
  /// By connect(2), whose EHOSTUNREACH is of a firewall's word as well as of a router's.
  private var isByConnecting = false
  private var host: Host?
  private var port: PortElement?
  private var group: Group?
  private var depth = 0

  private struct Host {
    var address: IPAddress?
    var isUp = true
    var time: Timestamp?
    var ports: [PortElement] = []
    var groups: [Group] = []
    /// Of all its groups.
    var parts = 0
    /// Ranges of the lists of its groups.
    var ranges = 0
  }

  private struct PortElement {
    var transport: TransportProtocol
    var number: UInt16
    var state: String?
    var reason: String?
    var service: ServiceFacts?
  }

  /// Ports of one state that are counted: an `extraports` with its `extrareasons`.
  private struct Group {
    struct Part {
      var reason: String
      var transport: TransportProtocol?
      /// Nil: they are counted alone.
      var ports: PortSet?
    }

    var state: String
    var count: Int
    var parts: [Part] = []
  }

  /// Octets of a text that a stranger has chosen; as agents' inventories bound it (`WireLimits.serviceTextBytes`).
  static let textLimit = 256
  /// Ports of one host: all of TCP and of UDP. As many ranges of its groups, and no group counts more.
  private static let portLimit = 2 << 16
  /// nmap has six states, and some dozens of reasons for each protocol.
  private static let groupLimit = 64
  private static let partLimit = 256
  /// nmap has one for each protocol.
  private static let scanInfoLimit = 64
  /// Ranges of one list: every port of a protocol by itself.
  private static let rangeLimit = 1 << 16

  /// The hosts that have become complete.
  func taken() -> [ForeignHost] {
    defer { hosts = [] }
    return hosts
  }

  func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
    depth += 1
    if depth == 1 {
      guard name == "nmaprun" else { throw ImportError("<\(Self.text(name))>: a file of nmap or masscan is expected") }
      return try beginRun(attributes)
    }
    switch name {
    case "scaninfo": try addCovered(attributes)
    case "host":
      host = Host(time: try Self.time(attributes["endtime"] ?? attributes["starttime"]))
    case "status": host?.isUp = attributes["state"] != "down"
    case "address":
      guard let type = attributes["addrtype"], type != "mac" else { return }
      guard let address = attributes["addr"].flatMap({ IPAddress($0) }) else {
        throw ImportError("\"\(Self.text(attributes["addr"] ?? ""))\" is no address")
      }
      // The first is the one that was asked.
      if host?.address == nil { host?.address = address }
    case "extraports":
      guard let state = attributes["state"], let count = attributes["count"].flatMap({ Int($0) }) else {
        throw ImportError("extraports needs a state and a count")
      }
      guard (0...Self.portLimit).contains(count) else {
        throw ImportError("count=\"\(count)\": 0 to \(Self.portLimit) ports of a host are expected")
      }
      group = Group(state: Self.text(state), count: count)
    case "extrareasons": try beginPart(attributes)
    case "port": port = try beginPort(attributes)
    case "state":
      port?.state = attributes["state"].map(Self.text)
      port?.reason = attributes["reason"].map(Self.text)
    case "service": port?.service = Self.service(attributes)
    default: break
    }
  }

  func end(_ name: String) throws(ImportError) {
    depth -= 1
    switch name {
    case "port":
      if let port { try add(port) }
      port = nil
    case "extraports":
      if let group { try add(group) }
      group = nil
    case "host":
      if let host { try finish(host) }
      host = nil
    default: break
    }
  }

  private func beginRun(_ attributes: [String: String]) throws(ImportError) {
    guard let scanner = attributes["scanner"].flatMap(ForeignScan.Scanner.init) else {
      throw ImportError("scanner=\"\(Self.text(attributes["scanner"] ?? ""))\": nmap or masscan is expected")
    }
    scan = ForeignScan(
      scanner: scanner, version: attributes["version"].map(Self.text), arguments: attributes["args"].map(Self.text),
      startedAt: try Self.time(attributes["start"]))
  }

  private func addCovered(_ attributes: [String: String]) throws(ImportError) {
    if attributes["type"] == "connect" { isByConnecting = true }
    guard let services = attributes["services"], !services.isEmpty,
      let transport = attributes["protocol"].flatMap(TransportProtocol.init)
    else { return }
    scanInfos += 1
    guard scanInfos <= Self.scanInfoLimit else {
      throw ImportError("more than \(Self.scanInfoLimit) scaninfo say which ports were looked at")
    }
    covered[transport] = (covered[transport] ?? PortSet()).union(try Self.ports(services))
  }

  private func beginPart(_ attributes: [String: String]) throws(ImportError) {
    guard host != nil, group != nil else { return }
    let ports = try attributes["ports"].map { (text) throws(ImportError) in try Self.ports(text) }
    host?.parts += 1
    host?.ranges += ports?.ranges.count ?? 0
    guard let host, host.parts <= Self.partLimit, host.ranges <= Self.portLimit else {
      throw ImportError(
        "more than \(Self.partLimit) extrareasons, or \(Self.portLimit) ranges of ports in them, are of one host")
    }
    group?.parts.append(
      Group.Part(
        reason: Self.text(attributes["reason"] ?? ""), transport: attributes["proto"].flatMap(TransportProtocol.init),
        ports: ports))
  }

  private func add(_ port: PortElement) throws(ImportError) {
    // The count alone: a copy of the host would have every append copy its ports.
    guard let count = host?.ports.count else { return }
    guard count < Self.portLimit else {
      throw ImportError("more than \(Self.portLimit) ports are of one host")
    }
    host?.ports.append(port)
  }

  private func add(_ group: Group) throws(ImportError) {
    guard let count = host?.groups.count else { return }
    guard count < Self.groupLimit else {
      throw ImportError("more than \(Self.groupLimit) extraports are of one host")
    }
    host?.groups.append(group)
  }

  private func beginPort(_ attributes: [String: String]) throws(ImportError) -> PortElement? {
    guard let number = attributes["portid"].flatMap({ UInt16($0) }) else {
      // IP protocols have names and numbers of their own.
      guard attributes["protocol"] == "ip" else {
        throw ImportError("portid=\"\(Self.text(attributes["portid"] ?? ""))\": 0 to 65535 is expected")
      }
      remainder.ports += 1
      return nil
    }
    guard let transport = attributes["protocol"].flatMap(TransportProtocol.init), transport != .sctp else {
      remainder.ports += 1
      return nil
    }
    return PortElement(transport: transport, number: number)
  }

  // A host is complete.

  private func finish(_ host: Host) throws(ImportError) {
    guard host.isUp, let address = host.address, !host.ports.isEmpty || !host.groups.isEmpty else {
      remainder.hostsWithoutPorts += 1
      return
    }
    guard let time = host.time ?? scan?.startedAt else {
      throw ImportError("nothing says when \(address) was seen: neither the host nor the scan has a time")
    }
    var found = ForeignHost(address: address, observedAt: time, open: [], runs: [])
    var named: [TransportProtocol: Set<UInt16>] = [:]
    for port in host.ports {
      named[port.transport, default: []].insert(port.number)
      guard let (state, reason) = state(port.state, port.reason, port.transport) else {
        remainder.ports += 1
        continue
      }
      if state == .open {
        found.open.append(
          .init(endpoint: ProtocolPort(port.transport, Port(port.number)), reason: reason, service: port.service))
      } else {
        found.runs.append(
          .init(transport: port.transport, ports: port.number...port.number, state: state, reason: reason))
      }
    }
    for group in host.groups { found.runs += runs(of: group, besides: named, aloneOfItsHost: host.groups.count == 1) }
    found.runs = Self.joined(found.runs)
    guard !found.open.isEmpty || !found.runs.isEmpty else {
      remainder.hostsWithoutPorts += 1
      return
    }
    hosts.append(found)
  }

  private func runs(
    of group: Group, besides named: [TransportProtocol: Set<UInt16>], aloneOfItsHost: Bool
  ) -> [ForeignHost.StateRun] {
    if !group.parts.isEmpty, group.parts.allSatisfy({ $0.ports != nil && $0.transport != nil }) {
      var runs: [ForeignHost.StateRun] = []
      for part in group.parts {
        guard let transport = part.transport, let ports = part.ports,
          let (state, reason) = state(group.state, part.reason, transport), state != .open, transport != .sctp
        else {
          remainder.ports += part.ports?.count ?? 0
          continue
        }
        runs += ports.ranges.map { .init(transport: transport, ports: $0, state: state, reason: reason) }
      }
      return runs
    }
    // Without lists: what the scan had and nobody has named, if that is just as many.
    guard aloneOfItsHost, covered.count == 1, let (transport, ports) = covered.first, transport != .sctp,
      group.parts.count <= 1
    else {
      remainder.unnamedGroups += 1
      return []
    }
    let left = ports.subtracting(PortSet(ports: (named[transport] ?? []).map { Port($0) }))
    guard left.count == group.count,
      let (state, reason) = state(group.state, group.parts.first?.reason, transport), state != .open
    else {
      remainder.unnamedGroups += 1
      return []
    }
    return left.ranges.map { .init(transport: transport, ports: $0, state: state, reason: reason) }
  }

  // Words.

  /// Nil: a state that is no fact of the chart's, such as `unfiltered`.
  private func state(
    _ text: String?, _ reason: String?, _ transport: TransportProtocol
  ) -> (EndpointState, ProbeReason)? {
    let known = reason.flatMap(ProbeReason.init)
    switch text {
    case "open": return (.open, known ?? (transport == .udp ? .udpResponse : .synAck))
    case "closed":
      // nmap says reset of a SYN's answer, masscan rst-ack or rst.
      return (.closed, transport == .udp ? known ?? .portUnreachable : .connectionRefused)
    case "filtered":
      let why = known ?? .noResponse
      let isUnreachable = why == .networkUnreachable || why == .hostUnreachable && !isByConnecting
      return (isUnreachable ? .unreachable : .filtered, why)
    case "open|filtered": return (.openOrFiltered, known ?? .noResponse)
    default: return nil
    }
  }

  /// Only what was asked of the port itself: the rest is a table of numbers.
  private static func service(_ attributes: [String: String]) -> ServiceFacts? {
    guard attributes["method"] == "probed" || attributes["banner"] != nil else { return nil }
    let name = attributes["name"].map(text)
    let confidence = attributes["conf"].flatMap { Int($0) } ?? 0
    return ServiceFacts(
      name: name == "unknown" || name == "tcpwrapped" ? nil : name, product: attributes["product"].map(text),
      version: attributes["version"].map(text), info: attributes["extrainfo"].map(text),
      hostName: attributes["hostname"].map(text), confidence: confidence >= 8 ? .certain : .likely,
      tunnel: attributes["tunnel"] == "ssl" ? .tls : nil, banner: attributes["banner"].map(text))
  }

  /// Bounded and printable: strangers have chosen it.
  private static func text(_ text: String) -> String {
    // No scalar becomes shorter by being escaped.
    let escaped = PrintableText.escaped(String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit))))
    guard escaped.utf8.count > textLimit else { return escaped }
    var cut = String.UnicodeScalarView()
    var octets = 0
    for scalar in escaped.unicodeScalars {
      octets += UTF8.width(scalar)
      if octets > textLimit { break }
      cut.append(scalar)
    }
    return String(cut)
  }

  /// Seconds since 1970; nil: none is given.
  private static func time(_ text: String?) throws(ImportError) -> Timestamp? {
    guard let text, !text.isEmpty else { return nil }
    guard let seconds = Int64(text), (1...253_402_300_799).contains(seconds) else {
      throw ImportError("\"\(Self.text(text))\" is no time in seconds since 1970")
    }
    return Timestamp(milliseconds: seconds * 1_000)
  }

  /// `1,3-4,5`.
  private static func ports(_ text: String) throws(ImportError) -> PortSet {
    let words = text.split(separator: ",", maxSplits: rangeLimit)
    guard words.count <= rangeLimit else { throw ImportError("a list has more than \(rangeLimit) ports and ranges") }
    var ranges: [ClosedRange<UInt16>] = []
    ranges.reserveCapacity(words.count)
    for word in words {
      let ends = word.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
      guard let first = ends.first.flatMap({ UInt16($0) }), let last = ends.last.flatMap({ UInt16($0) }), first <= last
      else { throw ImportError("\"\(Self.text(String(word)))\" is no port and no range of ports") }
      ranges.append(first...last)
    }
    return PortSet(ranges)
  }

  /// Neighbours that are the same become one; of ports that are told twice the first stands.
  private static func joined(_ runs: [ForeignHost.StateRun]) -> [ForeignHost.StateRun] {
    var joined: [ForeignHost.StateRun] = []
    for run in runs.sorted(by: {
      ($0.transport.rawValue, $0.ports.lowerBound) < ($1.transport.rawValue, $1.ports.lowerBound)
    }) {
      guard let last = joined.last, last.transport == run.transport,
        Int(run.ports.lowerBound) <= Int(last.ports.upperBound) + 1
      else {
        joined.append(run)
        continue
      }
      if last.state == run.state, last.reason == run.reason {
        joined[joined.count - 1].ports = last.ports.lowerBound...max(last.ports.upperBound, run.ports.upperBound)
      } else if run.ports.lowerBound > last.ports.upperBound {
        joined.append(run)
      } else if run.ports.upperBound > last.ports.upperBound {
        var rest = run
        rest.ports = (last.ports.upperBound + 1)...run.ports.upperBound
        joined.append(rest)
      }
    }
    return joined
  }
}

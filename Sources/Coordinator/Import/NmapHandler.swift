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
    /// As a name server called it.
    var name: String?
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

  /// Ports of one host: all of TCP and of UDP. As many ranges of its groups, and no group counts more.
  private static let portLimit = 2 << 16
  /// nmap has six states, and some dozens of reasons for each protocol.
  private static let groupLimit = 64
  private static let partLimit = 256
  /// nmap has one for each protocol.
  private static let scanInfoLimit = 64

  /// The hosts that have become complete.
  func taken() -> [ForeignHost] {
    defer { hosts = [] }
    return hosts
  }

  func begin(_ name: String, _ attributes: [String: String]) throws(ImportError) {
    depth += 1
    if depth == 1 {
      guard name == "nmaprun" else {
        throw ImportError("<\(NmapWords.text(name))>: a file of nmap or masscan is expected")
      }
      return try beginRun(attributes)
    }
    switch name {
    case "scaninfo": try addCovered(attributes)
    case "host":
      host = Host(time: try NmapWords.time(attributes["endtime"] ?? attributes["starttime"]))
    case "status": host?.isUp = attributes["state"] != "down"
    case "address":
      guard let type = attributes["addrtype"], type != "mac" else { return }
      guard let address = attributes["addr"].flatMap({ IPAddress($0) }) else {
        throw ImportError("\"\(NmapWords.text(attributes["addr"] ?? ""))\" is no address")
      }
      // The first is the one that was asked.
      if host?.address == nil { host?.address = address }
    case "hostname":
      // What somebody typed is no name server's word; the first of several is as good as another.
      if attributes["type"] == "PTR", host?.name == nil {
        host?.name = attributes["name"].flatMap { HostNameText.isName($0) ? $0 : nil }
      }
    case "extraports":
      guard let state = attributes["state"], let count = attributes["count"].flatMap({ Int($0) }) else {
        throw ImportError("extraports needs a state and a count")
      }
      guard (0...Self.portLimit).contains(count) else {
        throw ImportError("count=\"\(count)\": 0 to \(Self.portLimit) ports of a host are expected")
      }
      group = Group(state: NmapWords.text(state), count: count)
    case "extrareasons": try beginPart(attributes)
    case "port": port = try beginPort(attributes)
    case "state":
      port?.state = attributes["state"].map(NmapWords.text)
      port?.reason = attributes["reason"].map(NmapWords.text)
    case "service": port?.service = NmapWords.service(attributes)
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
      throw ImportError("scanner=\"\(NmapWords.text(attributes["scanner"] ?? ""))\": nmap or masscan is expected")
    }
    scan = ForeignScan(
      scanner: scanner, version: attributes["version"].map(NmapWords.text),
      arguments: attributes["args"].map(NmapWords.text),
      startedAt: try NmapWords.time(attributes["start"]))
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
    covered[transport] = (covered[transport] ?? PortSet()).union(try NmapWords.ports(services))
  }

  private func beginPart(_ attributes: [String: String]) throws(ImportError) {
    guard host != nil, group != nil else { return }
    let ports = try attributes["ports"].map { (text) throws(ImportError) in try NmapWords.ports(text) }
    host?.parts += 1
    host?.ranges += ports?.ranges.count ?? 0
    guard let host, host.parts <= Self.partLimit, host.ranges <= Self.portLimit else {
      throw ImportError(
        "more than \(Self.partLimit) extrareasons, or \(Self.portLimit) ranges of ports in them, are of one host")
    }
    group?.parts.append(
      Group.Part(
        reason: NmapWords.text(attributes["reason"] ?? ""),
        transport: attributes["proto"].flatMap(TransportProtocol.init),
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
        throw ImportError("portid=\"\(NmapWords.text(attributes["portid"] ?? ""))\": 0 to 65535 is expected")
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
    var found = ForeignHost(address: address, observedAt: time, name: host.name, open: [], runs: [])
    var named: [TransportProtocol: Set<UInt16>] = [:]
    for port in host.ports {
      named[port.transport, default: []].insert(port.number)
      guard
        let (state, reason) = NmapWords.state(port.state, port.reason, port.transport, isByConnecting: isByConnecting)
      else {
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
    found.runs = found.runs.joined
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
          let (state, reason) = NmapWords.state(group.state, part.reason, transport, isByConnecting: isByConnecting),
          state != .open, transport != .sctp
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
      let (state, reason) = NmapWords.state(
        group.state, group.parts.first?.reason, transport, isByConnecting: isByConnecting), state != .open
    else {
      remainder.unnamedGroups += 1
      return []
    }
    return left.ranges.map { .init(transport: transport, ports: $0, state: state, reason: reason) }
  }
}

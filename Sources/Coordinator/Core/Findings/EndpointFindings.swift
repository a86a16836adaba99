package import Model

/// What the rules are judged by.
package struct FindingFacts: Sendable {
  package var key: ProtocolPort
  package var summary: EndpointSummary
  package var listener: ListenerContent?
  /// The service as the shown zone found it.
  package var service: ServiceFacts?

  package init(
    key: ProtocolPort, summary: EndpointSummary, listener: ListenerContent?, service: ServiceFacts?
  ) {
    self.key = key
    self.summary = summary
    self.listener = listener
    self.service = service
  }

  /// The rules of endpoints that speak up.
  package var findings: FindingSet {
    var findings = FindingSet()
    for rule in FindingRule.ofEndpoints where detail(rule) != nil { findings.insert(rule) }
    return findings
  }

  /// What there is to say of one rule of endpoints, in words; nil: nothing.
  package func detail(_ rule: FindingRule) -> String? {
    switch rule {
    case .cleartext: cleartext
    case .unexpectedProcess: unexpectedProcess
    case .unexpectedService: unexpectedService
    case .forwarded:
      summary.verdict == .forwarded
        ? "open from another host, and nothing of the host listens: a port forward, another network namespace, or something that hides"
        : nil
    case .differingViews:
      summary.state == .open && !summary.otherZones.isEmpty
        ? "open from one zone, and not from \(summary.otherZones.count == 1 ? "another" : "\(summary.otherZones.count) others")"
        : nil
    case .certificateExpiring, .unused, .severalHosts, .newExposure, .tarpit, .flapping, .drift, .missing: nil
    }
  }

  /// Protocols that send passwords or commands in the clear, by what identification and registration call them.
  private static let cleartext: Set<String> = [
    "telnet", "ftp", "login", "shell", "exec", "finger", "pop2", "pop3", "imap", "nntp", "rsync", "tftp", "vnc",
  ]

  /// Their ports (IANA's registry of service names), for endpoints whose service nobody asked.
  private static let cleartextPorts: [ProtocolPort: String] = [
    ProtocolPort(.tcp, 21): "ftp", ProtocolPort(.tcp, 23): "telnet", ProtocolPort(.udp, 69): "tftp",
    ProtocolPort(.tcp, 79): "finger", ProtocolPort(.tcp, 109): "pop2", ProtocolPort(.tcp, 110): "pop3",
    ProtocolPort(.tcp, 119): "nntp", ProtocolPort(.tcp, 143): "imap", ProtocolPort(.tcp, 512): "exec",
    ProtocolPort(.tcp, 513): "login", ProtocolPort(.tcp, 514): "shell", ProtocolPort(.tcp, 873): "rsync",
    ProtocolPort(.tcp, 5900): "vnc",
  ]

  private var cleartext: String? {
    guard summary.isOpenToOthers else { return nil }
    if let service, service.tellsService {
      guard let name = service.name, Self.cleartext.contains(name), service.tunnel == nil, service.tlsVersion == nil
      else {
        return nil
      }
      return "\(name) is open to other hosts, and sends what it is told unencrypted"
    }
    guard let name = Self.cleartextPorts[key] else { return nil }
    return
      "the port of \(name), which sends what it is told unencrypted, is open to other hosts; which service answers was not asked"
  }

  private var unexpectedProcess: String? {
    guard let listener, !listener.processes.isEmpty, let known = WellKnownPort.of(key), !known.programs.isEmpty else {
      return nil
    }
    let names = Set(listener.processes.map(\.name))
    guard names.isDisjoint(with: known.programs), names.isDisjoint(with: WellKnownPort.brokers) else { return nil }
    return "\(names.sorted().joined(separator: ", ")) listens on the port of \(known.service)"
  }

  private var unexpectedService: String? {
    guard summary.state == .open, let service, let name = service.name, service.confidence == .certain else {
      return nil
    }
    if let known = WellKnownPort.of(key) {
      return known.service == name ? nil : "\(name) answers on the port of \(known.service)"
    }
    // The web is at home everywhere.
    let homes = WellKnownPort.homes(of: name)
    guard key.transport == .tcp, name != "http", !homes.isEmpty else { return nil }
    return "\(name) answers here instead of on port \(homes.sorted().map(String.init).joined(separator: ", "))"
  }
}

extension EndpointSummary {
  /// Whether another host than its own was seen to reach it.
  package var isOpenToOthers: Bool { state == .open && !isSelfView && verdict != .localOnly }
}

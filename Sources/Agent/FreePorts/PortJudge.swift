package import Model
internal import SocketFilter
package import SocketInventory

/// Decides for each port of one protocol, from the sockets there are and the host's settings. Pure.
package struct PortJudge {
  private let address: BindAddress
  private let rules: PortRules
  private let sockets: [DiagnosedSocket]

  /// Places of the sockets of this protocol by port.
  private let byPort: [UInt16: [Int]]

  /// - Parameters:
  ///   - transport: the protocol; sockets of others do not count.
  ///   - address: where a port is to be bound.
  ///   - rules: the host's settings.
  ///   - sockets: all there are; findings name them by their place.
  package init(
    _ transport: TransportProtocol, at address: BindAddress, rules: PortRules, sockets: [DiagnosedSocket]
  ) {
    self.address = address
    self.rules = rules
    self.sockets = sockets
    let places = sockets.indices.filter { sockets[$0].socketProtocol.rawValue == transport.rawValue }
    byPort = Dictionary(grouping: places) { sockets[$0].localPort.rawValue }
  }

  /// Whether only binding tells: where no socket uses the port, and where the kernel does not say enough of one that does.
  ///
  /// Ports that are used are not touched: before linux 6.18 a moment's bind of a port whose connections the kernel had
  /// chosen it for kept further connections from sharing it (inet_csk_update_fastreuse, __inet_hash_connect).
  package func needsTrial(_ port: UInt16) -> Bool {
    guard let places = byPort[port] else { return true }
    let conflicts = places.map { address.conflict(with: sockets[$0]) }
    return !conflicts.contains(.yes) && conflicts.contains(.perhaps)
  }

  /// What is known of a port; `trial` is what binding it said, nil where nobody tried.
  package func finding(_ port: UInt16, trial: BindTrial.Outcome?) -> PortFinding {
    var finding = PortFinding(
      status: .free, isEphemeral: rules.ephemeral.contains(port), isReserved: rules.reserved.contains(Port(port)),
      isPrivileged: port < rules.unprivilegedStart && (trial == .failed(.permission) || !rules.bindsPrivileged),
      isVerified: trial != nil)
    let places = byPort[port] ?? []
    var inTheWay = places.filter { address.conflict(with: sockets[$0]) == .yes }
    if inTheWay.isEmpty, trial == nil || trial == .failed(.inUse) {
      inTheWay = places.filter { address.conflict(with: sockets[$0]) == .perhaps }
    }
    if !inTheWay.isEmpty || trial == .failed(.inUse) {
      finding.status = .inUse
      finding.sockets = inTheWay.filter(waits) + inTheWay.filter { !waits($0) }
    } else if finding.isPrivileged, trial != .bound {
      finding.status = .privileged
      finding.isVerified = trial == .failed(.permission)
    } else if case .failed(let error) = trial {
      finding.status = .refused
      finding.errno = error.errno
    } else if finding.isReserved {
      finding.status = .reserved
    }
    return finding
  }

  private func waits(_ place: Int) -> Bool { SocketState.waitingStates.contains(sockets[place].state) }
}

extension SocketState {
  fileprivate static let waitingStates: Set<SocketState> = [.listening, .unconnected, .boundInactive]
}

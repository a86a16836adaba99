internal import CoordinatorCore
internal import Model

extension ListenerAbsence {
  /// Sockets that are looked through: a port has seldom had more than one that fits.
  private static let pastLimit = 16

  /// How long nothing has listened at an endpoint of a host where an agent lives. `interface` is what the host's address is on, nil
  /// if that is not known; `time`: as of then, nil: now.
  static func of(
    _ key: ProtocolPort, at host: ChartHost, on interface: String?, _ agent: AgentID, asOf time: Timestamp?,
    in session: any ReadSession
  ) throws -> ListenerAbsence {
    let time = time ?? Timestamp(milliseconds: .max)
    let begun = try session.inventorySince(of: agent, at: host.address, asOf: time)
    let gone = try session.goneListeners(of: agent, at: key, host.address, asOf: time, limit: pastLimit)
      .first { $0.listener.fit(host.address, on: interface) != nil }?.goneAt
    if let gone, gone >= begun ?? gone { return ListenerAbsence(since: gone, isOfListener: true) }
    return begun.map { ListenerAbsence(since: $0, isOfListener: false) } ?? .always
  }
}

internal import CLinux
internal import LinuxSystem
package import Model
package import SocketFilter

/// Compiles expressions to the filter that the kernel runs over its tables (inet_diag_bc_run, net/ipv4/inet_diag.c), so that
/// a narrow question moves few rows.
///
/// An over-approximation: it lets pass every socket that the expression may accept. What it lets pass is judged again.
package enum KernelFilter {
  /// What a dump needs no more than.
  package enum Verdict: Equatable, Sendable {
    /// No socket of this protocol and family can be meant: there is nothing to dump.
    case none
    /// The kernel cannot narrow it down.
    case everything
    /// The attribute behind the request, header included.
    case some(attribute: [UInt8])
  }

  /// What one dump reads.
  struct Table: Hashable {
    private let socketProtocol: SocketProtocol
    private let family: IPAddress.Family

    init(_ socketProtocol: SocketProtocol, _ family: IPAddress.Family) {
      self.socketProtocol = socketProtocol
      self.family = family
    }
  }

  /// What is known of this machine.
  package struct Machine: Sendable {
    /// `net.ipv4.ip_local_port_range`.
    package var ephemeralPorts: ClosedRange<UInt16>?
    package var interfaceIndex: @Sendable (String) -> UInt32?

    package init(
      ephemeralPorts: ClosedRange<UInt16>? = nil, interfaceIndex: @escaping @Sendable (String) -> UInt32? = { _ in nil }
    ) {
      self.ephemeralPorts = ephemeralPorts
      self.interfaceIndex = interfaceIndex
    }
  }

  /// A longer filter is left out: jumps have 16 bits, and the kernel walks it for every socket.
  static let maximumLength = 32768

  package static func verdict(
    for expression: FilterExpression?, socketProtocol: SocketProtocol, family: IPAddress.Family, machine: Machine
  ) -> Verdict {
    guard let expression else { return .everything }
    let dump = KernelExpression.Dump(
      socketProtocol: socketProtocol, family: family, ephemeralPorts: machine.ephemeralPorts,
      interfaceIndex: machine.interfaceIndex)
    switch KernelExpression(expression, bound: .upper, dump: dump) {
    case .always: return .everything
    case .never: return .none
    case let bound:
      guard let code = KernelProgram(bound).bytes, code.count <= maximumLength else { return .everything }
      return .some(attribute: NetlinkMessage.encodeAttribute(type: Int(INET_DIAG_REQ_BYTECODE), value: code))
    }
  }

  /// The attribute for one dump; nil where the kernel cannot narrow it down, or nothing can be meant.
  package static func attribute(
    for filter: SocketFilter, socketProtocol: SocketProtocol, family: IPAddress.Family, machine: Machine = Machine()
  ) -> [UInt8]? {
    let verdict = verdict(
      for: filter.expression, socketProtocol: socketProtocol, family: family, machine: machine)
    if case .some(let attribute) = verdict { return attribute }
    return nil
  }

  /// Lets pass the sockets whose port the kernel chose and that no bind(2) fixed (SOCK_BINDPORT_LOCK).
  static var chosenPorts: [UInt8] {
    NetlinkMessage.encodeAttribute(
      type: Int(INET_DIAG_REQ_BYTECODE), value: KernelProgram(.test(.autobound)).bytes ?? [])
  }
}

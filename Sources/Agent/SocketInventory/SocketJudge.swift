internal import Glibc
internal import LinuxSystem
internal import Model
internal import SocketFilter

/// Judges the sockets of one snapshot by an expression, and knows of this machine what that takes.
struct SocketJudge: Sendable {
  let needs: FilterNeeds
  private let expression: FilterExpression?
  private let namespace: UInt64?
  private let machine: KernelFilter.Machine
  private var interfaces = InterfaceNames()

  /// Cookies of sockets whose port the kernel chose, by what was dumped; nil for a dump that the kernel refused.
  private var chosenPorts: [KernelFilter.Table: Set<UInt64>] = [:]

  init(_ expression: FilterExpression?, namespace: UInt64?) {
    self.expression = expression
    self.namespace = namespace
    needs = expression?.needs ?? []
    machine = KernelFilter.Machine(
      ephemeralPorts: needs.contains(.autobound) ? Self.ephemeralPorts() : nil,
      interfaceIndex: { name in
        let index = if_nametoindex(name)
        return index == 0 ? nil : index
      })
  }

  func kernelVerdict(_ socketProtocol: SocketProtocol, _ family: IPAddress.Family) -> KernelFilter.Verdict {
    KernelFilter.verdict(for: expression, socketProtocol: socketProtocol, family: family, machine: machine)
  }

  mutating func learn(
    chosenPorts sockets: [DiagnosedSocket], _ socketProtocol: SocketProtocol, _ family: IPAddress.Family
  ) {
    chosenPorts[KernelFilter.Table(socketProtocol, family)] = Set(sockets.compactMap(\.cookie))
  }

  /// What the expression says of a socket; owners are nil where nobody looked for them yet: no question about them has an
  /// answer then.
  mutating func judge(_ socket: DiagnosedSocket, _ owners: ProcessOwnership?) -> Truth {
    guard let expression else { return .yes }
    var subject = SocketSubject(socket: socket, ownership: owners, namespaceInode: namespace)
    if needs.contains(.interfaceNames) { subject.interfaceName = interfaces.name(of: socket.interfaceIndex) }
    if needs.contains(.autobound), let range = machine.ephemeralPorts,
      let cookie = socket.cookie, let chosen = chosenPorts[KernelFilter.Table(socket.socketProtocol, socket.family)]
    {
      subject.isAutobound = range.contains(socket.localPort.rawValue) && chosen.contains(cookie)
    }
    return expression.judge(subject)
  }

  /// The same of a Unix socket; its peer's name is nil where it has none or nobody looked.
  mutating func judge(_ socket: UnixSocket, peer: String? = nil, _ owners: ProcessOwnership?) -> Truth {
    expression?.judge(UnixSubject(socket: socket, peer: peer, ownership: owners, namespaceInode: namespace)) ?? .yes
  }

  /// The ports that the kernel gives to sockets that did not choose (ip(7)), of this process's namespace.
  private static func ephemeralPorts() -> ClosedRange<UInt16>? {
    guard let file = try? Descriptor.open("/proc/sys/net/ipv4/ip_local_port_range", flags: O_RDONLY),
      let bytes = try? file.contents(limit: 64)
    else { return nil }
    let ends = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
    return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
  }
}

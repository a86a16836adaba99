internal import Glibc
internal import LinuxSystem
internal import Model
internal import SocketFilter

/// Judges the sockets of one snapshot by an expression, and knows of this machine what that takes.
struct SocketJudge {
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

  func kernelVerdict(_ transport: TransportProtocol, _ family: IPAddress.Family) -> KernelFilter.Verdict {
    KernelFilter.verdict(for: expression, socketProtocol: transport.socketProtocol, family: family, machine: machine)
  }

  mutating func learn(
    chosenPorts sockets: [DiagnosedSocket], _ transport: TransportProtocol, _ family: IPAddress.Family
  ) {
    chosenPorts[KernelFilter.Table(transport, family)] = Set(sockets.map(\.cookie))
  }

  /// - Parameter owners: `notApplicable` where nobody looked for them yet: no question about them has an answer then.
  mutating func judge(_ socket: DiagnosedSocket, _ owners: ProcessOwnership) -> Truth {
    guard let expression else { return .yes }
    var subject = SocketSubject(socket: socket, ownership: owners, namespaceInode: namespace)
    if needs.contains(.interfaceNames) { subject.interfaceName = interfaces.name(of: socket.interfaceIndex) }
    if needs.contains(.autobound), let range = machine.ephemeralPorts,
      let chosen = chosenPorts[KernelFilter.Table(socket.transport, socket.family)]
    {
      subject.isAutobound = range.contains(socket.localPort.rawValue) && chosen.contains(socket.cookie)
    }
    return expression.judge(subject)
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

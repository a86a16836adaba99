internal import Model
internal import SocketFilter

/// What the kernel can judge of an expression for the sockets of one dump: the expression between two bounds.
///
/// The upper bound holds for every socket for which the expression may: what the kernel cannot judge counts as true there,
/// and as false in the lower bound, which is what stands under a negation.
indirect enum KernelExpression: Equatable {
  case always
  case never
  case all([KernelExpression])
  case any([KernelExpression])
  case not(KernelExpression)
  case test(KernelTest)

  /// What is known of every socket of a dump.
  struct Dump {
    let socketProtocol: SocketProtocol
    let family: IPAddress.Family

    /// `net.ipv4.ip_local_port_range`; nil where it could not be read.
    var ephemeralPorts: ClosedRange<UInt16>?

    /// The index of an interface by name; nil where there is none.
    var interfaceIndex: (String) -> UInt32? = { _ in nil }
  }

  enum Bound {
    case upper
    case lower

    var other: Bound { self == .upper ? .lower : .upper }

    /// What a part is taken for that the kernel cannot judge.
    var unjudged: KernelExpression { self == .upper ? .always : .never }
  }

  init(_ expression: FilterExpression, bound: Bound, dump: Dump) {
    switch expression {
    case .all(let operands): self = .conjunction(operands.map { KernelExpression($0, bound: bound, dump: dump) })
    case .any(let operands): self = .disjunction(operands.map { KernelExpression($0, bound: bound, dump: dump) })
    case .not(let operand):
      switch KernelExpression(operand, bound: bound.other, dump: dump) {
      case .always: self = .never
      case .never: self = .always
      case .not(let inner): self = inner
      case let inner: self = .not(inner)
      }
    case .predicate(let predicate): self.init(predicate, bound: bound, dump: dump)
    }
  }

  private init(_ predicate: FilterPredicate, bound: Bound, dump: Dump) {
    switch predicate {
    case .protocols(let protocols): self = protocols.contains(dump.socketProtocol) ? .always : .never
    case .internet(let end, let condition): self = .internet(end, condition, dump.family)
    case .path: self = .never
    case .device(let name, let index):
      // A number may be a name too: one of both is enough, so that both must be tested.
      let indices = [index, dump.interfaceIndex(name)].compactMap { $0 }
      self = .disjunction(Set(indices).sorted().map { .test(.interface($0)) })
    case .mark(let value, let mask): self = .test(.mark(value: value, mask: mask))
    case .cgroup(let id): self = .test(.cgroup(id))
    case .autobound:
      guard let ports = dump.ephemeralPorts else {
        self = bound.unjudged
        return
      }
      self = .conjunction([.test(.autobound)] + Self.range(.local, ports))
    case .process, .pids, .user, .unit, .container, .namespace: self = bound.unjudged
    }
  }

  private static func internet(
    _ end: FilterPredicate.End, _ condition: InternetCondition, _ family: IPAddress.Family
  ) -> KernelExpression {
    if let wanted = condition.family, wanted != family { return .never }
    var parts: [KernelExpression] = []
    if let ports = condition.ports { parts.append(Self.ports(end, ports)) }
    if let networks = condition.networks {
      parts.append(
        .disjunction(
          networks.map { network in
            // An IPv6 network holds no IPv4 socket; the other way round the kernel looks at mapped addresses.
            network.address.family == .ipv6 && family == .ipv4 ? .never : .test(.network(end, network))
          }))
    }
    return .conjunction(parts)
  }

  private static func ports(_ end: FilterPredicate.End, _ ports: PortSet) -> KernelExpression {
    .disjunction(
      ports.ranges.map { range in
        range.count == 1 ? .test(.port(end, range.lowerBound)) : .conjunction(Self.range(end, range))
      })
  }

  private static func range(_ end: FilterPredicate.End, _ range: ClosedRange<UInt16>) -> [KernelExpression] {
    var parts: [KernelExpression] = []
    if range.lowerBound > 0 { parts.append(.test(.portAtLeast(end, range.lowerBound))) }
    if range.upperBound < .max { parts.append(.test(.portAtMost(end, range.upperBound))) }
    return parts
  }

  private static func conjunction(_ operands: [KernelExpression]) -> KernelExpression {
    if operands.contains(.never) { return .never }
    let rest = operands.filter { $0 != .always }
    return rest.isEmpty ? .always : rest.count == 1 ? rest[0] : .all(rest)
  }

  private static func disjunction(_ operands: [KernelExpression]) -> KernelExpression {
    if operands.contains(.always) { return .always }
    let rest = operands.filter { $0 != .never }
    return rest.isEmpty ? .never : rest.count == 1 ? rest[0] : .any(rest)
  }
}

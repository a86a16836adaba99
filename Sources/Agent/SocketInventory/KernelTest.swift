internal import CLinux
internal import Glibc
internal import Model
internal import SocketFilter

/// One instruction of the kernel's filter that tests something (linux/inet_diag.h).
enum KernelTest: Equatable {
  case port(FilterPredicate.End, UInt16)
  case portAtLeast(FilterPredicate.End, UInt16)
  case portAtMost(FilterPredicate.End, UInt16)
  case network(FilterPredicate.End, AddressPrefix)
  case interface(UInt32)
  case mark(value: UInt32, mask: UInt32)
  case cgroup(UInt64)
  case autobound

  var code: Int {
    switch self {
    // Equality of ports came late (INET_DIAG_BC_S_EQ), a host condition without address does the same in every kernel.
    case .port(.local, _), .network(.local, _): Int(INET_DIAG_BC_S_COND)
    case .port(.remote, _), .network(.remote, _): Int(INET_DIAG_BC_D_COND)
    case .portAtLeast(.local, _): Int(INET_DIAG_BC_S_GE)
    case .portAtLeast(.remote, _): Int(INET_DIAG_BC_D_GE)
    case .portAtMost(.local, _): Int(INET_DIAG_BC_S_LE)
    case .portAtMost(.remote, _): Int(INET_DIAG_BC_D_LE)
    case .interface: Int(INET_DIAG_BC_DEV_COND)
    case .mark: Int(INET_DIAG_BC_MARK_COND)
    case .cgroup: Int(INET_DIAG_BC_CGROUP_COND)
    case .autobound: Int(INET_DIAG_BC_AUTO)
    }
  }

  /// What stands behind the instruction's head: in the machine's byte order but for addresses.
  var argument: [UInt8] {
    switch self {
    case .port(_, let port): Self.host(family: AF_UNSPEC, prefixLength: 0, port: Int32(port), address: [])
    case .network(_, let network):
      Self.host(
        family: network.address.family == .ipv4 ? AF_INET : AF_INET6, prefixLength: UInt8(network.length), port: -1,
        address: network.address.octets)
    case .portAtLeast(_, let port), .portAtMost(_, let port):
      // The port is the `no` of a second head.
      Self.bytes(inet_diag_bc_op(code: 0, yes: 0, no: port))
    case .interface(let index): Self.bytes(index)
    case .mark(let value, let mask): Self.bytes(inet_diag_markcond(mark: value, mask: mask))
    case .cgroup(let id): Self.bytes(id)
    case .autobound: []
    }
  }

  private static func host(family: Int32, prefixLength: UInt8, port: Int32, address: [UInt8]) -> [UInt8] {
    var condition = inet_diag_hostcond()
    condition.family = UInt8(family)
    condition.prefix_len = prefixLength
    condition.port = port
    // Two bytes between prefix and port are padding; they are zero because the struct began so.
    return bytes(condition) + address
  }

  private static func bytes<Value>(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}

internal import CLinux
internal import Glibc

/// A part of root's power (capabilities(7)); raw values are the kernel's numbers.
package enum Capability: Hashable, Sendable, CaseIterable {
  /// Reading whatever file and directory, those of other processes in `/proc` too.
  case readSearch

  /// Binding ports below the unprivileged ones.
  case bindService

  /// Looking into other users' processes.
  case trace

  private var number: UInt64 {
    switch self {
    case .readSearch: UInt64(CAP_DAC_READ_SEARCH)
    case .bindService: UInt64(CAP_NET_BIND_SERVICE)
    case .trace: UInt64(CAP_SYS_PTRACE)
    }
  }

  /// As the kernel spells it.
  package var name: String {
    switch self {
    case .readSearch: "CAP_DAC_READ_SEARCH"
    case .bindService: "CAP_NET_BIND_SERVICE"
    case .trace: "CAP_SYS_PTRACE"
    }
  }

  /// Those that the calling thread has in effect; none where `/proc` does not tell.
  package static var effective: Set<Capability> {
    let bits = threadCapabilities("CapEff:")
    return Set(allCases.filter { bits & 1 << $0.number != 0 })
  }

  /// Lets go of every capability but these for good: before threads are made, because each has capabilities of its own.
  ///
  /// - Throws: `SystemError`.
  package static func keepOnly(_ kept: Set<Capability>) throws(SystemError) {
    let wanted = kept.reduce(UInt64(0)) { $0 | 1 << $1.number }
    let permitted = threadCapabilities("CapPrm:")
    // A filter of system calls may refuse capset(2) to a process that holds nothing else anyway.
    if permitted & ~wanted != 0 { try SystemCall.retrying("capset") { clinux_set_capabilities(permitted & wanted) } }
    try SystemCall.retrying("prctl(PR_SET_NO_NEW_PRIVS)") { clinux_give_up_new_privileges() }
  }

  /// A line of `/proc/thread-self/status` (proc_pid_status(5)).
  private static func threadCapabilities(_ key: String) -> UInt64 {
    guard let file = try? Descriptor.open("/proc/thread-self/status", flags: O_RDONLY),
      let bytes = try? file.contents(limit: 1 << 16)
    else { return 0 }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(key) {
      return UInt64(line.dropFirst(key.count).filter { $0 != "\t" && $0 != " " }, radix: 16) ?? 0
    }
    return 0
  }
}

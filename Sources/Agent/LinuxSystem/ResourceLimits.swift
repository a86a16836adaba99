internal import CLinux
internal import Glibc

/// What this process may use.
package enum ResourceLimits {
  /// How many descriptors this process may have open now (RLIMIT_NOFILE, soft).
  package static var openFiles: Int {
    guard let limit = try? openFileLimit() else { return 256 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Raises the soft limit of open descriptors to the hard one, which needs no privilege (getrlimit(2)).
  ///
  /// - Returns: the limit that now holds.
  @discardableResult
  package static func raiseOpenFiles() throws(SystemError) -> Int {
    var limit = try openFileLimit()
    limit.rlim_cur = limit.rlim_max
    try SystemCall.retrying("setrlimit") { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    return Int(clamping: limit.rlim_cur)
  }

  private static func openFileLimit() throws(SystemError) -> rlimit {
    var limit = rlimit()
    try SystemCall.retrying("getrlimit") { getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    return limit
  }

  /// Processors that this machine has online.
  package static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Bytes of memory in the machine.
  package static var physicalMemory: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let size = sysconf(Int32(_SC_PAGESIZE))
    return pages > 0 && size > 0 ? pages * size : 1 << 30
  }

  /// The ports that the kernel picks source ports from (ip-sysctl, `ip_local_port_range`).
  package static var ephemeralPorts: ClosedRange<UInt16> {
    // The kernel's own default, for a /proc that is not mounted.
    let standard: ClosedRange<UInt16> = 32768...60999
    guard let file = try? Descriptor.open("/proc/sys/net/ipv4/ip_local_port_range", flags: O_RDONLY),
      let bytes = try? file.contents(limit: 64)
    else { return standard }
    let numbers = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
    guard numbers.count == 2, numbers[0] <= numbers[1] else { return standard }
    return numbers[0]...numbers[1]
  }
}

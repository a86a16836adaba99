internal import Glibc
internal import LinuxSystem

/// Turns the start time that the kernel keeps of a process, clock ticks since boot, into a time.
struct ProcessClock {
  /// Milliseconds since 1970 (UTC) at which this machine started: `btime` of proc_stat(5), exact to a second, the same
  /// for every reader within one boot.
  private let bootTime: Int64
  private let ticksPerSecond: Int64

  init(root: borrowing Descriptor) {
    ticksPerSecond = Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    var seconds: Int64 = 0
    // On a machine of many processors the `intr` line alone is long.
    if let file = try? root.open("stat", flags: O_RDONLY), let bytes = try? file.contents(limit: 1 << 20) {
      for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: Array("btime ".utf8)) {
        seconds = Int64(String(decoding: line.dropFirst(6), as: UTF8.self)) ?? 0
      }
    }
    bootTime = seconds * 1000
  }

  /// - Returns: milliseconds since 1970, UTC.
  func time(ofTicks ticks: UInt64) -> Int64 {
    bootTime + Int64(ticks / UInt64(ticksPerSecond)) * 1000
      + Int64(ticks % UInt64(ticksPerSecond)) * 1000 / ticksPerSecond
  }
}

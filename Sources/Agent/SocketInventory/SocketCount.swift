internal import Glibc
internal import LinuxSystem

/// About how many sockets a namespace has, before they are read.
enum SocketCount {
  /// No more than this is expected, whatever is told.
  private static let limit = 4_000_000

  /// The TCP and UDP sockets that `sockstat` and `sockstat6` of a `net` directory count (proc_net(5)); 0 where that cannot be
  /// read, since nothing but room depends on it.
  static func expected(_ directory: String) -> Int {
    min(limit, ["sockstat", "sockstat6"].reduce(0) { $0 + count("\(directory)/\($1)") })
  }

  private static func count(_ path: String) -> Int {
    guard let file = try? Descriptor.open(path, flags: O_RDONLY), let bytes = try? file.contents(limit: 4096) else {
      return 0
    }
    return count(in: bytes)
  }

  /// `TCP: inuse 27 orphan 0 tw 12 alloc 31 mem 5`, `UDP6: inuse 8`: what is in use and in time-wait.
  static func count(in bytes: [UInt8]) -> Int {
    var total = 0
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let first = words.first, ["TCP:", "UDP:", "TCP6:", "UDP6:"].contains(first) else { continue }
      for (word, number) in zip(words, words.dropFirst()) where word == "inuse" || word == "tw" {
        total += max(0, min(limit, Int(number) ?? 0))
      }
    }
    return total
  }
}

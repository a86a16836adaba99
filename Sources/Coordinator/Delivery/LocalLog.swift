internal import CoordinatorCore
internal import Glibc

/// The machine's own log, by datagrams to its local socket. Blocks for no longer than a full socket says so.
enum LocalLog {
  private static let lineLimit = 100

  private static func priority(_ severity: AlertRule.Severity) -> Int {
    // syslog(3): critical, warning, informational.
    switch severity {
    case .critical: 2
    case .warning: 4
    case .info: 6
    }
  }

  static func syslog(_ message: AlertMessage) -> [[UInt8]] {
    // Facility daemon; the daemon puts time and host before what comes without them (RFC 3164, 4.3).
    let head = "<\(3 << 3 | priority(message.severity))>periplus[\(getpid())]: "
    let lines = [Payloads.title(message)] + (message.count > 1 ? Payloads.lines(message, limit: lineLimit) : [])
    return lines.map { Array("\(head)\(message.id) \($0)".utf8.prefix(4_096)) }
  }

  /// The journal's own form (systemd.io/JOURNAL_NATIVE_PROTOCOL); no value has a line end, as lines are escaped.
  static func journal(_ message: AlertMessage) -> [[UInt8]] {
    let lines = [Payloads.title(message)] + (message.count > 1 ? Payloads.lines(message, limit: lineLimit) : [])
    return lines.map { line in
      let fields = [
        "MESSAGE=\(line)", "PRIORITY=\(priority(message.severity))", "SYSLOG_IDENTIFIER=periplus",
        "PERIPLUS_MESSAGE=\(message.id)", "PERIPLUS_ALERT=\(message.alert)",
        "PERIPLUS_SEVERITY=\(message.severity.rawValue)",
      ]
      return Array((fields.joined(separator: "\n") + "\n").utf8)
    }
  }

  static func send(_ datagrams: [[UInt8]], to path: String) -> DeliveryOutcome {
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return failure("socket", path) }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let octets = Array(path.utf8)
    guard octets.count < MemoryLayout.size(ofValue: address.sun_path) else {
      return .refused("\(path) is too long a path for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: octets) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    for datagram in datagrams {
      let sent = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
          var result: Int
          repeat {
            result = sendto(
              descriptor, datagram, datagram.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT),
              socketAddress, size)
          } while result < 0 && errno == EINTR
          return result
        }
      }
      guard sent >= 0 else { return failure("sendto", path) }
    }
    return .delivered
  }

  private static func failure(_ call: String, _ path: String) -> DeliveryOutcome {
    .failed("\(path): \(String(cString: strerror(errno))) (\(call))", retryAfter: nil, isDown: true)
  }
}

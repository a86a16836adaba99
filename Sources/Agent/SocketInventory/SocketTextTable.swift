internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model
internal import SocketFilter

/// The kernel's text tables of sockets: `/proc/net/tcp` and its like (proc_pid_net(5)). Read where sock_diag is missing, or
/// a namespace may not be entered; slower, and without cookies, interfaces and accept limits.
enum SocketTextTable {
  /// The file below a `net` directory; nil for protocols without such a table.
  static func file(_ socketProtocol: SocketProtocol, _ family: IPAddress.Family) -> String? {
    let suffix = family == .ipv4 ? "" : "6"
    switch socketProtocol {
    case .tcp, .udp, .udplite, .raw: return socketProtocol.rawValue + suffix
    case .sctp, .unix: return nil
    }
  }

  /// Hands every line of a file to `body`, without its line break; a line longer than 64 KiB is passed over.
  ///
  /// - Throws: `SystemError`.
  static func forEachLine(
    of file: borrowing Descriptor, _ body: (Slice<UnsafeRawBufferPointer>) -> Void
  ) throws(SystemError) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let number = file.number
    var filled = 0
    while true {
      let count = try SystemCall.retrying("read") {
        buffer.withUnsafeMutableBytes { bytes in
          Glibc.read(number, bytes.baseAddress?.advanced(by: filled), bytes.count - filled)
        }
      }
      if count == 0 { return }
      filled += count
      var start = 0
      buffer.withUnsafeBytes { bytes in
        while let end = bytes[start..<filled].firstIndex(of: 0x0a) {
          body(bytes[start..<end])
          start = end + 1
        }
      }
      if start == 0, filled == buffer.count { start = filled }
      buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memmove(base, base + start, filled - start)
      }
      filled -= start
    }
  }

  /// One line; nil for the heading and for text that is none.
  ///
  /// `sl local rem st tx:rx tr:when retrnsmt uid timeout inode …`: addresses as words of the machine's byte order in
  /// hexadecimal, ports in host order, the time in hundredths of a second (tcp4_seq_show, net/ipv4/tcp_ipv4.c).
  static func socket(
    _ line: some Collection<UInt8>, _ socketProtocol: SocketProtocol, _ family: IPAddress.Family
  ) -> DiagnosedSocket? {
    let fields = line.split(separator: 0x20, maxSplits: 10, omittingEmptySubsequences: true)
    guard fields.count >= 10, let local = endpoint(fields[1], family), let remote = endpoint(fields[2], family),
      let stateNumber = hexadecimal(fields[3]).flatMap({ UInt8(exactly: $0) }),
      let state = SocketState(number: stateNumber), let queues = pair(fields[4]), let timer = pair(fields[5]),
      let retransmits = hexadecimal(fields[6]), let uid = decimal(fields[7]), let inode = decimal(fields[9])
    else { return nil }
    return DiagnosedSocket(
      socketProtocol: socketProtocol, family: family, state: state, localAddress: local.address,
      localPort: local.port, remoteAddress: remote.address, remotePort: remote.port, receiveQueue: queues.1,
      sendQueue: queues.0, uid: uid, inode: inode, cookie: nil,
      timer: SocketTimer(number: UInt8(truncatingIfNeeded: timer.0)),
      timerMilliseconds: timer.1.multipliedReportingOverflow(by: 10).partialValue,
      retransmits: UInt8(truncatingIfNeeded: min(retransmits, 255)))
  }

  /// A line of `/proc/net/unix`: `Num: RefCount Protocol Flags Type St Inode Path`; St is SS_UNCONNECTED (1) to
  /// SS_DISCONNECTING (4) of linux/net.h, and a listener has __SO_ACCEPTCON (0x10000) among its flags (unix_seq_show).
  static func unixSocket(_ line: some Collection<UInt8>) -> UnixSocket? {
    let fields = line.split(separator: 0x20, maxSplits: 7, omittingEmptySubsequences: true)
    guard fields.count >= 7, let flags = hexadecimal(fields[3]), let type = hexadecimal(fields[4]),
      let kind = UnixSocket.Kind(number: Int(type)), let status = hexadecimal(fields[5]), let inode = decimal(fields[6])
    else { return nil }
    let state: SocketState = flags & 0x10000 != 0 ? .listening : status == 3 ? .established : .unconnected
    return UnixSocket(
      kind: kind, state: state, path: fields.count > 7 ? String(decoding: fields[7], as: UTF8.self) : "",
      inode: inode, peerInode: nil, receiveQueue: 0, sendQueue: 0, uid: nil, cookie: nil)
  }

  private static func endpoint(
    _ field: some Collection<UInt8>, _ family: IPAddress.Family
  ) -> (address: IPAddress, port: Port)? {
    let digits = family == .ipv4 ? 8 : 32
    guard field.count == digits + 5 else { return nil }
    var value: UInt128 = 0
    var rest = field.dropFirst(0)
    for _ in 0..<(digits / 8) {
      guard let word = hexadecimal(rest.prefix(8)) else { return nil }
      value = value << 32 | UInt128(UInt32(bigEndian: word))
      rest = rest.dropFirst(8)
    }
    guard rest.first == 0x3a, let port = hexadecimal(rest.dropFirst()) else { return nil }
    return (IPAddress(family: family, value: value), Port(UInt16(truncatingIfNeeded: port)))
  }

  private static func pair(_ field: some Collection<UInt8>) -> (UInt32, UInt32)? {
    let parts = field.split(separator: 0x3a, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = hexadecimal(parts[0]), let second = hexadecimal(parts[1]) else { return nil }
    return (first, second)
  }

  private static func hexadecimal(_ digits: some Collection<UInt8>) -> UInt32? {
    guard (1...8).contains(digits.count) else { return nil }
    var value: UInt32 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt32(digit - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(digit - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(digit - 0x57)
      default: return nil
      }
    }
    return value
  }

  private static func decimal(_ digits: some Collection<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    guard !digits.isEmpty else { return nil }
    for digit in digits {
      guard (0x30...0x39).contains(digit) else { return nil }
      let (product, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isOverAgain) = product.addingReportingOverflow(UInt32(digit - 0x30))
      if isOver || isOverAgain { return nil }
      value = sum
    }
    return value
  }
}

internal import Model
internal import SocketFilter

/// The order in which ss lists: namespace by namespace, TCP before UDP, IPv4 before IPv6, then by local and remote endpoint.
enum SocketOrder {
  /// Indices of `sockets` in that order. Sockets of one table, which is how the kernel hands them over, stand together.
  ///
  /// Counts ports instead of comparing sockets: a hundred thousand cost a few milliseconds.
  static func indices(of sockets: [DiagnosedSocket]) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(sockets.count)
    var start = 0
    while start < sockets.count {
      var end = start + 1
      while end < sockets.count, isSameTable(sockets[start], sockets[end]) { end += 1 }
      appendByPort(start..<end, of: sockets, to: &result)
      start = end
    }
    return result
  }

  private static func isSameTable(_ left: DiagnosedSocket, _ right: DiagnosedSocket) -> Bool {
    left.namespaceIndex == right.namespaceIndex && left.socketProtocol.rank == right.socketProtocol.rank
      && left.family.rawValue == right.family.rawValue
  }

  private static func appendByPort(_ table: Range<Int>, of sockets: [DiagnosedSocket], to result: inout [Int32]) {
    // Where each port's sockets begin: a counting sort.
    var starts = [Int32](repeating: 0, count: 65_537)
    for index in table { starts[Int(sockets[index].localPort.rawValue) + 1] += 1 }
    for port in 1..<starts.count { starts[port] += starts[port - 1] }
    let base = result.count
    result.append(contentsOf: repeatElement(0, count: table.count))
    for index in table {
      let port = Int(sockets[index].localPort.rawValue)
      result[base + Int(starts[port])] = Int32(index)
      starts[port] += 1
    }
    let isIPv4 = table.first.map { sockets[$0].family == .ipv4 } ?? false
    var keyed: [(key: UInt128, index: Int32)] = []
    // Now each entry is where the port's sockets end.
    var start = 0
    for end in starts.dropLast() where Int(end) > start {
      let port = base + start..<base + Int(end)
      start = Int(end)
      guard port.count > 1 else { continue }
      guard isIPv4 else {
        result[port].sort { precedes(sockets[Int($0)], sockets[Int($1)]) }
        continue
      }
      // Sockets lie far apart in memory: their keys are looked up once each, not for every comparison.
      keyed.removeAll(keepingCapacity: true)
      for place in port { keyed.append((key(sockets[Int(result[place])]), result[place])) }
      keyed.sort { $0.key < $1.key }
      for (place, entry) in zip(port, keyed) { result[place] = entry.index }
    }
  }

  /// The order of IPv4 sockets of one local port, as `precedes` has it, as a number of 80 bits.
  private static func key(_ socket: DiagnosedSocket) -> UInt128 {
    socket.localValue << 48 | UInt128(socket.remotePort.rawValue) << 32 | socket.remoteValue
  }

  /// The order of sockets of one table and local port.
  private static func precedes(_ left: DiagnosedSocket, _ right: DiagnosedSocket) -> Bool {
    if left.localValue != right.localValue { return left.localValue < right.localValue }
    if left.remotePort.rawValue != right.remotePort.rawValue {
      return left.remotePort.rawValue < right.remotePort.rawValue
    }
    return left.remoteValue < right.remoteValue
  }
}

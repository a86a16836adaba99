package import Model

/// Cuts a lane's work into jobs: blocks of neighbouring hosts in a permuted order, ports cut too where one block is more
/// than a job should hold. A value of it depends on the scan alone, so that every cut sees the same number line.
package struct LaneCutter: Sendable {
  /// How far a lane has been cut: everything before is in some job.
  package struct Cursor: Hashable, Sendable {
    /// A position in the block order.
    package var position: UInt128
    /// The first port index of that block that is in no job yet.
    package var port: Int

    package init(position: UInt128, port: Int) {
      self.position = position
      self.port = port
    }

    package static let start = Cursor(position: 0, port: 0)
  }

  /// Endpoints that a block should hold, so that a job of some ten thousand probes touches several subnets and yet
  /// names few rectangles.
  private static let endpointsPerBlock = 4_096
  private static let hostsPerBlock = 16...4_096
  /// A grant lists its rectangles one by one; more would make the answer long without spreading the work further.
  private static let rectanglesPerJob = 256

  private let hostCount: UInt128
  private let portCount: Int
  private let blockSize: UInt128
  private let blockCount: UInt128
  private let order: BlockOrder

  /// - Precondition: both counts are positive.
  package init(hostCount: UInt128, portCount: Int, seed: UInt64) {
    precondition(hostCount > 0 && portCount > 0, "a scan has at least one endpoint")
    self.hostCount = hostCount
    self.portCount = portCount
    let wanted = max(1, Self.endpointsPerBlock / portCount)
    let clamped = min(max(wanted, Self.hostsPerBlock.lowerBound), Self.hostsPerBlock.upperBound)
    blockSize = UInt128(1) << UInt128(Int.bitWidth - 1 - clamped.leadingZeroBitCount)
    blockCount = (hostCount - 1) / blockSize + 1
    order = BlockOrder(count: blockCount, seed: seed)
  }

  /// Endpoints behind a cursor, but for the ragged last block, which the order may have put on either side of it.
  package func endpoints(behind cursor: Cursor) -> UInt128 {
    guard !isAtEnd(cursor) else { return 0 }
    let hosts = (blockCount - cursor.position) * blockSize - blockSize
    let (product, isHuge) = hosts.multipliedReportingOverflow(by: UInt128(portCount))
    guard !isHuge else { return .max }
    return product + self.hosts(ofBlockAt: cursor.position).count128 * UInt128(portCount - cursor.port)
  }

  package func isAtEnd(_ cursor: Cursor) -> Bool { cursor.position >= blockCount }

  /// The next rectangles of at most about `budget` endpoints, and the cursor behind them; no rectangles at the end.
  ///
  /// At least one port of one block is always cut, so a budget below a block's hosts is exceeded by at most those.
  package func cut(from start: Cursor, budget: Int) -> (rectangles: [WorkRectangle], next: Cursor) {
    var cursor = start
    var left = budget
    var rectangles: [WorkRectangle] = []
    while !isAtEnd(cursor), rectangles.count < Self.rectanglesPerJob, left > 0 {
      let hosts = self.hosts(ofBlockAt: cursor.position)
      let width = Int(hosts.count128)
      let affordable = left / width
      if affordable == 0 && !rectangles.isEmpty { break }
      let ports = cursor.port..<min(portCount, cursor.port + max(1, affordable))
      let rectangle = WorkRectangle(hosts: hosts, ports: ports)
      if let last = rectangles.last, last.ports == ports, last.hosts.upperBound == hosts.lowerBound {
        rectangles[rectangles.count - 1] = WorkRectangle(
          hosts: last.hosts.lowerBound..<hosts.upperBound, ports: ports)
      } else {
        rectangles.append(rectangle)
      }
      left -= width * ports.count
      cursor =
        ports.upperBound == portCount
        ? Cursor(position: cursor.position + 1, port: 0) : Cursor(position: cursor.position, port: ports.upperBound)
    }
    return (rectangles, cursor)
  }

  private func hosts(ofBlockAt position: UInt128) -> Range<UInt128> {
    let first = order.block(at: position) * blockSize
    return first..<min(hostCount, first + blockSize)
  }
}

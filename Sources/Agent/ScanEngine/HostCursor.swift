internal import Model

/// Walks through the hosts of all blocks, one after the other, holding nothing but its place.
struct HostCursor {
  private let blocks: [ScanBlock]

  /// Whether a host without ports is visited too: for discovery alone.
  private let takesHostsWithoutPorts: Bool
  private var block = 0
  private var range = 0

  /// Addresses of the current range that were handed out.
  private var offsetInRange: UInt128 = 0

  /// The index, within the block, of the next host.
  private var hostOffset: UInt128 = 0

  init(_ blocks: [ScanBlock], takesHostsWithoutPorts: Bool) {
    self.blocks = blocks
    self.takesHostsWithoutPorts = takesHostsWithoutPorts
  }

  mutating func next() -> (block: Int, offset: UInt128, host: HostAddress)? {
    while block < blocks.count {
      let current = blocks[block]
      guard range < current.hosts.count, takesHostsWithoutPorts || current.ports.count > 0 else {
        block += 1
        range = 0
        offsetInRange = 0
        hostOffset = 0
        continue
      }
      let hosts = current.hosts[range]
      let address = IPAddress(family: hosts.addresses.family, value: hosts.addresses.first.value + offsetInRange)
      let result = (block, hostOffset, HostAddress(address, interface: hosts.interface))
      // Compared by span, because the count of ::/0 does not fit.
      if offsetInRange == hosts.addresses.span {
        range += 1
        offsetInRange = 0
      } else {
        offsetInRange += 1
      }
      hostOffset &+= 1
      return result
    }
    return nil
  }
}

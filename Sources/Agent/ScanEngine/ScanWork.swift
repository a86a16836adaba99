package import Model

/// What one run probes.
package struct ScanWork: Sendable {
  package var blocks: [ScanBlock]
  package var pace: ScanPace
  package var discovery: HostDiscovery
  package var sequence: PortSequence

  /// The agent's own policy, asked for every endpoint, those of discovery included, just before connecting, on the engine's thread: it must be quick and
  /// never block. What it refuses is observed as unchecked, for the reason `policy`.
  package var isAllowed: @Sendable (HostAddress, ProtocolPort) -> Bool

  package init(
    blocks: [ScanBlock], pace: ScanPace = ScanPace(), discovery: HostDiscovery = .off,
    sequence: PortSequence = .likeliestFirst, isAllowed: @escaping @Sendable (HostAddress, ProtocolPort) -> Bool
  ) {
    self.blocks = blocks
    self.pace = pace
    self.discovery = discovery
    self.sequence = sequence
    self.isAllowed = isAllowed
  }
}

package import Model

/// One record of a journal: something that was found, or a turn in the scan's life.
package enum JournalRecord: Equatable, Sendable {
  /// Endpoints that ended alike.
  case run(WorkRectangle, ScanOutcome, isSelf: Bool)

  /// An open endpoint.
  case open(OpenEndpoint)

  /// Neighbouring hosts that are done alike.
  case hosts(Range<UInt128>, HostSummary)

  /// Nothing of these is probed from here on.
  case excludedAddresses(AddressSet)
  case excludedPorts(PortSelection)
  case resumed(Timestamp)
  case interrupted(Timestamp)
  case finished(Timestamp)

  /// An open endpoint by its indices.
  package struct OpenEndpoint: Equatable, Sendable {
    package var host: UInt128
    package var port: Int
    package var reason: ProbeReason
    package var isSelf: Bool
    package var roundTripMicroseconds: Int64?
    package var identity: ServiceIdentity?

    package init(
      host: UInt128, port: Int, reason: ProbeReason, isSelf: Bool, roundTripMicroseconds: Int64?,
      identity: ServiceIdentity? = nil
    ) {
      self.host = host
      self.port = port
      self.reason = reason
      self.isSelf = isSelf
      self.roundTripMicroseconds = roundTripMicroseconds
      self.identity = identity
    }
  }
}

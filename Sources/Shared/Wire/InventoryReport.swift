package import Model

/// `POST /agent/v1/inventory`: the inside view of the agent's host, whole or as what differs from an earlier report. May
/// be gzip.
package struct InventoryReport: WireRequest, Hashable {
  /// What only a report has that tells differences: then its addresses and listeners are those added or changed.
  package struct Delta: WireRequest, Hashable {
    /// The report that it builds on, of the same epoch: the last one that the coordinator acknowledged.
    package var baseSequence: Int64
    package var goneAddresses: [InterfaceAddressReport.Key]
    package var goneListeners: [ListenerReport.Key]

    package init(
      baseSequence: Int64, goneAddresses: [InterfaceAddressReport.Key] = [], goneListeners: [ListenerReport.Key] = []
    ) {
      self.baseSequence = baseSequence
      self.goneAddresses = goneAddresses
      self.goneListeners = goneListeners
    }

    private enum CodingKeys: String, ListedFields { case baseSequence, goneAddresses, goneListeners }
    package static var fieldNames: Set<String> { CodingKeys.names }
    package static var nestedFields: [String: any WireRequest.Type] {
      ["goneAddresses": InterfaceAddressReport.Key.self, "goneListeners": ListenerReport.Key.self]
    }
  }

  /// Random, made when the agent starts; sequence numbers count within it.
  package var epoch: String
  package var sequence: Int64
  /// When the sockets were read; holds for every listener, also for those that a delta leaves unsaid.
  package var takenAt: Timestamp
  /// When the processes were looked at, of every listener; absent where none were.
  package var ownersVerifiedAt: Timestamp?
  package var addresses: [InterfaceAddressReport]
  package var listeners: [ListenerReport]
  /// Absent in a delta: as before.
  package var peers: PeersReport?
  /// Absent in a whole report.
  package var delta: Delta?

  package init(
    epoch: String, sequence: Int64, takenAt: Timestamp, ownersVerifiedAt: Timestamp? = nil,
    addresses: [InterfaceAddressReport], listeners: [ListenerReport], peers: PeersReport? = nil, delta: Delta? = nil
  ) {
    self.epoch = epoch
    self.sequence = sequence
    self.takenAt = takenAt
    self.ownersVerifiedAt = ownersVerifiedAt
    self.addresses = addresses
    self.listeners = listeners
    self.peers = peers
    self.delta = delta
  }

  private enum CodingKeys: String, ListedFields {
    case epoch, sequence, takenAt, ownersVerifiedAt, addresses, listeners, peers, delta
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] {
    [
      "addresses": InterfaceAddressReport.self, "listeners": ListenerReport.self, "peers": PeersReport.self,
      "delta": Delta.self,
    ]
  }
}

package struct InventoryReceipt: Codable, Sendable, Hashable {
  /// When the coordinator wants the next one.
  package var nextAfterMilliseconds: Int
  /// The coordinator's clock.
  package var now: Timestamp
  /// True: the coordinator does not hold what the delta builds on, has applied nothing of it, and wants a whole report.
  /// Absent: it knows no deltas.
  package var needsFull: Bool?

  package init(nextAfterMilliseconds: Int, now: Timestamp, needsFull: Bool? = nil) {
    self.nextAfterMilliseconds = nextAfterMilliseconds
    self.now = now
    self.needsFull = needsFull
  }
}

package import Model

/// What a purge deletes, by kind: for people and for figures.
package enum PurgedKind: String, Hashable, Sendable, CaseIterable {
  case views = "port-history"
  case hosts = "host-history"
  case names = "host-names"
  case listeners
  case addresses = "agent-addresses"
  case gaps = "inventory-gaps"
  case services
  case changes
  case findings
  /// Days whose counts are gone, or parts of them.
  case counts = "daily-counts"
  case certificates
  /// Scans whose results are gone; their own rows stay.
  case scans
  case portStates = "port-states"
  case coverage
  case chunks
  case leases
}

/// Rows of each kind that are gone.
package typealias PurgedRows = [PurgedKind: Int]

/// What the last purge that found any rows of a kind did.
package struct PurgeRecord: Hashable, Sendable {
  package var kind: PurgedKind
  package var rows: Int
  /// What was over before this time is gone.
  package var before: Timestamp
  package var at: Timestamp

  package init(kind: PurgedKind, rows: Int, before: Timestamp, at: Timestamp) {
    self.kind = kind
    self.rows = rows
    self.before = before
    self.at = at
  }
}

/// What a lane saw of a host in states other than open: one row for each run of ports.
package struct StateRangePlace: Hashable, Sendable {
  package var host: ChartHost
  package var transport: TransportProtocol
  package var lane: LaneID
  package var zone: ZoneID

  package init(host: ChartHost, transport: TransportProtocol, lane: LaneID, zone: ZoneID) {
    self.host = host
    self.transport = transport
    self.lane = lane
    self.zone = zone
  }
}

/// How much of the store's file is in use, in octets.
package struct StoreSpace: Hashable, Sendable {
  package var total: Int
  /// Will be filled by what comes.
  package var free: Int

  package init(total: Int, free: Int) {
    self.total = total
    self.free = free
  }
}

/// Reading what was purged and what is to be, inside one transaction.
package protocol PurgeReading {
  /// Since when the history is whole; nil: nothing of it was purged.
  func historySince() throws -> Timestamp?
  /// The last purge of each kind, in the order of the kinds' names.
  func purges() throws -> [PurgeRecord]
  /// Scans whose results are being purged, in order.
  func scansBeingPurged() throws -> [ScanID]
  /// Looks through so many rows of port states behind a place, and says which places among them belong to scans that are being
  /// purged. `next`: where the look ended; nil: there are no more rows.
  func statesToPurge(
    after: StateRangePlace?, looking limit: Int
  ) throws -> (places: [StateRangePlace], next: StateRangePlace?)
  func space() throws -> StoreSpace
}

/// Deletes, each call so many rows at most.
package protocol PurgeWriting: PurgeReading {
  /// Deletes what was over before a time, so many rows of each kind at most. The history is whole from that time on.
  func purgeHistory(before time: Timestamp, limit: Int) throws -> PurgedRows
  /// Marks scans that ended before a time as purged: their results are not spoken of from now on. The newest of each schedule
  /// that has ended is left out. Says how many.
  func beginPurgingScans(endedBefore time: Timestamp, at now: Timestamp, limit: Int) throws -> Int
  /// Deletes the leases, receipts and coverage of a lane's jobs behind one. `next`: where to go on; nil: nothing is left.
  func purgeWork(of lane: LaneID, after: JobID, limit: Int) throws -> (rows: PurgedRows, next: JobID?)
  /// Deletes port states at places, in order. `done`: how many of the places have none any more.
  func purgeStates(at places: ArraySlice<StateRangePlace>, limit: Int) throws -> (rows: Int, done: Int)
  /// Of these scans nothing is left but their own rows.
  func endPurging(_ scans: [ScanID]) throws
  /// Adds rows to what the purge that began at a time did.
  func note(_ rows: PurgedRows, before: Timestamp, at begun: Timestamp) throws
}

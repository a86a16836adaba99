package import Model

/// Counts of endpoints as they were kept of one day.
package struct DailyCounts: Hashable, Sendable {
  package var id: Int64
  /// When they were taken.
  package var takenAt: Timestamp
  /// They were found the same when they were looked at last.
  package var sameUntil: Timestamp

  package init(id: Int64, takenAt: Timestamp, sameUntil: Timestamp) {
    self.id = id
    self.takenAt = takenAt
    self.sameUntil = sameUntil
  }
}

/// One of the counts that are kept, as it is stored: how many endpoints have these in common.
package struct KeptCount: Sendable {
  package var port: Int64
  package var transport: Int64
  package var site: Int64
  /// 0: none.
  package var zone: Int64
  /// Empty: none, as of `service`.
  package var state: String
  package var service: String
  package var isListened: Bool
  package var endpoints: Int64

  package init(
    port: Int64, transport: Int64, site: Int64, zone: Int64, state: String, service: String, isListened: Bool,
    endpoints: Int64
  ) {
    self.port = port
    self.transport = transport
    self.site = site
    self.zone = zone
    self.state = state
    self.service = service
    self.isListened = isListened
    self.endpoints = endpoints
  }
}

/// Reading counts of days past, inside one transaction. Whether a query and a grouping are among those that counts are kept by is
/// asked before (`keepsCounts`).
package protocol DailyCountReading {
  /// The newest that were taken by a time, whole.
  func dailyCounts(by time: Timestamp) throws -> DailyCounts?
  /// Whether the counts of now are those of a day.
  func countsAreThose(of day: DailyCounts) throws -> Bool
  /// The counts of now, in key order.
  func keptCounts() throws -> [KeptCount]
  /// Endpoints of the chart now, those that are closed among them.
  func countedEndpoints() throws -> Int
  /// Whether counts are kept by this and by all that the query asks.
  func keepsCounts(_ query: ChartQuery, by grouping: ChartGrouping) -> Bool
  func chartCounts(_ query: ChartQuery, by grouping: ChartGrouping, of day: DailyCounts, limit: Int) throws
    -> [ChartCount]
  func serviceCounts(_ query: ChartQuery, of day: DailyCounts) throws -> [ServiceCount]
}

package protocol DailyCountWriting: DailyCountReading {
  /// Notes that the counts of a day are still those of now.
  func setSame(_ day: DailyCounts, until time: Timestamp) throws
  /// Begins a day's counts, which nobody is told of before `finishDailyCounts`; returns its id.
  func beginDailyCounts(at time: Timestamp) throws -> Int64
  /// Adds a part of them.
  func addDailyCounts(_ counts: ArraySlice<KeptCount>, to day: Int64) throws
  func finishDailyCounts(_ day: Int64) throws
  /// Deletes at most so many rows of days that were begun and not finished; false: there is nothing left of them.
  func forgetUnfinishedCounts(limit: Int) throws -> Bool
}

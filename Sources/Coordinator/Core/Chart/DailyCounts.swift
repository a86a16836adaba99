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

/// Reading counts of days past, inside one transaction. Whether a query and a grouping are among those that counts are kept by is
/// asked before (`keepsCounts`).
package protocol DailyCountReading {
  /// The newest that were taken by a time.
  func dailyCounts(by time: Timestamp) throws -> DailyCounts?
  /// Endpoints of the chart now, those that are closed among them.
  func countedEndpoints() throws -> Int
  /// Whether counts are kept by this and by all that the query asks.
  func keepsCounts(_ query: ChartQuery, by grouping: ChartGrouping) -> Bool
  func chartCounts(_ query: ChartQuery, by grouping: ChartGrouping, of day: DailyCounts, limit: Int) throws
    -> [ChartCount]
  func serviceCounts(_ query: ChartQuery, of day: DailyCounts) throws -> [ServiceCount]
}

package protocol DailyCountWriting: DailyCountReading {
  /// Takes the counts of now down; where they are those of the newest day, that is what is noted.
  func keepDailyCounts(at time: Timestamp) throws
}

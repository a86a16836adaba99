package import Model
package import Wire

/// What an agent says next of its inside view, by what the coordinator has acknowledged: pure, sends nothing.
package struct InventoryDialogue: Sendable {
  /// So many reports in a row, or reports for so long, build on a whole one; then the next is whole.
  package static let reportsPerFull = 60
  package static let longestWithoutFull = Duration.seconds(3_600)

  private let epoch: String
  private var sequence: Int64 = 0
  /// What the coordinator is known to hold; nil: only a whole report will do.
  private var acknowledged: (sequence: Int64, state: InventoryState)?
  private var reportsSinceFull = 0
  private var fullAt = Duration.zero

  /// What was sent last and is not acknowledged yet.
  private var pending: (report: InventoryReport, state: InventoryState)?

  package init(epoch: String) { self.epoch = epoch }

  /// The next report. `uptime` is the clock that is never set back.
  package mutating func report(
    _ sample: InventorySample, takenAt: Timestamp, ownersVerifiedAt: Timestamp?, uptime: Duration
  ) -> InventoryReport {
    let isFullDue = reportsSinceFull >= Self.reportsPerFull - 1 || uptime - fullAt >= Self.longestWithoutFull
    let state = InventoryState(sample)
    sequence += 1
    var report = InventoryReport(
      epoch: epoch, sequence: sequence, takenAt: takenAt, ownersVerifiedAt: ownersVerifiedAt, addresses: [],
      listeners: [])
    if let acknowledged, !isFullDue {
      let delta = InventoryDelta(from: acknowledged.state, to: state)
      report.addresses = delta.addresses
      report.listeners = delta.listeners
      report.peers = delta.peers
      report.delta = .init(
        baseSequence: acknowledged.sequence, goneAddresses: delta.goneAddresses, goneListeners: delta.goneListeners)
    } else {
      report.addresses = state.sortedAddresses
      report.listeners = state.sortedListeners
      report.peers = state.peers
    }
    pending = (report, state)
    return report
  }

  /// Takes in the answer to the last report; the report to send at once, if the coordinator wants it whole.
  package mutating func received(_ receipt: InventoryReceipt, uptime: Duration) -> InventoryReport? {
    guard let (report, state) = pending else { return nil }
    pending = nil
    if receipt.needsFull == true {
      acknowledged = nil
      // Asking for more than a whole report leads nowhere: the next one comes when it is due.
      guard report.delta != nil else { return nil }
      sequence += 1
      let whole = InventoryReport(
        epoch: epoch, sequence: sequence, takenAt: report.takenAt, ownersVerifiedAt: report.ownersVerifiedAt,
        addresses: state.sortedAddresses, listeners: state.sortedListeners, peers: state.peers)
      pending = (whole, state)
      return whole
    }
    if report.delta == nil {
      reportsSinceFull = 0
      fullAt = uptime
    } else {
      reportsSinceFull += 1
    }
    // A coordinator that does not say whether it needs a whole report knows no other.
    acknowledged = receipt.needsFull == nil ? nil : (report.sequence, state)
    return nil
  }

  /// The coordinator refused the last report as it is; whatever it disliked, the next is whole.
  package mutating func refused() {
    pending = nil
    acknowledged = nil
  }
}

internal import Listing
internal import Model
internal import Report
internal import Wire

/// A scan's receipt as rows: one for each lane and outcome; the counts of a lane add up to its size.
enum CoverageListing {
  static func listing(_ scan: ScanRow) -> Listing {
    Listing(
      columns: [
        .init("lane", title: "LANE", isWideOnly: true), .init("zone", title: "ZONE"),
        .init("outcome", title: "OUTCOME"), .init("endpoints", title: "ENDPOINTS", alignment: .trailing),
        .init("agent", title: "AGENT"), .init("reason", title: "REASON"),
      ],
      rows: (scan.lanes ?? []).flatMap(rows))
  }

  private static func rows(_ lane: LaneRow) -> [[ListingValue]] {
    func row(_ outcome: String, _ count: String, agent: String? = nil, reason: String? = nil) -> [ListingValue] {
      [
        .text(lane.id.description), .text(lane.zone), .text(outcome), Int64(count).map { .integer($0) } ?? .text(count),
        .text(ifPresent: agent), .text(ifPresent: reason),
      ]
    }
    let coverage = lane.coverage
    var rows = [row("probed", coverage.probed)]
    if let skips = coverage.skips {
      rows += skips.map { row("skipped", $0.count, agent: $0.agent, reason: CoverageGaps.reason($0)) }
    } else if coverage.skipped != "0" {
      rows.append(row("skipped", coverage.skipped, reason: "a rule of scope or policy"))
    }
    rows += coverage.failures.map { row("failed", $0.count, agent: $0.agent, reason: $0.reason) }
    let isFailed = !lane.benched.isEmpty
    rows.append(
      row(
        "not reached", coverage.notReached,
        reason: isFailed ? lane.benched.compactMap(\.lastError).first : lane.pendingReason))
    return rows
  }
}

internal import Listing
internal import Model
internal import Report
internal import Wire

/// Scans as rows.
enum ScanListing {
  private static let columns: [ListingColumn] = [
    .init("id", title: "SCAN"), .init("name", title: "NAME", dropPriority: 3), .init("state", title: "STATE"),
    .init("site", title: "SITE", isWideOnly: true), .init("zones", title: "ZONES", dropPriority: 4),
    .init("targets", title: "TARGETS", dropPriority: 2), .init("exclusions", title: "EXCLUDED", isWideOnly: true),
    .init("ports", title: "PORTS", isWideOnly: true), .init("identifies", title: "IDENTIFIES", isWideOnly: true),
    .init("looksUpNames", title: "NAMES", isWideOnly: true),
    .init("size", title: "PROBES", alignment: .trailing), .init("probed", title: "PROBED", alignment: .trailing),
    .init("skipped", title: "SKIPPED", dropPriority: 6, alignment: .trailing),
    .init("failed", title: "FAILED", dropPriority: 5, alignment: .trailing),
    .init("notReached", title: "NOT REACHED", alignment: .trailing),
    .init("open", title: "OPEN", alignment: .trailing),
    .init("submittedBy", title: "BY", isWideOnly: true), .init("createdAt", title: "CREATED", dropPriority: 9),
    .init("startedAt", title: "STARTED", isWideOnly: true), .init("finishedAt", title: "FINISHED", isWideOnly: true),
    .init("resultsPurgedAt", title: "RESULTS PURGED", isWideOnly: true),
    .init("note", title: "NOTE", isWideOnly: true),
  ]

  static func listing(_ scans: [ScanRow]) -> Listing { Listing(columns: columns, rows: scans.map(row)) }

  private static func row(_ scan: ScanRow) -> [ListingValue] {
    [
      .text(scan.id.description), .text(ifPresent: scan.name), .text(scan.state.rawValue), .text(scan.site),
      .list(scan.zones.map { .text($0) }), .text(scan.targets), .text(scan.exclusions), .text(scan.ports),
      .boolean(scan.identifies), scan.looksUpNames.map { .boolean($0) } ?? .absent,
      count(scan.coverage.size), count(scan.coverage.probed), count(scan.coverage.skipped),
      count(scan.coverage.failed), count(scan.coverage.notReached), .integer(Int64(scan.open)),
      .text(scan.submittedBy), .time(scan.createdAt.milliseconds), .time(ifPresent: scan.startedAt),
      .time(ifPresent: scan.finishedAt), .time(ifPresent: scan.resultsPurgedAt), .text(ifPresent: scan.note),
    ]
  }

  /// A number where it fits, text where it is wider than programs' integers.
  private static func count(_ text: String) -> ListingValue { Int64(text).map { .integer($0) } ?? .text(text) }

  /// One scan: for programs the row with its lanes, for people a field a line.
  static func details(_ scan: ScanRow, isForMachines: Bool) -> Listing {
    let lanes = scan.lanes ?? []
    guard isForMachines else {
      var listing = Listing.fields(columns, row(scan))
      if let time = scan.resultsPurgedAt {
        listing.rows.append([
          .text("RESULTS"), .text("purged at \(time): its counts are left, and it can be compared with nothing"),
        ])
      }
      for lane in lanes {
        let reason = lane.pendingReason.map { "; \($0)" } ?? ""
        listing.rows.append([
          .text("LANE \(lane.zone)"),
          .text(
            "\(lane.state.rawValue), \(lane.coverage.probed) of \(lane.coverage.size) probed, \(lane.runningJobs) jobs running, \(lane.waitingJobs) waiting\(reason)"
          ),
        ])
        for job in lane.benched {
          listing.rows.append([.text("BENCHED"), .text("\(job.job): \(job.lastError ?? "failed too often")")])
        }
      }
      for failure in scan.coverage.failures {
        listing.rows.append([
          .text("FAILED"), .text("\(failure.count) endpoints: \(failure.reason) (agent \(failure.agent))"),
        ])
      }
      for skip in scan.coverage.skips ?? [] {
        listing.rows.append([.text("SKIPPED"), .text("\(skip.count) endpoints: \(CoverageGaps.reason(skip))")])
      }
      return listing
    }
    var listing = listing([scan])
    listing.columns.append(.init("lanes", title: "LANES"))
    listing.columns.append(.init("failures", title: "FAILURES"))
    listing.columns.append(.init("skips", title: "SKIPS"))
    listing.rows[0].append(
      .list(
        lanes.map { lane in
          .object([
            "id": .text(lane.id.description), "zone": .text(lane.zone), "state": .text(lane.state.rawValue),
            "size": count(lane.coverage.size), "probed": count(lane.coverage.probed),
            "skipped": count(lane.coverage.skipped), "failed": count(lane.coverage.failed),
            "notReached": count(lane.coverage.notReached), "runningJobs": .integer(Int64(lane.runningJobs)),
            "waitingJobs": .integer(Int64(lane.waitingJobs)),
            "benched": .list(
              lane.benched.map {
                .object(["job": .text($0.job.description), "lastError": .text(ifPresent: $0.lastError)])
              }),
            "pendingReason": .text(ifPresent: lane.pendingReason),
          ])
        }))
    listing.rows[0].append(
      .list(
        scan.coverage.failures.map { failure in
          .object([
            "agent": .text(failure.agent), "reason": .text(failure.reason), "count": count(failure.count),
          ])
        }))
    listing.rows[0].append(
      .list(
        (scan.coverage.skips ?? []).map { skip in
          .object([
            "agent": .text(ifPresent: skip.agent), "rule": .text(ifPresent: skip.rule), "count": count(skip.count),
          ])
        }))
    return listing
  }

  /// The protocols of a canonical port expression, which names each.
  private static func transports(of receipt: SubmissionReceipt) -> [String] {
    [("T:", "tcp"), ("U:", "udp")].filter { receipt.ports.contains($0.0) }.map(\.1)
  }

  /// What a dry run says.
  static func listing(_ receipt: SubmissionReceipt) -> Listing {
    Listing(
      columns: [
        .init("addresses", title: "ADDRESSES", alignment: .trailing),
        .init("portsPerAddress", title: "PORTS EACH", alignment: .trailing),
        .init("ports", title: "PORTS", isWideOnly: true), .init("transports", title: "PROTO"),
        .init("identifies", title: "IDENTIFIES"),
        .init("lanes", title: "LANES"), .init("probes", title: "PROBES", alignment: .trailing),
        .init("secondsExpected", title: "SECONDS EXPECTED", alignment: .trailing),
      ],
      rows: [
        [
          count(receipt.addresses), .integer(Int64(receipt.portsPerAddress)), .text(receipt.ports),
          .list(transports(of: receipt).map { .text($0) }), .boolean(receipt.identifies),
          .list(receipt.lanes.map { .text($0) }),
          count(receipt.probes),
          .integer(ifPresent: receipt.secondsExpected.map { Int64(exactly: $0.rounded(.up)) ?? .max }),
        ]
      ])
  }
}

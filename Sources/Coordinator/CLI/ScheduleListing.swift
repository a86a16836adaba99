internal import Listing
internal import LocalSystem
internal import Model
internal import Wire

enum ScheduleListing {
  static func listing(_ schedules: [ScheduleRow]) -> Listing {
    Listing(
      columns: [
        .init("id", title: "SCHEDULE"), .init("name", title: "NAME"), .init("cron", title: "CRON"),
        .init("timeZone", title: "TIME ZONE"), .init("nextAt", title: "NEXT (UTC)"),
        .init("lastOutcome", title: "LAST"), .init("lastAt", title: "LAST AT", dropPriority: 3),
        .init("targets", title: "TARGETS", dropPriority: 4), .init("site", title: "SITE", dropPriority: 5),
        .init("isPaused", title: "PAUSED", isWideOnly: true), .init("overlap", title: "OVERLAP", isWideOnly: true),
        .init("onBlackout", title: "ON BLACKOUT", isWideOnly: true),
        .init("catchUpSeconds", title: "CATCH-UP", alignment: .trailing, isWideOnly: true),
        .init("jitterSeconds", title: "JITTER", alignment: .trailing, isWideOnly: true),
        .init("delaySeconds", title: "DELAY", alignment: .trailing, isWideOnly: true),
        .init("expiresAt", title: "EXPIRES", isWideOnly: true), .init("note", title: "NOTE", isWideOnly: true),
        .init("lastScan", title: "LAST SCAN", isWideOnly: true),
        .init("lastReason", title: "LAST REASON", isWideOnly: true),
      ],
      rows: schedules.map { row in
        [
          .text(row.id.description), .text(row.name), .text(row.cron), .text(row.timeZone),
          row.nextAt.map { .time($0.milliseconds) } ?? (row.isPaused ? .text("paused") : .absent),
          .text(ifPresent: row.lastRun?.outcome.rawValue), .time(ifPresent: row.lastRun?.slot),
          .text(row.scan.targets.joined(separator: " ")), .text(row.site), .boolean(row.isPaused),
          .text(row.overlap.rawValue), .text(row.onBlackout.rawValue), .integer(Int64(row.catchUpSeconds)),
          .integer(Int64(row.jitterSeconds)), .integer(Int64(row.delaySeconds)), .time(ifPresent: row.expiresAt),
          .text(ifPresent: row.note), .text(ifPresent: row.lastRun?.scan?.description),
          .text(ifPresent: row.lastRun?.reason),
        ]
      })
  }

  static func details(_ row: ScheduleRow) -> Listing {
    var facts: [(String, String?)] = [
      ("SCHEDULE", "\(row.id) \(row.name)"), ("CRON", "\(row.cron) in \(row.timeZone)"),
      ("NEXT", row.isPaused ? "paused" : row.nextAt?.description ?? "never"),
      ("TARGETS", row.scan.targets.joined(separator: " ")), ("PORTS", row.scan.ports ?? "top-1000"),
      ("SITE", row.site), ("OVERLAP", row.overlap.rawValue), ("IN A BLACKOUT", row.onBlackout.rawValue),
      ("CATCH-UP", DurationText.print(.seconds(row.catchUpSeconds))),
    ]
    if row.jitterSeconds > 0 {
      facts.append(
        (
          "JITTER",
          "\(DurationText.print(.seconds(row.jitterSeconds))): it starts \(DurationText.print(.seconds(row.delaySeconds))) later"
        ))
    }
    facts += [
      ("EXPIRES", row.expiresAt?.description), ("NOTE", row.note), ("BY", "\(row.createdBy) at \(row.createdAt)"),
    ]
    if let last = row.lastRun {
      let scan = last.scan.map { " as \($0)" } ?? ""
      facts.append(("LAST", "\(last.outcome.rawValue)\(scan) at \(last.slot)\(last.reason.map { ": \($0)" } ?? "")"))
    }
    return Listing(
      columns: [.init("what", title: "WHAT"), .init("value", title: "VALUE")],
      rows: facts.compactMap { name, value in value.map { [.text(name), .text($0)] } })
  }

  static func listing(_ runs: [ScheduleRunRow]) -> Listing {
    Listing(
      columns: [
        .init("slot", title: "PLANNED (UTC)"), .init("outcome", title: "OUTCOME"), .init("scan", title: "SCAN"),
        .init("reason", title: "REASON"), .init("decidedAt", title: "DECIDED AT", isWideOnly: true),
      ],
      rows: runs.map { run in
        [
          .time(run.slot.milliseconds), .text(run.outcome.rawValue), .text(ifPresent: run.scan?.description),
          .text(ifPresent: run.reason), .time(run.decidedAt.milliseconds),
        ]
      })
  }

  static func listing(_ remarks: [ScheduleRemark]) -> Listing {
    Listing(
      columns: [
        .init("schedule", title: "SCHEDULE"), .init("name", title: "NAME"), .init("message", title: "MESSAGE"),
      ],
      rows: remarks.map { [.text($0.schedule.description), .text($0.name), .text($0.message)] })
  }

  static func listing(_ runs: [ComingRunRow], _ timeZone: String) -> Listing {
    Listing(
      columns: [
        .init("local", title: timeZone.uppercased()), .init("at", title: "UTC"), .init("notes", title: "NOTES"),
      ],
      rows: runs.map { run in
        [
          .text(run.local), .time(run.at.milliseconds),
          run.notes.isEmpty ? .absent : .text(run.notes.joined(separator: "; ")),
        ]
      })
  }

  /// Its next runs, before and after it is saved; machines are given the schedule, or in a dry run the runs.
  static func print(_ receipt: ScheduleReceipt, _ output: OutputOptions) throws {
    for warning in receipt.warnings { StandardStream.error.print("warning: \(warning)") }
    if let row = receipt.schedule {
      if output.isForMachines { return try output.print(listing([row])) }
      StandardStream.error.print("\(row.id) \(row.name)\(row.isPaused ? " is paused" : ""); its next runs:")
    }
    try output.print(listing(receipt.preview, receipt.timeZone))
  }
}

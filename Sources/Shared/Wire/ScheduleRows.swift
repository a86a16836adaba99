package import Model

/// `POST /api/v1/schedules` and `PUT /api/v1/schedules/ID`: a scan that is to be asked for again and again.
package struct ScheduleSubmission: WireRequest, Hashable {
  package var name: String
  /// Five fields, `@daily` and the like, or `every 15m`.
  package var cron: String
  /// An IANA name; absent: UTC.
  package var timeZone: String?
  package var scan: ScanSubmission
  /// Absent: skip.
  package var overlap: ScheduleOverlap?
  /// Absent: wait.
  package var onBlackout: BlackoutManner?
  /// How late the latest missed run may still start; absent: an hour.
  package var catchUpSeconds: Int?
  package var jitterSeconds: Int?
  package var isPaused: Bool?
  package var note: String?
  package var expiresAt: Timestamp?
  /// Check and preview it, and store nothing.
  package var isDryRun: Bool?

  package init(name: String, cron: String, scan: ScanSubmission) {
    self.name = name
    self.cron = cron
    self.scan = scan
  }

  private enum CodingKeys: String, ListedFields {
    case name, cron, timeZone, scan, overlap, onBlackout, catchUpSeconds, jitterSeconds, isPaused, note, expiresAt
    case isDryRun
  }
  package static var fieldNames: Set<String> { CodingKeys.names }
  package static var nestedFields: [String: any WireRequest.Type] { ["scan": ScanSubmission.self] }
}

package struct ScheduleRow: Codable, Sendable, Hashable {
  package var id: ScheduleID
  package var name: String
  package var cron: String
  package var timeZone: String
  package var site: String
  package var scan: ScanSubmission
  package var overlap: ScheduleOverlap
  package var onBlackout: BlackoutManner
  package var catchUpSeconds: Int
  package var jitterSeconds: Int
  /// By how much its runs are put off.
  package var delaySeconds: Int
  package var isPaused: Bool
  package var note: String?
  package var expiresAt: Timestamp?
  package var createdBy: String
  package var createdAt: Timestamp
  /// When the next run may start; absent: never, or it is paused.
  package var nextAt: Timestamp?
  package var lastRun: ScheduleRunRow?

  package init(
    id: ScheduleID, name: String, cron: String, timeZone: String, site: String, scan: ScanSubmission,
    overlap: ScheduleOverlap, onBlackout: BlackoutManner, catchUpSeconds: Int, jitterSeconds: Int, delaySeconds: Int,
    isPaused: Bool, note: String?, expiresAt: Timestamp?, createdBy: String, createdAt: Timestamp, nextAt: Timestamp?,
    lastRun: ScheduleRunRow?
  ) {
    self.id = id
    self.name = name
    self.cron = cron
    self.timeZone = timeZone
    self.site = site
    self.scan = scan
    self.overlap = overlap
    self.onBlackout = onBlackout
    self.catchUpSeconds = catchUpSeconds
    self.jitterSeconds = jitterSeconds
    self.delaySeconds = delaySeconds
    self.isPaused = isPaused
    self.note = note
    self.expiresAt = expiresAt
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.nextAt = nextAt
    self.lastRun = lastRun
  }
}

/// One planned run and what became of it.
package struct ScheduleRunRow: Codable, Sendable, Hashable {
  package var slot: Timestamp
  package var outcome: SlotOutcome
  package var scan: ScanID?
  package var reason: String?
  package var decidedAt: Timestamp

  package init(slot: Timestamp, outcome: SlotOutcome, scan: ScanID?, reason: String?, decidedAt: Timestamp) {
    self.slot = slot
    self.outcome = outcome
    self.scan = scan
    self.reason = reason
    self.decidedAt = decidedAt
  }
}

/// One coming run.
package struct ComingRunRow: Codable, Sendable, Hashable {
  package var at: Timestamp
  /// By the schedule's clock, RFC 3339.
  package var local: String
  /// What the clock and blackouts do to it.
  package var notes: [String]

  package init(at: Timestamp, local: String, notes: [String]) {
    self.at = at
    self.local = local
    self.notes = notes
  }
}

/// The answer to adding or changing a schedule.
package struct ScheduleReceipt: Codable, Sendable, Hashable {
  /// Absent after a dry run.
  package var schedule: ScheduleRow?
  package var timeZone: String
  package var preview: [ComingRunRow]
  package var warnings: [String]

  package init(schedule: ScheduleRow?, timeZone: String, preview: [ComingRunRow], warnings: [String]) {
    self.schedule = schedule
    self.timeZone = timeZone
    self.preview = preview
    self.warnings = warnings
  }
}

/// `POST /api/v1/schedules/ID/run`: nothing, or the time that somebody wants it for.
package struct ScheduleRunRequest: WireRequest, Hashable {
  package var at: Timestamp?

  package init(at: Timestamp? = nil) { self.at = at }

  private enum CodingKeys: String, ListedFields { case at }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

/// Something that `schedules lint` says.
package struct ScheduleRemark: Codable, Sendable, Hashable {
  package var schedule: ScheduleID
  package var name: String
  package var message: String

  package init(schedule: ScheduleID, name: String, message: String) {
    self.schedule = schedule
    self.name = name
    self.message = message
  }
}

extension ScheduleSubmission {
  /// What would have to be said to have this schedule.
  package init(_ row: ScheduleRow) {
    self.init(name: row.name, cron: row.cron, scan: row.scan)
    timeZone = row.timeZone
    scan.site = row.site
    overlap = row.overlap
    onBlackout = row.onBlackout
    catchUpSeconds = row.catchUpSeconds
    jitterSeconds = row.jitterSeconds
    isPaused = row.isPaused
    note = row.note
    expiresAt = row.expiresAt
  }
}

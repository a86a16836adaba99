package import Model

/// A scan that is asked for again and again.
package struct ScheduleRecord: Hashable, Sendable {
  package var id: ScheduleID
  package var name: String
  package var site: SiteID
  /// As typed: a cron expression or `every 15m`.
  package var expression: String
  /// An IANA name.
  package var timeZone: String
  /// What is to be scanned: JSON that the services write and read.
  package var request: String
  package var policy: SchedulePolicy
  package var isPaused: Bool
  package var note: String?
  /// No run is due from then on.
  package var expiresAt: Timestamp?
  package var createdBy: String
  package var createdAt: Timestamp
  /// Grows with each change by a person.
  package var revision: Int64
  /// Every slot up to here is decided.
  package var cursor: Timestamp
  /// When it is to be looked at next; nil: nothing will be due.
  package var nextLook: Timestamp?
  /// The scan that it asked for last.
  package var lastScan: ScanID?

  package init(
    id: ScheduleID, name: String, site: SiteID, expression: String, timeZone: String, request: String,
    policy: SchedulePolicy, isPaused: Bool, note: String?, expiresAt: Timestamp?, createdBy: String,
    createdAt: Timestamp, revision: Int64, cursor: Timestamp, nextLook: Timestamp?, lastScan: ScanID?
  ) {
    self.id = id
    self.name = name
    self.site = site
    self.expression = expression
    self.timeZone = timeZone
    self.request = request
    self.policy = policy
    self.isPaused = isPaused
    self.note = note
    self.expiresAt = expiresAt
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.revision = revision
    self.cursor = cursor
    self.nextLook = nextLook
    self.lastScan = lastScan
  }

  /// By how much its runs are put off: the same for every run of a schedule, spread evenly over schedules (as systemd's
  /// FixedRandomDelay, systemd.timer(5)). Whole seconds.
  package var delay: Duration {
    let seconds = policy.jitter.components.seconds
    guard seconds > 0 else { return .zero }
    // SplitMix64's finaliser: neighbouring ids lie far apart.
    var mixed = UInt64(bitPattern: id.rawValue) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return .seconds(Int64((mixed ^ mixed >> 31) % UInt64(seconds + 1)))
  }
}

/// How a schedule deals with what comes in its way.
package struct SchedulePolicy: Hashable, Sendable {
  package var overlap: ScheduleOverlap
  package var onBlackout: BlackoutManner
  /// How late the latest missed run may still start; zero: not at all.
  package var catchUp: Duration
  /// Runs are put off by a part of this, the same for all of a schedule.
  package var jitter: Duration

  package init(
    overlap: ScheduleOverlap = .skip, onBlackout: BlackoutManner = .wait, catchUp: Duration = .seconds(3_600),
    jitter: Duration = .zero
  ) {
    self.overlap = overlap
    self.onBlackout = onBlackout
    self.catchUp = catchUp
    self.jitter = jitter
  }
}

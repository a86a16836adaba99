internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// What ended scans hold beside their own rows.
///
/// A job's row stays: endpoints, views and runs name the job that saw them by a key that no index has, so that SQLite would look
/// through all of them for each job that is deleted (sqlite.org/foreignkeys.html, 3).
extension SQLiteSession {
  /// Statements that delete what a job has, so many rows at most; what refers to another comes before it.
  private static let work: [(kind: PurgedKind, sql: String)] = [
    (
      .chunks,
      """
      DELETE FROM chunk WHERE (job_id, epoch, number) IN (
        SELECT job_id, epoch, number FROM chunk WHERE job_id = ? LIMIT ?)
      """
    ),
    (.coverage, "DELETE FROM coverage WHERE id IN (SELECT id FROM coverage WHERE job_id = ? LIMIT ?)"),
    (
      .coverage,
      """
      DELETE FROM job_rectangle WHERE (job_id, number) IN (SELECT job_id, number FROM job_rectangle WHERE job_id = ? LIMIT ?)
      """
    ),
    (
      .leases,
      "DELETE FROM lease WHERE (job_id, epoch) IN (SELECT job_id, epoch FROM lease WHERE job_id = ? LIMIT ?)"
    ),
  ]

  func beginPurgingScans(endedBefore time: Timestamp, at now: Timestamp, limit: Int) throws -> Int {
    try execute(
      """
      UPDATE scan SET purged_at = ?, is_purging = 1 WHERE id IN (
        SELECT id FROM scan AS old WHERE finished_at IS NOT NULL AND purged_at IS NULL AND finished_at < ?
          AND (schedule_id IS NULL OR EXISTS (
            SELECT 1 FROM scan AS later WHERE later.schedule_id = old.schedule_id AND later.id > old.id
              AND later.finished_at IS NOT NULL AND later.state != '\(ScanState.cancelled.rawValue)'))
        LIMIT ?)
      """, [now.milliseconds, time.milliseconds, limit])
    return database.changesCount
  }

  func scansBeingPurged() throws -> [ScanID] {
    try rows("SELECT id FROM scan WHERE is_purging = 1 ORDER BY id").map { $0.identifier("id") }
  }

  func purgeWork(of lane: LaneID, after: JobID, limit: Int) throws -> (rows: PurgedRows, next: JobID?) {
    let jobs: [JobID] = try rows(
      "SELECT id FROM job WHERE lane_id = ? AND id > ? ORDER BY id LIMIT ?", [lane.rawValue, after.rawValue, limit]
    ).map { $0.identifier("id") }
    var (gone, left, last) = (PurgedRows(), limit, after)
    for job in jobs {
      for (kind, sql) in Self.work {
        try execute(sql, [job.rawValue, left])
        gone[kind, default: 0] += database.changesCount
        left -= database.changesCount
        // The same job again: it may have more.
        if left <= 0 { return (gone, last) }
      }
      last = job
    }
    return (gone, jobs.count < limit ? nil : last)
  }

  func statesToPurge(
    after: StateRangePlace?, looking limit: Int
  ) throws -> (places: [StateRangePlace], next: StateRangePlace?) {
    var arguments = StoredArguments(capacity: 7)
    if let after {
      append(after, to: &arguments)
    } else {
      // Before every key.
      for value in [Int64.min, .min, .min, .min, .min, .min] { arguments.append(value) }
    }
    arguments.append(Int64(limit))
    var places: [StateRangePlace] = []
    var (last, isLastGone, count): (StateRangePlace?, Bool, Int) = (nil, false, 0)
    try eachRow(
      often: """
        SELECT site_id, scope, address, transport, lane_id, zone_id, lane_id IN (
          SELECT lane.id FROM scan JOIN lane ON lane.scan_id = scan.id WHERE scan.is_purging = 1)
        FROM state_range WHERE (site_id, scope, address, transport, lane_id, zone_id) > (?, ?, ?, ?, ?, ?)
        ORDER BY site_id, scope, address, transport, lane_id, zone_id LIMIT ?
        """, arguments
    ) { running in
      count += 1
      let place = try stateRangePlace(running)
      isLastGone = running.integer(at: 6) == 1
      if isLastGone, place != last { places.append(place) }
      last = place
    }
    return (places, count < limit ? nil : last)
  }

  private func stateRangePlace(_ running: RunningStatement) throws -> StateRangePlace {
    guard let site = running.integer(at: 0), let scope = running.text(at: 1), let address = running.address(at: 2),
      let transport = TransportProtocol(number: running.integer(at: 3)),
      let lane = running.integer(at: 4), let zone = running.integer(at: 5)
    else { throw StoreError(.failed, "the database holds an unreadable run of ports") }
    return StateRangePlace(
      host: ChartHost(site: SiteID(site), scope: HostScope(rawValue: scope), address: address), transport: transport,
      lane: LaneID(lane), zone: ZoneID(zone))
  }

  private func append(_ place: StateRangePlace, to arguments: inout StoredArguments) {
    append(place.host, place.transport, to: &arguments)
    arguments.append(place.lane)
    arguments.append(place.zone)
  }

  func purgeStates(at places: ArraySlice<StateRangePlace>, limit: Int) throws -> (rows: Int, done: Int) {
    var (gone, done) = (0, 0)
    for place in places {
      var arguments = StoredArguments(capacity: 13)
      append(place, to: &arguments)
      append(place, to: &arguments)
      arguments.append(Int64(limit - gone))
      try execute(
        often: """
          DELETE FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ? AND lane_id = ?
            AND zone_id = ? AND first_port IN (
              SELECT first_port FROM state_range WHERE site_id = ? AND scope = ? AND address = ? AND transport = ?
                AND lane_id = ? AND zone_id = ? LIMIT ?)
          """, arguments)
      gone += database.changesCount
      if gone >= limit { break }
      done += 1
    }
    return (gone, done)
  }

  func endPurging(_ scans: [ScanID]) throws {
    for scan in scans { try execute("UPDATE scan SET is_purging = 0 WHERE id = ?", [scan.rawValue]) }
  }
}

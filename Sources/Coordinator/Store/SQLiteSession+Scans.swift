internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension SQLiteSession {
  func scans(before: ScanID?, limit: Int) throws -> [ScanRecord] {
    try rows(
      "SELECT * FROM scan WHERE id < ? ORDER BY id DESC LIMIT ?", [before?.rawValue ?? Int64.max, limit]
    ).map(scanRecord)
  }

  func scan(_ id: ScanID) throws -> ScanRecord? {
    try row("SELECT * FROM scan WHERE id = ?", [id.rawValue]).map(scanRecord)
  }

  func scansWithDeadline() throws -> [ScanRecord] {
    try rows("SELECT * FROM scan WHERE state = 'running' AND maximum_milliseconds IS NOT NULL").map(scanRecord)
  }

  private func scanRecord(_ row: StoredRow) throws -> ScanRecord {
    let request = ScanRequest(
      targets: row["targets"], exclusions: row["exclusions"], space: row["space"], ports: row["ports"],
      hostCount: row.wide("host_count"), portCount: row["port_count"],
      identifies: row["identifies"], timing: row["timing"], rate: row["rate"],
      ratePerAgent: row["rate_per_agent"], ratePerHost: row["rate_per_host"], priority: row["priority"],
      maximumJobs: row["maximum_jobs"],
      placement: ScanPlacement(
        agents: try row.identifiers("agents"), tags: try row.words("tags"),
        needs: Set((row["needs"] as String) == "[]" ? [] : try row.json("needs", as: [AgentCapability].self))),
      ignoresBlackouts: row["ignores_blackouts"],
      maximumDuration: (row["maximum_milliseconds"] as Int64?).map { .milliseconds($0) }, name: row["name"],
      note: row["note"])
    return ScanRecord(
      id: row.identifier("id"), site: row.identifier("site_id"), state: try row.word("state"), request: request,
      submittedBy: row["submitted_by"], createdAt: row.time("created_at"), startedAt: row.optionalTime("started_at"),
      finishedAt: row.optionalTime("finished_at"), purgedAt: row.optionalTime("purged_at"))
  }

  func jobCounts() throws -> [JobRecord.State: Int] {
    try Dictionary(
      rows("SELECT state, count(*) AS number FROM job WHERE state NOT IN ('done', 'cancelled') GROUP BY state").map {
        (try $0.word("state"), $0["number"])
      }
    ) { first, _ in first }
  }

  func scanCounts() throws -> [ScanState: Int] {
    try Dictionary(
      rows("SELECT state, count(*) AS number FROM scan GROUP BY state").map { (try $0.word("state"), $0["number"]) }
    ) { first, _ in first }
  }

  func oldestQueuedScan() throws -> Timestamp? {
    try row("SELECT created_at FROM scan WHERE state = 'queued' ORDER BY id LIMIT 1")?.time("created_at")
  }

  func openCount(of scan: ScanID) throws -> Int {
    try number("SELECT coalesce(sum(open), 0) FROM lane WHERE scan_id = ?", [scan.rawValue])
  }

  func addOpen(_ count: Int, to lane: LaneID) throws {
    try execute("UPDATE lane SET open = open + ? WHERE id = ?", [count, lane.rawValue])
  }

  func insertScan(_ request: ScanRequest, site: SiteID, submittedBy: String, at time: Timestamp) throws -> ScanID {
    ScanID(
      try insert(
        """
        INSERT INTO scan(site_id, state, targets, exclusions, space, ports, host_count, port_count, timing, rate,
          rate_per_agent, rate_per_host, priority, maximum_jobs, agents, tags, needs, maximum_milliseconds, name, note,
          submitted_by, created_at, identifies, ignores_blackouts)
        VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          site.rawValue, request.targets, request.exclusions, request.space, request.ports, request.hostCount.blob,
          request.portCount, request.timing, request.rate, request.ratePerAgent, request.ratePerHost, request.priority,
          request.maximumJobs, try jsonText(request.placement.agents.map(\.rawValue)),
          try jsonText(request.placement.tags),
          try jsonText(request.placement.needs.map(\.rawValue).sorted()), request.maximumDuration?.wholeMilliseconds,
          request.name, request.note,
          submittedBy, time.milliseconds, request.identifies, request.ignoresBlackouts,
        ]))
  }

  func setState(_ state: ScanState, of scan: ScanID, at time: Timestamp) throws {
    try execute(
      """
      UPDATE scan SET state = ?1,
        started_at = CASE WHEN ?1 = 'running' THEN coalesce(started_at, ?2) ELSE started_at END,
        finished_at = CASE WHEN ?1 IN ('done', 'cancelled', 'incomplete') THEN ?2 END
      WHERE id = ?3
      """, [state.rawValue, time.milliseconds, scan.rawValue])
  }

  func insertLane(scan: ScanID, zone: ZoneID?, seed: UInt64) throws -> LaneID {
    let zero = UInt128(0).blob
    return LaneID(
      try insert(
        """
        INSERT INTO lane(scan_id, site_id, zone_id, state, priority, seed, pass, cursor_position, cursor_port, probed,
          skipped, failed)
        SELECT scan.id, site_id, ?2, 'queued', priority, ?3,
          (SELECT coalesce(max(turn), 0) FROM zone WHERE zone.site_id = scan.site_id AND (?2 IS NULL OR zone.id = ?2)),
          ?4, 0, ?4, ?4, ?4
        FROM scan WHERE scan.id = ?1
        """, [scan.rawValue, zone?.rawValue, Int64(bitPattern: seed), zero]))
  }

  func lanes(of scan: ScanID) throws -> [LaneRecord] {
    try rows("SELECT * FROM lane WHERE scan_id = ? ORDER BY id", [scan.rawValue]).map(laneRecord)
  }

  func lane(_ id: LaneID) throws -> LaneRecord? {
    try row("SELECT * FROM lane WHERE id = ?", [id.rawValue]).map(laneRecord)
  }

  func openLanes(site: SiteID, zone: ZoneID, after: LanePosition?, limit: Int) throws -> [LaneRecord] {
    try rows(
      """
      SELECT * FROM lane WHERE site_id = ? AND state IN ('queued', 'running') AND (zone_id IS NULL OR zone_id = ?)
        AND (pass, id) > (?, ?)
      ORDER BY pass, id LIMIT ?
      """, [site.rawValue, zone.rawValue, after?.pass ?? -1, after?.lane.rawValue ?? 0, limit]
    ).map(laneRecord)
  }

  func turn(of zone: ZoneID) throws -> Double {
    try row("SELECT turn FROM zone WHERE id = ?", [zone.rawValue])?["turn"] ?? 0
  }

  func setTurn(_ turn: Double, of zone: ZoneID) throws {
    try execute("UPDATE zone SET turn = ? WHERE id = ?", [turn, zone.rawValue])
  }

  func setPass(_ pass: Double, of lane: LaneID) throws {
    try execute("UPDATE lane SET pass = ? WHERE id = ?", [pass, lane.rawValue])
  }

  private func laneRecord(_ row: StoredRow) throws -> LaneRecord {
    LaneRecord(
      id: row.identifier("id"), scan: row.identifier("scan_id"), zone: row.optionalIdentifier("zone_id"),
      state: try row.word("state"), seed: UInt64(bitPattern: row["seed"]),
      cursor: .init(position: row.wide("cursor_position"), port: row["cursor_port"]), pass: row["pass"],
      coverage: LaneCoverage(probed: row.wide("probed"), skipped: row.wide("skipped"), failed: row.wide("failed")))
  }

  func setState(_ state: ScanState, of lane: LaneID) throws {
    try execute("UPDATE lane SET state = ? WHERE id = ?", [state.rawValue, lane.rawValue])
  }

  func setCursor(_ cursor: LaneCutter.Cursor, of lane: LaneID) throws {
    try execute(
      "UPDATE lane SET cursor_position = ?, cursor_port = ? WHERE id = ?",
      [cursor.position.blob, cursor.port, lane.rawValue])
  }

  func addCoverage(_ coverage: LaneCoverage, failures: [LaneFailure], skips: [LaneSkip], to lane: LaneID) throws {
    guard let current = try self.lane(lane)?.coverage else { return }
    let sum = current + coverage
    try execute(
      "UPDATE lane SET probed = ?, skipped = ?, failed = ? WHERE id = ?",
      [sum.probed.blob, sum.skipped.blob, sum.failed.blob, lane.rawValue])
    for failure in failures {
      let before =
        try row(
          "SELECT count FROM lane_failure WHERE lane_id = ? AND agent_id = ? AND reason = ?",
          [lane.rawValue, failure.agent.rawValue, failure.reason.rawValue])?.wide("count") ?? 0
      try execute(
        "INSERT OR REPLACE INTO lane_failure(lane_id, agent_id, reason, count) VALUES (?, ?, ?, ?)",
        [lane.rawValue, failure.agent.rawValue, failure.reason.rawValue, (before + failure.count).blob])
    }
    for skip in skips {
      let key = skip.cause.columns
      let before =
        try row(
          "SELECT count FROM lane_skip WHERE lane_id = ? AND agent_id = ? AND rule = ?",
          [lane.rawValue, key.agent, key.rule])?.wide("count") ?? 0
      try execute(
        "INSERT OR REPLACE INTO lane_skip(lane_id, agent_id, rule, count) VALUES (?, ?, ?, ?)",
        [lane.rawValue, key.agent, key.rule, (before + skip.count).blob])
    }
  }

  func skips(of lane: LaneID) throws -> [LaneSkip] {
    try rows("SELECT * FROM lane_skip WHERE lane_id = ? ORDER BY count DESC, agent_id, rule", [lane.rawValue]).map {
      let agent: Int64 = $0["agent_id"]
      let rule: String = $0["rule"]
      return LaneSkip(
        cause: agent != 0 ? .policy(AgentID(agent)) : rule.isEmpty ? .noRule : .rule(rule), count: $0.wide("count"))
    }
  }

  func failures(of lane: LaneID) throws -> [LaneFailure] {
    try rows("SELECT * FROM lane_failure WHERE lane_id = ? ORDER BY agent_id, reason", [lane.rawValue]).map {
      LaneFailure(agent: $0.identifier("agent_id"), reason: try $0.word("reason"), count: $0.wide("count"))
    }
  }
}

extension LaneSkip.Cause {
  /// The columns of `lane_skip`: 0 for no agent, no text for no rule; rules have names.
  fileprivate var columns: (agent: Int64, rule: String) {
    switch self {
    case .rule(let name): (0, name)
    case .noRule: (0, "")
    case .policy(let agent): (agent.rawValue, "")
    }
  }
}

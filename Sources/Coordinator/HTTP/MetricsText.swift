internal import CoordinatorCore
internal import CoordinatorServices
internal import Model

/// Figures in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4).
struct MetricsText {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private(set) var text = ""

  init(_ figures: QueueFigures, _ measured: Measurements, version: String) {
    gauge("periplus_build_info", "The version that runs.", [([("version", version)], 1)])
    gauge(
      "periplus_jobs", "Jobs that are not done, by state.",
      [.pending, .leased, .benched].map { state in
        ([("state", state.rawValue)], Double(figures.jobs[state] ?? 0))
      })
    gauge(
      "periplus_scans", "Scans, by state.",
      ScanState.allCases.map { ([("state", $0.rawValue)], Double(figures.scans[$0] ?? 0)) })
    gauge(
      "periplus_oldest_queued_scan_seconds",
      "Age of the scan that has waited longest for its first job; 0: none waits.",
      [([], figures.oldestQueuedScan.map(Self.seconds) ?? 0)])
    gauge(
      "periplus_lease_overdue_seconds", "How long the running lease that ends first is overdue; 0: none is.",
      [([], max(0, figures.latestLease.map(Self.seconds) ?? 0))])
    gauge(
      "periplus_agents", "Enrolled agents, by presence.",
      figures.agents.map { ([("presence", $0.presence)], Double($0.count)) })
    gauge(
      "periplus_commit_queue_changes", "Changes that wait for a transaction.", [([], Double(figures.waitingChanges))])
    gauge(
      "periplus_waiting_agents", "Requests for work that are held open.", [([], Double(figures.waitingAgents))])
    gauge("periplus_database_bytes", "Size of the database's file.", [([], Double(figures.space.total))])
    gauge(
      "periplus_database_free_bytes", "What of the file is free for what comes.", [([], Double(figures.space.free))])
    gauge(
      "periplus_history_since_timestamp_seconds", "When the history that is kept begins; none: nothing was purged.",
      figures.historySince.map { [([], Self.seconds($0))] } ?? [])
    gauge(
      "periplus_last_purge_rows", "Rows that the last purge which found any deleted, by kind.",
      figures.purges.map { ([("kind", $0.kind.rawValue)], Double($0.rows)) })
    gauge(
      "periplus_last_purge_timestamp_seconds", "When that purge began, by kind.",
      figures.purges.map { ([("kind", $0.kind.rawValue)], Self.seconds($0.at)) })
    counter("periplus_leases_granted_total", "Leases granted.", measured.leasesGranted)
    counter("periplus_leases_expired_total", "Leases that ran out.", measured.leasesExpired)
    counter("periplus_chunks_counted_total", "Chunks of results that were counted.", measured.chunksCounted)
    counter("periplus_chunks_late_total", "Chunks of results under a lost lease.", measured.chunksLate)
    counter("periplus_sightings_total", "Open endpoints in chunks.", measured.sightings)
    counter("periplus_state_ranges_total", "Ranges of ports in another state in chunks.", measured.ranges)
    counter("periplus_requests_turned_away_total", "Requests answered 429 or 503 for load.", measured.turnedAway)
    histogram("periplus_commit_changes", "Changes in one transaction.", measured.commitSize)
    histogram("periplus_commit_seconds", "Time of one transaction until it is durable.", measured.commitSeconds)
    histogram(
      "periplus_schedule_look_seconds", "Time of one look at the schedules that are due.", measured.scheduleLook)
    histogram(
      "periplus_lease_left_seconds", "Seconds that were left of a lease when it was renewed.", measured.renewalLag)
  }

  private static func seconds(_ duration: Duration) -> Double { Double(duration.wholeMilliseconds) / 1_000 }

  private static func seconds(_ time: Timestamp) -> Double { Double(time.milliseconds) / 1_000 }

  private mutating func head(_ name: String, _ help: String, _ type: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func gauge(
    _ name: String, _ help: String, _ samples: [(labels: [(name: String, value: String)], value: Double)]
  ) {
    head(name, help, "gauge")
    for sample in samples {
      let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
      text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)\n"
    }
  }

  /// A label's value: backslash, quote and line feed are escaped.
  private static func escaped(_ value: String) -> String {
    value.map { $0 == "\\" ? "\\\\" : $0 == "\"" ? "\\\"" : $0 == "\n" ? "\\n" : String($0) }.joined()
  }

  private mutating func counter(_ name: String, _ help: String, _ counter: Measurements.Counter) {
    head(name, help, "counter")
    text += "\(name) \(counter.value)\n"
  }

  private mutating func histogram(_ name: String, _ help: String, _ histogram: Measurements.Histogram) {
    head(name, help, "histogram")
    let reading = histogram.reading
    for bucket in reading.buckets { text += "\(name)_bucket{le=\"\(bucket.bound)\"} \(bucket.count)\n" }
    text += "\(name)_bucket{le=\"+Inf\"} \(reading.count)\n\(name)_sum \(reading.sum)\n\(name)_count \(reading.count)\n"
  }
}

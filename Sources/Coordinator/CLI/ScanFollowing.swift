package import Curl
internal import LocalSystem
package import Model
package import Wire

/// Asks for scans, once or until they are over.
package enum ScanFollowing {
  /// Reads an id, or `last`: the newest scan.
  static func id(_ text: String, _ client: CoordinatorClient) async throws -> ScanID {
    guard text == "last" else { return try IdentifierArgument.read(text) }
    let newest: [ScanRow] = try await PageReading.rows(client, "/scans", limit: 1)
    guard let scan = newest.first else { throw CommandFailure("there is no scan yet") }
    return scan.id
  }

  static func scan(_ id: ScanID, _ client: CoordinatorClient) async throws -> ScanRow {
    try await client.get(OperatorAPI.basePath + "/scans/\(id.rawValue)")
  }

  /// Asks twice a second until the scan is over. Throws a `CommandFailure` with `timedOut` after `timeout`.
  package static func follow(
    _ id: ScanID, _ client: CoordinatorClient, showsProgress: Bool, timeout: Duration?
  ) async throws -> ScanRow {
    let start = ContinuousClock.now
    let isShowing = showsProgress && StandardStream.error.isTerminal
    while true {
      let row = try await scan(id, client)
      if isShowing { StandardStream.error.write("\r\u{1B}[K" + progress(row)) }
      if row.state.isOver {
        if isShowing { StandardStream.error.write("\n") }
        return row
      }
      if let timeout, ContinuousClock.now - start > timeout {
        throw CommandFailure("\(id) is still \(row.state.rawValue); it goes on", status: .timedOut)
      }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  static func progress(_ row: ScanRow) -> String {
    let size = Double(row.coverage.size) ?? 0
    let reached = size - (Double(row.coverage.notReached) ?? 0)
    let percent = size > 0 ? Int(reached / size * 100) : 0
    let reason = row.lanes?.compactMap(\.pendingReason).first.map { ", \($0)" } ?? ""
    return "\(row.id) \(row.state.rawValue) \(percent)% of \(row.coverage.size) probes, \(row.open) open\(reason)"
  }

  /// A waited scan that ended without having looked at everything is not a success.
  static func demandComplete(_ row: ScanRow) throws {
    switch row.state {
    case .incomplete, .cancelled: throw CommandFailure("\(row.id) ended \(row.state.rawValue)", status: .incomplete)
    case .done where row.coverage.failed != "0":
      throw CommandFailure("\(row.id): \(row.coverage.failed) endpoints could not be looked at", status: .incomplete)
    default: break
    }
  }

  /// Asks for a change of a scan by its verb, and says what it is now.
  static func change(_ scan: String, _ verb: String, _ connection: ConnectionOptions) async throws {
    let client = try connection.client()
    let id = try await id(scan, client)
    let row: ScanRow = try await client.post(OperatorAPI.basePath + "/scans/\(id.rawValue)/\(verb)")
    StandardStream.error.print("\(row.id) is \(row.state.rawValue)")
  }
}

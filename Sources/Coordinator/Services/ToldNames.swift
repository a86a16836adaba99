internal import CoordinatorCore
internal import Model

/// What name servers call hosts, read once for each host: lists come host by host.
struct ToldNames {
  private let session: any ReadSession
  private let time: Timestamp?
  private var latest: (host: ChartHost, names: [String])?

  /// `time`: as agents had been told by then; nil: now.
  init(_ session: any ReadSession, asOf time: Timestamp?) {
    self.session = session
    self.time = time
  }

  /// In the order of zones, each once.
  mutating func names(of host: ChartHost) throws -> [String] {
    if let latest, latest.host == host { return latest.names }
    let names = try session.toldNames(of: host, asOf: time)
    latest = (host, names)
    return names
  }

  mutating func fill(_ rows: inout [ChartRow]) throws {
    // Where nobody looks up names there is none, of any host.
    guard try session.hasToldNames() else { return }
    for index in rows.indices { rows[index].names = try names(of: rows[index].host) }
  }

  mutating func filled(_ row: ChartRow) throws -> ChartRow {
    var row = row
    row.names = try names(of: row.host)
    return row
  }
}

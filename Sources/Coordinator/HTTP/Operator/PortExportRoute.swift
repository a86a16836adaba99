internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Listing
internal import Model
internal import NIOCore
internal import Report
internal import ServiceLifecycle
internal import Wire

/// `GET /api/v1/ports/export`: every row that fits, in one answer that is written as it is read. While a page of rows is written the
/// next one is read, and no more are held. Each page is a read of its own, so that a slow reader holds no transaction.
///
/// A failure on the way ends the connection before the answer's end, which HTTP tells from an answer that is whole (RFC 9112, 8).
struct PortExportRoute: Sendable {
  let chart: ChartService
  private let running: RunningExports

  init(chart: ChartService, running: RunningExports = RunningExports()) {
    self.chart = chart
    self.running = running
  }

  /// Rows that are read at once.
  private static let pageRows = 2_000

  private static let contentTypes: [PortExport.Format: String] = [
    .json: "application/json", .ndjson: "application/x-ndjson", .csv: "text/csv", .nmap: "application/xml",
  ]

  private struct Piece: Sendable {
    var rows: [PortRow]
    var next: ChartPosition?
  }

  /// Throws a `Refusal` for a parameter that cannot be used, before anything is answered.
  func answer(_ request: Request, _ context: APIContext, _ query: ChartQuery) async throws -> Response {
    let format = try format(request)
    let limit = try limit(request)
    let columns = RequestParameters.text("columns", request)?.split(separator: ",").map(String.init)
    if columns?.isEmpty ?? false { throw Refusal(.invalidValue, "the keys of columns are expected", at: "columns") }
    var export: PortExport
    do {
      export = try PortExport(
        format, columns: columns,
        showsHeaders: try !RequestParameters.flag("noHeaders", request), version: ProgramVersion.text,
        command: "periplus ports \(RequestParameters.text("query", request) ?? "")", at: chart.now)
    } catch let error as ListingError {
      throw Refusal(.invalidValue, error.description, at: "columns")
    }
    let place = try running.begin()
    let first = try await piece(of: query, after: nil, limit)
    var bytes: [UInt8] = []
    export.begin(&bytes)
    let (begun, beginning) = (export, bytes)
    return Response(
      status: .ok, headers: [.contentType: Self.contentTypes[format] ?? ""],
      body: ResponseBody { writer in
        defer { withExtendedLifetime(place) {} }
        // A reader that has stopped reading does not hold up the coordinator's end.
        try await withGracefulShutdownHandler {
          try await write(begun, beginning, first, query, limit, &writer)
        } onGracefulShutdown: {
          context.closeConnection()
        }
      })
  }

  private func write(
    _ begun: PortExport, _ beginning: [UInt8], _ first: Piece, _ query: ChartQuery, _ limit: Int,
    _ writer: inout any ResponseBodyWriter
  ) async throws {
    var (export, bytes, piece) = (begun, beginning, first)
    var left = limit - first.rows.count
    while let next = piece.next, case let wanted = left, wanted > 0 {
      async let following = self.piece(of: query, after: next, wanted)
      export.add(piece.rows, to: &bytes)
      try await writer.write(ByteBuffer(bytes: bytes))
      bytes.removeAll(keepingCapacity: true)
      piece = try await following
      left -= piece.rows.count
    }
    export.add(piece.rows, to: &bytes)
    export.end(&bytes, at: chart.now)
    try await writer.write(ByteBuffer(bytes: bytes))
    try await writer.finish(nil)
  }

  private func piece(of query: ChartQuery, after: ChartPosition?, _ limit: Int) async throws -> Piece {
    let (found, next, places) = try await chart.ports(query, after: after, limit: min(limit, Self.pageRows))
    return Piece(rows: found.map { PortRow($0, places, serviceName: chart.serviceName) }, next: next)
  }

  private func format(_ request: Request) throws -> PortExport.Format {
    let text = RequestParameters.text("format", request) ?? PortExport.Format.ndjson.rawValue
    guard let format = PortExport.Format(rawValue: text) else {
      let known = PortExport.Format.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.invalidValue, "\"\(text)\" is not one of \(known)", at: "format")
    }
    return format
  }

  /// All rows unless asked otherwise.
  private func limit(_ request: Request) throws -> Int {
    guard let text = RequestParameters.text("limit", request) else { return .max }
    guard let limit = Int(text), limit > 0 else {
      throw Refusal(.invalidValue, "a positive number is expected", at: "limit")
    }
    return limit
  }
}

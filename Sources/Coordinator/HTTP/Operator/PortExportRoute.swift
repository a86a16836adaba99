internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Report
internal import Wire

/// `GET /api/v1/ports/export`: every row that fits, in one answer.
struct PortExportRoute: Sendable {
  let chart: ChartService
  let running: RunningExports

  /// Rows that are read at once.
  private static let pieceRows = 2_000

  private static let contentTypes: [PortExport.Format: String] = [
    .json: "application/json", .ndjson: "application/x-ndjson", .csv: "text/csv", .nmap: "application/xml",
  ]

  /// Throws a `Refusal` for a parameter that cannot be used, before anything is answered.
  func answer(_ request: Request, _ context: APIContext, _ query: ChartQuery) async throws -> Response {
    let format = try ExportParameters.format(request, unlessSaid: PortExport.Format.ndjson)
    let limit = try ExportParameters.limit(request)
    let columns = try ExportParameters.columns(request)
    let showsHeaders = try !RequestParameters.flag("noHeaders", request)
    let command = "periplus ports \(RequestParameters.text("query", request) ?? "")"
    let export = try ExportParameters.checked {
      try PortExport(
        format, columns: columns, showsHeaders: showsHeaders, version: ProgramVersion.text, command: command,
        at: chart.now)
    }
    let place = try running.begin()
    return try await StreamedExport<PortExport, ChartPosition>(
      export: export, contentType: Self.contentTypes[format] ?? "", limit: limit, clock: chart.clock
    ) { after, limit in
      let (found, next, places) = try await chart.ports(query, after: after, limit: min(limit, Self.pieceRows))
      return .init(rows: found.map { PortRow($0, places, serviceName: chart.serviceName) }, next: next)
    }.answer(context, in: place)
  }
}

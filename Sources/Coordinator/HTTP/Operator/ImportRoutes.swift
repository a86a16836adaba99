internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Foreign scans in the operator's API: begun, taken in by parts, finished.
struct ImportRoutes {
  let imports: ImportService

  func add(to group: RouterGroup<APIContext>) {
    group.post("imports", use: begin)
    group.post("imports/{id}/hosts", use: take)
    group.post("imports/{id}/finish", use: finish)
  }

  @Sendable private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(ImportBeginning.self, from: request, context: context)
    for (text, pointer) in [(body.file, "/file"), (body.scanner, "/scanner")] {
      guard !text.isEmpty, text.count <= WireLimits.nameCharacters, Self.isPrintable(text) else {
        throw Refusal(.invalidValue, "1 to \(WireLimits.nameCharacters) printable characters are expected", at: pointer)
      }
    }
    for (text, pointer) in [(body.version, "/version"), (body.arguments, "/arguments")] {
      guard text.map({ $0.utf8.count <= WireLimits.serviceTextBytes && Self.isPrintable($0) }) ?? true else {
        throw Refusal(
          .invalidValue, "at most \(WireLimits.serviceTextBytes) printable octets are expected", at: pointer)
      }
    }
    var beginning = ImportService.Beginning(
      digest: try Self.digest(body.digest), file: body.file, scanner: body.scanner, zone: body.zone,
      hostCount: body.hostCount)
    beginning.version = body.version
    beginning.arguments = body.arguments
    beginning.site = body.site
    let (record, places) = try await imports.begin(beginning, by: principal)
    return try JSONResponse.make(Self.row(record, places))
  }

  @Sendable private func take(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let id = try Self.number(context)
    let (body, _) = try await RequestBody.read(ImportPart.self, from: request, context: context)
    guard body.hosts.reduce(0, { $0 + $1.open.count + $1.runs.count }) <= WireLimits.rowsPerChunk else {
      throw Refusal(.invalidValue, "at most \(WireLimits.rowsPerChunk) ports and ranges are expected", at: "/hosts")
    }
    guard body.hosts.count <= WireLimits.rowsPerChunk else {
      throw Refusal(.invalidValue, "at most \(WireLimits.rowsPerChunk) hosts are expected", at: "/hosts")
    }
    let hosts = try body.hosts.enumerated().map { index, host in try Self.host(host, at: "/hosts/\(index)") }
    try await imports.take(hosts, into: id, by: principal)
    return Response(status: .noContent)
  }

  @Sendable private func finish(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (record, places) = try await imports.finish(Self.number(context), by: principal)
    return try JSONResponse.make(Self.row(record, places))
  }

  private static func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }

  private static func number(_ context: APIContext) throws -> Int64 {
    let text = context.parameters.get("id") ?? ""
    guard let id = Int64(text) else { throw Problem(.notFound, detail: "\"\(text)\" does not name an import") }
    return id
  }

  private static func digest(_ text: String) throws -> [UInt8] {
    let digits = Array(text.utf8)
    let octets = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
      UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
    }
    guard digits.count == 64, octets.count == 32 else {
      throw Refusal(.invalidValue, "64 hexadecimal digits are expected", at: "/digest")
    }
    return octets
  }

  private static func host(_ body: ImportPart.Host, at pointer: String) throws -> ImportService.Host {
    guard !body.open.isEmpty || !body.runs.isEmpty else {
      throw Refusal(.invalidValue, "ports of the host, open ones or runs of others, are expected", at: pointer)
    }
    var host = ImportService.Host(address: body.address, observedAt: body.observedAt)
    host.name = try body.name.map { try HostNameCheck.checked($0, at: "\(pointer)/name") }
    host.open = try body.open.enumerated().map { index, port in
      guard port.protocol != .sctp else {
        throw Refusal(.invalidValue, "tcp and udp are in the chart", at: "\(pointer)/open/\(index)/protocol")
      }
      if let service = port.service { try ServiceBounds.check(service, at: "\(pointer)/open/\(index)/service") }
      return (endpoint: ProtocolPort(port.protocol, port.port), reason: port.reason, service: port.service)
    }
    host.runs = try body.runs.enumerated().map { index, run in
      guard run.first <= run.last, run.state != .open, run.state != .unchecked, run.protocol != .sctp else {
        throw Refusal(
          .invalidValue, "neighbouring TCP or UDP ports in a state that is neither open nor unchecked are expected",
          at: "\(pointer)/runs/\(index)")
      }
      return (
        transport: run.protocol, ports: run.first.rawValue...run.last.rawValue, state: run.state, reason: run.reason
      )
    }
    return host
  }

  private static func row(_ record: ImportRecord, _ places: PlaceNames) -> ImportRow {
    ImportRow(
      id: record.id, scan: record.scan, site: places.name(of: record.site), zone: places.name(of: record.zone),
      file: record.file, scanner: record.scanner, hostCount: record.hostCount, startedAt: record.startedAt,
      finishedAt: record.finishedAt)
  }
}

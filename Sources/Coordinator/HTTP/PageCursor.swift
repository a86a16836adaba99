internal import CoordinatorCore
internal import CoordinatorServices
internal import FoundationEssentials
internal import Hummingbird
internal import Model
internal import Wire

/// A page's end as opaque text: the fields of its key, joined and in base64url.
enum PageCursor {
  static func text(_ fields: [String]) -> String {
    Data(fields.joined(separator: "|").utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  static func fields(_ text: String, count: Int) throws -> [String] {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let padded = standard + String(repeating: "=", count: (4 - standard.count % 4) % 4)
    let fields = Data(base64Encoded: padded).map { data in
      String(decoding: data, as: UTF8.self).split(separator: "|", omittingEmptySubsequences: false).map(String.init)
    }
    guard let fields, fields.count == count else { throw refusal }
    return fields
  }

  static var refusal: Refusal { Refusal(.invalidValue, "this cursor did not come from this list", at: "cursor") }

  static func text(_ place: ChartPosition) -> String {
    text([
      String(place.host.site.rawValue), place.host.scope.rawValue, place.host.address.description,
      place.transport.rawValue, String(place.port.rawValue),
    ])
  }

  static func position(_ text: String) throws -> ChartPosition {
    let fields = try fields(text, count: 5)
    guard let transport = TransportProtocol(rawValue: fields[3]), let port = UInt16(fields[4]) else { throw refusal }
    return ChartPosition(host: try host(fields), transport: transport, port: Port(port))
  }

  static func text(_ host: ChartHost) -> String {
    text([String(host.site.rawValue), host.scope.rawValue, host.address.description])
  }

  /// Endpoints come first, and then hosts.
  static func text(_ position: ComparisonService.Position) -> String {
    switch position {
    case .endpoint(let place): text(place)
    case .host(nil): text(["hosts"])
    case .host(let host?): text(host)
    }
  }

  static func comparison(_ text: String) throws -> ComparisonService.Position {
    switch try? fields(text, count: 5) {
    case .some: .endpoint(try position(text))
    case nil: (try? fields(text, count: 1)) == ["hosts"] ? .host(nil) : .host(try host(text))
    }
  }

  static func text(_ position: ChangePosition) -> String {
    let host = position.host.map { [String($0.site.rawValue), $0.scope.rawValue, $0.address.description] }
    return text(
      [
        position.at.milliseconds, position.endpoint.rawValue, position.view.zone.rawValue,
        position.view.isSelfView ? 1 : 0,
      ].map(String.init) + [position.kind.rawValue] + (host ?? ["", "", ""]))
  }

  static func change(_ text: String) throws -> ChangePosition {
    let fields = try fields(text, count: 8)
    guard let at = Int64(fields[0]), let endpoint = Int64(fields[1]), let zone = Int64(fields[2]),
      let kind = ChangeKind(rawValue: fields[4])
    else { throw refusal }
    return ChangePosition(
      at: Timestamp(milliseconds: at), endpoint: EndpointID(endpoint),
      view: ViewKey(zone: ZoneID(zone), isSelfView: fields[3] == "1"), kind: kind,
      host: fields[5].isEmpty ? nil : try host(Array(fields[5...])))
  }

  static func host(_ text: String) throws -> ChartHost { try host(fields(text, count: 3)) }

  private static func host(_ fields: [String]) throws -> ChartHost {
    guard let site = Int64(fields[0]), let address = IPAddress(fields[2]) else { throw refusal }
    return ChartHost(site: SiteID(site), scope: HostScope(rawValue: fields[1]), address: address)
  }

  static func number(_ text: String) throws -> Int64 {
    guard let number = Int64(try fields(text, count: 1)[0]) else { throw refusal }
    return number
  }

  /// A page of a list that is short enough to be read whole; the cursor is the id of its last row.
  static func page<Row: Codable & Sendable>(
    of rows: [Row], _ request: Request, id: (Row) -> Int64
  ) throws -> Page<Row> {
    try RequestParameters.allow(["limit", "cursor"], in: request)
    let limit = try RequestParameters.limit(request)
    var rest = rows[...]
    if let cursor = RequestParameters.text("cursor", request) {
      let last = try number(cursor)
      guard let index = rows.firstIndex(where: { id($0) == last }) else { throw refusal }
      rest = rows[(index + 1)...]
    }
    let page = rest.prefix(limit)
    return Page(
      rows: Array(page), nextCursor: rest.count > limit ? page.last.map { text([String(id($0))]) } : nil)
  }
}

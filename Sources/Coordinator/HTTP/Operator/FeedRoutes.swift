internal import CoordinatorCore
internal import CoordinatorServices
internal import HTTPTypes
internal import Hummingbird
internal import Listing
internal import Model
internal import NIOCore

/// What changed as an Atom feed (RFC 4287) for feed readers.
struct FeedRoutes {
  let chart: ChartService
  let clock: any WallClock

  /// Below the operator's routes.
  static let path = "changes/feed"
  /// Pages that are looked through for one feed, which has no cursor.
  private static let pages = 10

  func add(to group: RouterGroup<APIContext>) { group.get(RouterPath(Self.path), use: feed) }

  @Sendable private func feed(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["query", "kinds", "limit"], in: request)
    var endpoints = try chart.query(RequestParameters.text("query", request) ?? "")
    if let site = principal.site { endpoints.restrict(toSite: try await chart.siteName(site)) }
    let query = ChangeQuery(
      endpoints: endpoints,
      kinds: try RequestParameters.text("kinds", request).map {
        try RequestParameters.words($0, of: ChangeKind.self, at: "kinds")
      })
    // A feed is the newest alone; what fits rarely comes in pages that end early.
    let limit = try RequestParameters.limit(request)
    var (changes, next, places) = try await chart.changes(query, after: nil, limit: limit)
    for _ in 1..<Self.pages {
      guard let after = next, changes.count < limit else { break }
      let page = try await chart.changes(query, after: after, limit: limit - changes.count)
      (next, places) = (page.next, page.places)
      changes += page.rows
    }
    let text = AtomFeed(changes: changes, places: places, now: clock.now).text
    return Response(
      status: .ok, headers: [.contentType: "application/atom+xml; charset=utf-8", .cacheControl: "private, no-cache"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Changes as Atom. What strangers have named stands as text, with what would be markup or could reorder it escaped.
struct AtomFeed {
  let changes: [ChangeRecord]
  let places: PlaceNames
  let now: Timestamp

  var text: String {
    var lines = [
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
      "<id>urn:periplus:changes</id>", "<title>Periplus: changes</title>",
      // The newest entry's, so that a feed in which nothing is new stays the same.
      "<updated>\(changes.map(\.at).max() ?? now)</updated>", "<author><name>Periplus</name></author>",
    ]
    lines += changes.map(entry)
    lines.append("</feed>\n")
    return lines.joined(separator: "\n")
  }

  private func entry(_ change: ChangeRecord) -> String {
    let host =
      change.host.address.family == .ipv6 ? "[\(change.host.address)]" : change.host.address.description
    let place =
      change.key.map { "\(host):\($0.port.rawValue)/\($0.transport.rawValue)" } ?? change.host.address.description
    let before = change.detailBefore ?? change.stateBefore?.rawValue
    let after = change.detail ?? change.state?.rawValue ?? "unknown"
    let title = "\(change.kind.rawValue) \(place)"
    var facts = [before.map { "\($0) → \(after)" } ?? after]
    facts.append("seen from \(places.name(of: change.view.zone)) by \(places.name(of: change.agent))")
    facts.append("site \(places.name(of: change.host.site))")
    let scope = places.text(of: change.host.scope)
    if !scope.isEmpty { facts.append("in \(scope)") }
    if let job = change.job { facts.append(job.description) }
    let view = "\(change.view.zone.rawValue)\(change.view.isSelfView ? "s" : "")"
    let subject =
      change.endpoint.map { String($0.rawValue) }
      ?? "\(change.host.site.rawValue)/\(change.host.scope.rawValue)/\(change.host.address)"
    let id =
      "urn:periplus:change:\(change.kind.rawValue):\(subject):\(view):\(change.at.milliseconds)"
    return """
      <entry><id>\(MarkupText.escaped(id))</id><title>\(MarkupText.escaped(title))</title><updated>\(change.at)</updated>\
      <category term="\(change.kind.rawValue)"/><content type="text">\(MarkupText.escaped(facts.joined(separator: "; ")))\
      </content></entry>
      """
  }
}

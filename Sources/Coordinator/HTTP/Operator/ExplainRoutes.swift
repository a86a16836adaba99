internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Why the chart says of an endpoint what it says, in the operator's API.
struct ExplainRoutes {
  let chart: ChartService

  func add(to group: RouterGroup<APIContext>) {
    group.get("explain", use: explain)
    group.get("explain/host", use: explainHost)
  }

  @Sendable private func explainHost(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["address", "site", "zone", "asOf"], in: request)
    guard let address = RequestParameters.text("address", request).flatMap({ IPAddress($0) }) else {
      throw Refusal(.invalidValue, "an address is expected", at: "address")
    }
    let (explanations, places) = try await chart.explain(
      host: address, site: RequestParameters.text("site", request), zone: RequestParameters.text("zone", request),
      own: principal.site,
      asOf: try RequestParameters.text("asOf", request).map(chart.asOf))
    return try JSONResponse.make(
      Page(
        rows: explanations.map { HostExplanationRow($0, places) }, nextCursor: nil,
        historySince: try await chart.historySince()))
  }

  @Sendable private func explain(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    try RequestParameters.allow(["address", "port", "protocol", "site", "zone", "asOf"], in: request)
    guard let address = RequestParameters.text("address", request).flatMap({ IPAddress($0) }) else {
      throw Refusal(.invalidValue, "an address is expected", at: "address")
    }
    guard let port = RequestParameters.text("port", request).flatMap({ UInt16($0) }) else {
      throw Refusal(.invalidValue, "a port is expected", at: "port")
    }
    guard let transport = TransportProtocol(rawValue: RequestParameters.text("protocol", request) ?? "tcp") else {
      throw Refusal(.invalidValue, "tcp, udp or sctp is expected", at: "protocol")
    }
    let (explanations, places) = try await chart.explain(
      address, ProtocolPort(transport, Port(port)), site: RequestParameters.text("site", request),
      zone: RequestParameters.text("zone", request), own: principal.site,
      asOf: try RequestParameters.text("asOf", request).map(chart.asOf))
    return try JSONResponse.make(
      Page(
        rows: explanations.map { row($0, places) }, nextCursor: nil, historySince: try await chart.historySince()))
  }

  private func row(_ explanation: EndpointExplanation, _ places: PlaceNames) -> ExplanationRow {
    let site = places.name(of: explanation.host.site)
    return ExplanationRow(
      site: site, scope: places.text(of: explanation.host.scope), address: explanation.host.address,
      protocol: explanation.key.transport, port: explanation.key.port, verdict: explanation.verdict,
      why: explanation.reason, views: explanation.views.map { view($0, places) },
      services: explanation.services.map {
        .init(zone: places.name(of: $0.zone), facts: $0.facts, observedAt: $0.observedAt)
      },
      listeners: explanation.listeners.map { ListenerRow($0, site: site, places, ownersVerifiedAt: nil) },
      agent: explanation.agent.map(places.name), inventoryAt: explanation.inventoryAt,
      isInventoryCurrent: explanation.isInventoryCurrent)
  }

  private func view(_ seen: EndpointExplanation.View, _ places: PlaceNames) -> ExplanationRow.View {
    let view = seen.view
    return ExplanationRow.View(
      zone: places.name(of: view.zone), isSelfView: view.isSelfView, state: view.state, reason: view.reason,
      observedAt: view.observedAt, firstSeen: view.firstSeen, lastSeen: view.lastSeen,
      agent: places.name(of: view.agent), job: view.job, scan: seen.scan, verdict: seen.verdict, why: seen.reason,
      runs: seen.runs.map { run in
        .init(
          state: run.state, from: run.first, to: run.last, change: run.change?.rawValue,
          agent: places.name(of: run.agent), job: run.job)
      })
  }
}

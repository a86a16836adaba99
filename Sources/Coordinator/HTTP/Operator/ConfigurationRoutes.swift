internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Model
internal import Wire

/// Configuration as a file, in the operator's API.
struct ConfigurationRoutes {
  let configuration: ConfigurationService
  let access: AccessService
  let blackouts: BlackoutService
  let schedules: ScheduleService
  let alerts: AlertService
  let receivers: ReceiverService
  let findings: FindingService

  func add(to group: RouterGroup<APIContext>) {
    group.post("apply", use: apply)
    group.get("export", use: export)
  }

  @Sendable private func apply(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.operating)
    let (body, _) = try await RequestBody.read(ConfigurationDocument.self, from: request, context: context)
    if body.receivers?.isEmpty == false || body.alerts?.isEmpty == false { _ = try context.requireEverySite(.admin) }
    if body.expectations?.isEmpty == false { _ = try context.requireEverySite(.operating) }
    if body.scope?.isEmpty == false { _ = try context.requireEverySite(.admin) }
    var document = ConfigurationService.Document()
    document.scope = (body.scope ?? []).map(AccessService.RuleDraft.init)
    document.blackouts = try (body.blackouts ?? []).enumerated().map { index, blackout in
      do {
        return try BlackoutService.Draft(blackout)
      } catch let refusal as Refusal {
        throw Refusal(refusal.code, refusal.message, at: "/blackouts/\(index)\(refusal.pointer ?? "")")
      }
    }
    for (index, schedule) in (body.schedules ?? []).enumerated() {
      try ScanRoutes.checkSize(of: schedule.scan)
      try ScanRoutes.checkBlackoutsIgnored(by: schedule.scan, context, below: "/schedules/\(index)/scan")
    }
    document.schedules = (body.schedules ?? []).map(ScheduleService.Draft.init)
    document.receivers = try Self.each(body.receivers, "receivers") { try .init($0) }
    document.alerts = try Self.each(body.alerts, "alerts") { try .init($0) }
    document.expectations = (body.expectations ?? []).map(ExpectationText.init)
    let changes = try await configuration.apply(document, isDryRun: body.isDryRun ?? false, by: principal)
    return try JSONResponse.make(
      Page(
        rows: changes.map {
          ConfigurationChangeRow(
            kind: $0.kind, name: $0.name, action: $0.action.rawValue, differences: $0.differences)
        }, nextCursor: nil))
  }

  private static func each<Body, Item>(_ list: [Body]?, _ kind: String, _ read: (Body) throws -> Item) throws -> [Item]
  {
    try (list ?? []).enumerated().map { index, body in
      do {
        return try read(body)
      } catch let refusal as Refusal {
        throw Refusal(refusal.code, refusal.message, at: "/\(kind)/\(index)\(refusal.pointer ?? "")")
      }
    }
  }

  @Sendable private func export(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    func sees(_ site: SiteID?) -> Bool { site.map(principal.sees) ?? true }
    var document = ConfigurationDocument()
    let (rules, places) = try await access.scopeRules()
    document.scope = rules.filter { sees($0.site) }.map { NewScopeRule($0, places) }
    document.blackouts = try await blackouts.blackouts().blackouts.filter { sees($0.record.site) }.map {
      NewBlackout(BlackoutRow($0, places))
    }
    document.schedules = try await schedules.schedules().schedules.filter { sees($0.record.site) }.map {
      ScheduleSubmission(ScheduleRow($0, places))
    }
    if principal.site == nil {
      document.receivers = try await receivers.receivers().map { ReceiverSpecification($0) }
      let (alerts, receivers, places) = try await alerts.alerts()
      document.alerts = alerts.map { AlertSpecification(AlertRoutes.row($0, receivers, places)) }
    }
    let (expectations, names) = try await findings.expectations()
    document.expectations = expectations.filter { sees($0.site) }.map { NewExpectation(ExpectationText($0, names)) }
    return try JSONResponse.make(document)
  }
}

extension AccessService.RuleDraft {
  init(_ body: NewScopeRule) {
    self.init(body.action, networks: body.networks, name: body.name, note: body.note)
    site = body.site
    ports = body.ports
    probesPerSecond = body.rate
    maximumJobs = body.maximumJobs
    until = body.until
  }
}

extension NewScopeRule {
  init(_ rule: ScopeRule, _ places: PlaceNames) {
    self.init(
      action: rule.action, networks: rule.networks.map(\.description), name: rule.name, note: rule.note)
    site = rule.site.map(places.name)
    ports = rule.ports
    rate = rule.probesPerSecond
    maximumJobs = rule.maximumJobs
    until = rule.until
  }
}

extension NewBlackout {
  init(_ row: BlackoutRow) {
    self.init(name: row.name)
    cron = row.cron
    timeZone = row.timeZone
    durationSeconds = row.durationSeconds
    from = row.from
    to = row.to
    site = row.site
    zone = row.zone
    networks = row.networks.isEmpty ? nil : row.networks
    note = row.note
  }
}

extension ExpectationText {
  init(_ body: NewExpectation) {
    self.init(
      name: body.name, site: body.site, hosts: body.hosts, ports: body.ports, processes: body.processes ?? [],
      users: body.users ?? [], exposure: body.exposure, required: body.required ?? false, note: body.note)
  }
}

extension NewExpectation {
  init(_ text: ExpectationText) {
    self.init(name: text.name, hosts: text.hosts, ports: text.ports)
    site = text.site
    processes = text.processes.isEmpty ? nil : text.processes
    users = text.users.isEmpty ? nil : text.users
    exposure = text.exposure == Expectation.Exposure.any.rawValue ? nil : text.exposure
    required = text.required ? true : nil
    note = text.note
  }
}

package import CoordinatorCore
package import CoordinatorServices
package import Hummingbird
internal import Model
internal import Wire

/// Everything the coordinator answers over HTTP.
package struct CoordinatorRouter: Sendable {
  private let version: String
  private let context: FleetContext
  private let scans: ScanService
  private let courier: any Courier

  package init(version: String, context: FleetContext, scans: ScanService, courier: any Courier) {
    self.version = version
    self.context = context
    self.scans = scans
    self.courier = courier
  }

  /// The routes of one listener; `rule` says who may use the operator's part of it.
  package func router(operators rule: OperatorAccess) -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    router.add(middleware: ProblemMiddleware())
    let access = AccessService(context: context)
    let fleet = FleetService(context: context)
    AgentRoutes(
      fleet: fleet, leases: LeaseService(context: context), results: ResultService(context: context),
      settings: context.settings, clock: context.clock, measurements: context.measurements,
      isBehind: { [queue = context.queue] in queue.isBehind }
    ).add(to: router)
    let group = router.group(RouterPath(OperatorAPI.basePath))
      .add(middleware: OperatorAuthentication(access: access, rule: rule))
    group.get("status", use: status)
    HealthRoutes(fleet: fleet, version: version).add(
      to: router,
      router.group("metrics").add(middleware: OperatorAuthentication(access: access, rule: rule)))
    PlaceRoutes(fleet: fleet, settings: context.settings, clock: context.clock).add(to: group)
    AccessRoutes(access: access, clock: context.clock).add(to: group)
    ScanRoutes(scans: scans).add(to: group)
    ScheduleRoutes(schedules: ScheduleService(context: context, scans: scans), clock: context.clock).add(to: group)
    BlackoutRoutes(blackouts: BlackoutService(context: context)).add(to: group)
    ConfigurationRoutes(
      configuration: ConfigurationService(context: context, scans: scans, courier: courier), access: access,
      blackouts: BlackoutService(context: context), schedules: ScheduleService(context: context, scans: scans),
      alerts: AlertService(context: context),
      receivers: ReceiverService(context: context, courier: courier), findings: FindingService(context: context)
    ).add(to: group)
    HaltRoutes(halts: HaltService(context: context)).add(to: group)
    let exports = RunningExports()
    ChartRoutes(chart: ChartService(context: context), running: exports).add(to: group)
    ChangeRoutes(chart: ChartService(context: context)).add(to: group)
    FeedRoutes(chart: ChartService(context: context), clock: context.clock).add(to: group)
    AlertRoutes(alerts: AlertService(context: context)).add(to: group)
    ReceiverRoutes(receivers: ReceiverService(context: context, courier: courier)).add(to: group)
    FindingRoutes(findings: FindingService(context: context), chart: ChartService(context: context)).add(to: group)
    ComparisonRoutes(comparisons: ComparisonService(context: context), clock: context.clock, running: exports).add(
      to: group)
    ImportRoutes(imports: ImportService(context: context)).add(to: group)
    ExplainRoutes(chart: ChartService(context: context)).add(to: group)
    return router
  }

  @Sendable private func status(_ request: Request, _ context: APIContext) async throws -> Response {
    let principal = try context.require(.viewer)
    let generation = try await self.context.store.read { try $0.generation() }
    return try JSONResponse.make(
      CoordinatorStatus(
        version: version, generation: generation, now: self.context.clock.now, role: principal.role))
  }
}

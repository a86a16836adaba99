internal import CoordinatorCore
internal import Model

/// A submission whose expressions have been read and names resolved: what is left to do takes one transaction.
struct PreparedScan: Sendable {
  /// What was stored, and where agents are to be called.
  struct Stored: Sendable {
    let id: ScanID
    let site: SiteID
    let zones: [ZoneID?]
    let placement: ScanPlacement
  }

  typealias Checked = (
    site: SiteRecord, zones: [ZoneRecord?], plan: ScanPlan, places: PlaceNames, placement: ScanPlacement
  )

  let submission: ScanService.Submission
  let principal: AccessService.Principal
  let context: FleetContext
  let planner: ScanPlanner
  let expressions: ScanPlanner.Expressions
  let names: (resolved: [String: [IPAddress]], failed: [(name: String, reason: String)])

  /// Where it is to run and what of it the rules of now permit. Throws a `Refusal`.
  func checked(in session: any ReadSession) throws -> Checked {
    let places = try PlaceNames(session)
    let site = try places.site(named: submission.site, for: principal, at: "/site")
    let scope = try context.scopes.scope(of: site.id, at: context.clock.now, in: session)
    let plan = try planner.plan(
      expressions, identifies: submission.identifies, looksUpNames: submission.looksUpNames, resolved: names.resolved,
      failed: names.failed, scope: scope)
    return (
      site, try ScanService.placement(submission.zones, in: site, places), plan, places,
      ScanPlacement(
        agents: try ScanService.agents(submission.agents, in: site, session), tags: submission.tags, needs: plan.needs)
    )
  }

  /// Stores the scan with its lanes. Throws a `Refusal`, and then nothing has changed.
  func store(in session: any WriteSession) throws -> Stored {
    let checked = try checked(in: session)
    let id = try session.insertScan(
      checked.plan.request(for: submission, placement: checked.placement), site: checked.site.id,
      submittedBy: principal.name, at: context.clock.now)
    for zone in checked.zones { _ = try session.insertLane(scan: id, zone: zone?.id, seed: context.laneSeed()) }
    return Stored(id: id, site: checked.site.id, zones: checked.zones.map { $0?.id }, placement: checked.placement)
  }
}

internal import Listing
internal import Model
internal import Wire

/// A report's tables besides the endpoints.
enum ReportTables {
  static func rules(_ facts: ReportFacts) -> Listing {
    Listing(
      columns: [
        .init("action", title: "Action"), .init("name", title: "Rule"), .init("networks", title: "Networks"),
        .init("ports", title: "Ports"), .init("site", title: "Site"), .init("bounds", title: "Bounds"),
        .init("until", title: "Until"), .init("createdAt", title: "Since"), .init("note", title: "Note"),
      ],
      rows: facts.rules.map { rule in
        let bounds = [rule.rate.map { "\($0) probes/s" }, rule.maximumJobs.map { "\($0) jobs" }]
        return [
          .text(rule.action.rawValue), .text(rule.name), .text(rule.networks.joined(separator: ", ")),
          .text(rule.ports ?? "all"), .text(rule.site ?? "every"),
          .text(bounds.compactMap(\.self).joined(separator: ", ")),
          rule.until.map { .time($0.milliseconds) } ?? .absent, .time(rule.createdAt.milliseconds), .text(rule.note),
        ]
      })
  }

  static func scans(_ facts: ReportFacts) -> Listing {
    Listing(
      columns: [
        .init("id", title: "Scan"), .init("state", title: "State"), .init("targets", title: "Targets"),
        .init("exclusions", title: "Excluded"), .init("ports", title: "Ports"), .init("zones", title: "Zones"),
        .init("size", title: "Endpoints", alignment: .trailing), .init("probed", title: "Probed", alignment: .trailing),
        .init("open", title: "Open", alignment: .trailing), .init("startedAt", title: "Started"),
        .init("finishedAt", title: "Finished"), .init("gaps", title: "Coverage gaps"),
      ],
      rows: facts.scans.map { scan in
        let name = scan.name.map { " (\($0))" } ?? ""
        return [
          .text(scan.id.description + name), .text(scan.state.rawValue), .text(scan.targets),
          .text(scan.exclusions), .text(scan.ports), .text(scan.zones.joined(separator: ", ")),
          .text(scan.coverage.size), .text(scan.coverage.probed),
          .integer(Int64(scan.open)), scan.startedAt.map { .time($0.milliseconds) } ?? .absent,
          scan.finishedAt.map { .time($0.milliseconds) } ?? .absent, .text(CoverageGaps.text(scan.coverage)),
        ]
      })
  }
}

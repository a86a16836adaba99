package import CoordinatorCore
package import Model

/// Sites and zones by name and by id, and where they are asked for, agents by id, as one consistent reading.
package struct PlaceNames: Sendable {
  package let sites: [SiteRecord]
  package let zones: [ZoneRecord]
  private let siteNames: [SiteID: String]
  private let zoneNames: [ZoneID: String]
  private let agentNames: [AgentID: String]

  /// Sites and zones, which are few; an agent's name is not known.
  package init(_ session: any ReadSession) throws { try self.init(session, agentNames: [:]) }

  /// With the agents, of which there may be thousands.
  package static func withAgents(_ session: any ReadSession) throws -> PlaceNames {
    try PlaceNames(session, agentNames: session.agentNames())
  }

  /// With some agents.
  static func with(_ agents: Set<AgentID>, _ session: any ReadSession) throws -> PlaceNames {
    guard agents.count <= 256 else { return try withAgents(session) }
    let names = try agents.compactMap { id in try session.agent(id).map { (id, $0.name) } }
    return try PlaceNames(session, agentNames: Dictionary(names) { first, _ in first })
  }

  private init(_ session: any ReadSession, agentNames: [AgentID: String]) throws {
    self.agentNames = agentNames
    sites = try session.sites()
    zones = try session.zones()
    siteNames = Dictionary(sites.map { ($0.id, $0.name) }) { first, _ in first }
    zoneNames = Dictionary(zones.map { ($0.id, $0.name) }) { first, _ in first }
  }

  package func name(of site: SiteID) -> String { siteNames[site] ?? site.description }
  package func name(of zone: ZoneID) -> String { zoneNames[zone] ?? zone.description }
  package func name(of agent: AgentID) -> String { agentNames[agent] ?? agent.description }

  /// The named site, or the only one when no name is given.
  package func site(named name: String?, at pointer: String) throws -> SiteRecord {
    let known = sites.map(\.name).joined(separator: ", ")
    if let name {
      guard let site = sites.first(where: { $0.name == name }) else {
        throw Refusal(.invalidValue, "there is no site \"\(name)\"; the sites are \(known)", at: pointer)
      }
      return site
    }
    guard let only = sites.first, sites.count == 1 else {
      throw Refusal(.invalidValue, "there are several sites; name one of \(known)", at: pointer)
    }
    return only
  }

  /// As above for somebody whose token may be for one site: then that is the only one, and no other is spoken of.
  func site(named name: String?, for principal: AccessService.Principal, at pointer: String) throws -> SiteRecord {
    guard let own = principal.site else { return try site(named: name, at: pointer) }
    guard let site = sites.first(where: { $0.id == own }), name == nil || name == site.name else {
      throw Refusal(.forbidden, "this token is for site \(self.name(of: own)) alone", at: pointer)
    }
    return site
  }

  package func zone(named name: String, in site: SiteRecord, at pointer: String) throws -> ZoneRecord {
    guard let zone = zones.first(where: { $0.site == site.id && $0.name == name }) else {
      let known = zones.filter { $0.site == site.id }.map(\.name).joined(separator: ", ")
      throw Refusal(
        .invalidValue, "there is no zone \"\(name)\" in site \(site.name); its zones are \(known)", at: pointer)
    }
    return zone
  }

  /// Zones of this name: in the named site, or in whichever has one. Throws a `Refusal` if there is none.
  func zones(named name: String, inSite site: String?, at pointer: String) throws -> [ZoneRecord] {
    let sites = try site.map { [try self.site(named: $0, at: pointer)] } ?? sites
    let ids = Set(sites.map(\.id))
    let found = zones.filter { $0.name == name && ids.contains($0.site) }
    guard found.isEmpty else { return found }
    let known = Set(zones.filter { ids.contains($0.site) }.map(\.name)).sorted().joined(separator: ", ")
    throw Refusal(.invalidValue, "there is no zone \"\(name)\"; the zones are \(known)", at: pointer)
  }
}

package import CoordinatorCore
package import Model
internal import Schedules
internal import Synchronization

/// Which blackouts are in force, worked out anew only when one begins, ends, comes or goes.
package final class BlackoutCalendar: Sendable {
  /// A stretch of a blackout that lies in something's way.
  package struct Coming: Hashable, Sendable {
    package let record: BlackoutRecord
    package let from: Timestamp
    package let until: Timestamp
  }

  private struct Look {
    let mark: BlackoutMark
    /// What was found holds in here.
    let span: Range<Timestamp>
    let active: [ActiveBlackout]
  }

  /// Nothing is relied upon for longer.
  private static let longestLook = Duration.seconds(3_600)

  private let timeZones: any TimeZoneSource
  private let last = Mutex<Look?>(nil)

  init(timeZones: any TimeZoneSource) { self.timeZones = timeZones }

  /// Those in force at `now`. Throws what the store throws.
  package func active(at now: Timestamp, in session: any ReadSession) throws -> [ActiveBlackout] {
    let mark = try session.blackoutMark()
    guard mark.count > 0 else { return [] }
    if let look = last.withLock({ $0 }), look.mark == mark, look.span.contains(now) { return look.active }
    var active: [ActiveBlackout] = []
    var end = now + Self.longestLook
    for record in try session.blackouts() {
      guard let stretch = stretch(of: record, at: now) else { continue }
      if stretch.contains(now) { active.append(ActiveBlackout(record: record, until: stretch.upperBound)) }
      end = min(end, stretch.contains(now) ? stretch.upperBound : stretch.lowerBound)
    }
    let look = Look(mark: mark, span: now..<max(end, now + .milliseconds(1)), active: active)
    last.withLock { $0 = look }
    return active
  }

  /// The stretch in force at `from`, or the next that begins before `to`.
  func coming(_ record: BlackoutRecord, from: Timestamp, to: Timestamp) -> Coming? {
    guard let stretch = stretch(of: record, at: from), stretch.lowerBound <= max(from, to) else { return nil }
    return Coming(record: record, from: stretch.lowerBound, until: stretch.upperBound)
  }

  /// What cannot be read any more, for want of the zone's file, holds: better not to probe than to probe where one must not.
  private func stretch(of record: BlackoutRecord, at time: Timestamp) -> Range<Timestamp>? {
    do {
      return try BlackoutHours(record.window, timeZones: timeZones).stretch(at: time)
    } catch {
      return time..<(time + .seconds(60))
    }
  }
}

extension [ActiveBlackout] {
  /// The first that keeps every address of these lanes from being probed; nil zone: agents of any zone may work on it.
  func covering(site: SiteID, zones: [ZoneID?]) -> ActiveBlackout? {
    first { active in
      let record = active.record
      return record.networks.isEmpty && (record.site ?? site) == site
        && (record.zone == nil || !zones.isEmpty && zones.allSatisfy { $0 == record.zone })
    }
  }

  /// The first to end of those that together keep all of some addresses from being probed; nil targets: which ones is not known.
  func covering(site: SiteID, zones: [ZoneID?], targets: AddressSet?) -> ActiveBlackout? {
    let concerned = filter { active in
      let record = active.record
      return !record.networks.isEmpty && (record.site ?? site) == site
        && (record.zone == nil || !zones.isEmpty && zones.allSatisfy { $0 == record.zone })
    }
    guard let targets, !targets.isEmpty, !concerned.isEmpty else { return nil }
    let forbidden = AddressSet(concerned.flatMap(\.record.networks).map { HostRange($0) })
    guard targets.subtracting(forbidden).isEmpty else { return nil }
    return concerned.filter { active in
      !targets.isDisjoint(with: AddressSet(active.record.networks.map { HostRange($0) }))
    }.min { $0.until < $1.until }
  }

  /// Those that forbid an agent of this place some addresses alone, as limits that let nothing through.
  func limits(site: SiteID, zone: ZoneID) -> [(rule: ScopeRule, networks: AddressSet)] {
    filter { !$0.record.networks.isEmpty && $0.record.binds(site: site, zone: zone) }.map { active in
      let record = active.record
      let rule = ScopeRule(
        // No rule has a negative id: nothing counts against this one.
        id: ScopeRuleID(-record.id.rawValue), name: record.name, action: .limit, networks: record.networks, ports: nil,
        site: record.site, maximumJobs: 0, note: "", until: nil, createdAt: record.createdAt)
      return (rule, AddressSet(record.networks.map { HostRange($0) }))
    }
  }
}

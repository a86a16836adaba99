import CoordinatorCore
import Model

/// The chart as a list of all that was ever seen, asked by going through it from the beginning: slow, simple, and made without a
/// look at how the coordinator does it.
struct ChartModel {
  struct Place: Hashable, Comparable {
    var host: UInt32
    var port: Port

    static func < (left: Place, right: Place) -> Bool { (left.host, left.port) < (right.host, right.port) }
  }

  struct Seen {
    var time: Timestamp
    var zone: ZoneID
    var state: EndpointState
  }

  /// What a row says at a time.
  struct Row: Hashable, CustomStringConvertible {
    var place: Place
    var state: EndpointState?
    var verdict: Verdict?
    var zone: ZoneID?
    var firstSeen: Timestamp?
    var owner: String?

    var description: String {
      """
      .\(place.host & 255):\(place.port) \(state?.rawValue ?? "-") \(verdict?.rawValue ?? "-") zone \
      \(zone?.description ?? "-") first \(firstSeen?.description ?? "-") \(owner ?? "-")
      """
    }
  }

  /// A scan of one host from one zone.
  struct Look {
    var scan: ScanID
    var host: UInt32
    var zone: ZoneID
    var states: [Port: EndpointState]
    var created: Timestamp
    var finished: Timestamp

    var isAnswered: Bool { states.values.contains { $0 != .filtered } }
  }

  private(set) var looks: [Look] = []
  let closeAfter: Int
  let inventoryMaximumAge: Duration
  /// Who listens at a port; nobody's name is known where it is empty.
  struct Socket {
    var name: String
    var address: IPAddress
  }

  /// Where the agent lives that sends inventories.
  let home: UInt32
  private(set) var seen: [Place: [Seen]] = [:]
  private var inventories: [(time: Timestamp, owners: [Port: Socket])] = []
  private(set) var hostChanges: [String] = []
  private var gone: Set<String> = []
  private var answers: [String: Timestamp] = [:]
  /// Who answered last by an echo alone, who ever did, and looks since the last answer in which one met silence.
  private var byEcho: Set<String> = []
  private var everByEcho: Set<String> = []
  private var misses: [String: Int] = [:]

  init(closeAfter: Int, inventoryMaximumAge: Duration, home: UInt32) {
    self.closeAfter = closeAfter
    self.inventoryMaximumAge = inventoryMaximumAge
    self.home = home
  }

  /// What became of the echo by which a host was asked.
  enum Echo { case unasked, answered, silent }

  /// An unknown owner is an empty name.
  mutating func take(inventory owners: [Port: Socket], at time: Timestamp) { inventories.append((time, owners)) }

  /// One scan's sightings of one host; hosts as a whole are followed in the order in which these come.
  mutating func take(
    _ states: [Port: EndpointState], echo: Echo = .unasked, of host: UInt32, zone: ZoneID, begun: Timestamp,
    at time: Timestamp
  ) {
    let closedBefore = Set(
      seen.filter { place, sightings in
        place.host == host && sightings.contains { $0.zone == zone && $0.state == .closed }
      }.keys.map(\.port))
    for (port, state) in states {
      seen[Place(host: host, port: port), default: []].append(Seen(time: time, zone: zone, state: state))
    }
    let key = "\(host & 255) from \(zone)"
    let isPortAnswered = states.values.contains { $0 != .filtered }
    if isPortAnswered || echo == .answered {
      misses[key] = nil
      if isPortAnswered { byEcho.remove(key) } else { byEcho.insert(key) }
      if echo == .answered { everByEcho.insert(key) }
      if answers[key] == nil { hostChanges.append("host-found \(key) \(time)") }
      if gone.remove(key) != nil { hostChanges.append("host-back \(key) \(time)") }
      answers[key] = time
      return
    }
    guard let last = answers[key], last < begun, !gone.contains(key) else { return }
    if host == home, let newest = inventories.last, newest.time >= time - inventoryMaximumAge { return }
    if echo == .silent, everByEcho.contains(key) { misses[key, default: 0] += 1 }
    let opened = seen.keys.filter { place in
      place.host == host && (seen[place] ?? []).contains { $0.zone == zone && $0.state == .open }
    }
    let isOpen = opened.contains { view(of: $0, from: zone, at: time)?.state == .open }
    if isOpen { return }
    // A port that was open and refused since has answered by that: it is silent only once it is asked again.
    let isSilentWhereOpen = opened.contains { place in
      sightings(of: place, from: zone, by: time).last.map { $0.state == .filtered && $0.time > last } ?? false
    }
    let isSilentWherePortsAnswered = isSilentWhereOpen || !closedBefore.isDisjoint(with: states.keys)
    // Where a port answered last, echoes count once no port is known to refuse.
    let refuses = seen.keys.contains { place in
      place.host == host && sightings(of: place, from: zone, by: time).last?.state == .closed
    }
    let isSilentToEchoes = misses[key] ?? 0 >= closeAfter && (byEcho.contains(key) || !refuses)
    guard isSilentToEchoes || (isSilentWherePortsAnswered && !byEcho.contains(key)) else { return }
    gone.insert(key)
    hostChanges.append("host-gone \(key) \(time)")
  }

  /// `up echo-reply`, of a host by number; nil: nobody heard of it.
  func host(_ host: UInt32, zones: [ZoneID], at time: Timestamp) -> String? {
    let keys = zones.map { "\(host & 255) from \($0)" }.filter { answers[$0] != nil }
    if keys.isEmpty { return nil }
    let up = keys.filter { !gone.contains($0) }
    if up.isEmpty { return "gone" }
    let isOpen = seen.keys.contains { place in
      place.host == host && row(of: place, zones: zones, at: time).state == .open
    }
    return !isOpen && up.allSatisfy(byEcho.contains) ? "up echo-reply" : "up"
  }

  private func sightings(of place: Place, from zone: ZoneID, by time: Timestamp) -> [Seen] {
    var latest: [Timestamp: Seen] = [:]
    for sighting in seen[place] ?? [] where sighting.zone == zone && sighting.time <= time {
      latest[sighting.time] = sighting
    }
    return latest.values.sorted { $0.time < $1.time }
  }

  /// As it is told: what was open is open until so many looks in a row have found it otherwise.
  private func view(of place: Place, from zone: ZoneID, at time: Timestamp) -> Seen? {
    let all = sightings(of: place, from: zone, by: time)
    guard let newest = all.last else { return nil }
    let misses = all.reversed().prefix { $0.state != .open }
    if let open = all.last(where: { $0.state == .open }), misses.count < closeAfter { return open }
    return newest
  }

  /// When it was last seen as it is told. Of looks that saw the same one after another the first and the last are known: between them
  /// it was so all the time.
  private func seenAt(_ view: Seen, of place: Place, by time: Timestamp) -> Timestamp {
    let all = sightings(of: place, from: view.zone, by: Timestamp(milliseconds: .max))
    let same = all.split { $0.state != view.state }.first { run in run.contains { $0.time == view.time } } ?? []
    return min(same.last?.time ?? view.time, time)
  }

  private struct Owner {
    var isInside = false
    var name: String?
    var isCurrent = false
    /// Since when inventories tell of the same socket, or of none.
    var since = Timestamp(milliseconds: 0)
    /// Whether they told of another before.
    var wasOther = false
  }

  /// `now`: what the clock shows, if it was set back since the time; nil: the time.
  private func owner(of place: Place, at time: Timestamp, now: Timestamp? = nil) -> Owner {
    let known = inventories.filter { $0.time <= time }
    guard place.host == home, let newest = known.last else { return Owner() }
    // Another socket that takes the place of the one before has come anew.
    let same = known.reversed().prefix { $0.owners[place.port]?.address == newest.owners[place.port]?.address }
    return Owner(
      isInside: true, name: newest.owners[place.port]?.name,
      isCurrent: newest.time >= (now ?? time) - inventoryMaximumAge,
      since: same.last?.time ?? newest.time, wasOther: same.count < known.count)
  }

  /// DESIGN's table, for views of other hosts. A look before the listener came, or before it went, is none.
  private func verdict(_ state: EndpointState?, seenAt: Timestamp?, _ owner: Owner) -> Verdict? {
    let isOutdated = seenAt.map { $0 < owner.since } ?? false
    if let name = owner.name {
      if state == .open { return name.isEmpty ? .ownerUnknown : .exposed }
      return state == nil || isOutdated ? .unverified : .shielded
    }
    if state != .open { return nil }
    if !owner.isInside { return .noInsideView }
    return !isOutdated ? .forwarded : owner.wasOther ? .unverified : .noInsideView
  }

  private static let mostExposed: [Verdict?] = [
    .exposed, .forwarded, .ownerUnknown, .noInsideView, .unverified, .shielded, .localOnly, nil,
  ]

  func row(of place: Place, zones: [ZoneID], at time: Timestamp, now: Timestamp? = nil) -> Row {
    let owner = owner(of: place, at: time, now: now)
    let views = zones.compactMap { view(of: place, from: $0, at: time) }
    let judged = views.map { view in
      (view: view, verdict: verdict(view.state, seenAt: seenAt(view, of: place, by: time), owner))
    }
    let shown = judged.min { left, right in
      let ranks = [left, right].map { side in Self.mostExposed.firstIndex { $0 == side.verdict } ?? .max }
      if ranks[0] != ranks[1] { return ranks[0] < ranks[1] }
      if left.view.time != right.view.time { return left.view.time > right.view.time }
      return left.view.zone < right.view.zone
    }
    var told = shown?.verdict ?? (shown == nil ? verdict(nil, seenAt: nil, owner) : nil)
    let rests: Set<Verdict> = owner.name == nil ? [.unverified, .forwarded] : [.exposed, .ownerUnknown]
    if let verdict = told, rests.contains(verdict), !owner.isCurrent {
      told = .noInsideView
    }
    let opened = (seen[place] ?? []).filter { $0.state == .open && $0.time <= time }
    return Row(
      place: place, state: shown?.view.state, verdict: told, zone: shown?.view.zone,
      firstSeen: opened.map(\.time).min(),
      owner: owner.name)
  }

  /// What a listing shows: what is open or listened on. `now`: what the clock shows, if it was set back since the time.
  func rows(zones: [ZoneID], at time: Timestamp, besides: Set<Place> = [], now: Timestamp? = nil) -> [Row] {
    let places = Set(seen.keys).union(inventories.flatMap(\.owners.keys).map { Place(host: home, port: $0) })
    return places.subtracting(besides).sorted().map { row(of: $0, zones: zones, at: time, now: now) }
      .filter { $0.state == .open || $0.owner != nil }
  }

  /// `closed 1:80 from zone:1 TIME`, of each endpoint's view.
  func changes(zones: [ZoneID], besides: Set<Place>, by time: Timestamp) -> [String] {
    var changes: [String] = []
    for place in seen.keys where !besides.contains(place) {
      for zone in zones {
        var (wasLooked, wasOpen, isOpen) = (false, false, false)
        var misses: [Timestamp] = []
        for sighting in sightings(of: place, from: zone, by: time) {
          func tell(_ kind: ChangeKind, _ at: Timestamp) {
            changes.append("\(kind.rawValue) \(place.host & 255):\(place.port) from \(zone) \(at)")
          }
          if sighting.state == .open {
            if !isOpen { tell(wasOpen ? .reopened : wasLooked ? .opened : .found, sighting.time) }
            (isOpen, wasOpen, misses) = (true, true, [])
          } else if isOpen {
            misses.append(sighting.time)
            if misses.count == closeAfter {
              tell(.closed, misses[0])
              (isOpen, misses) = (false, [])
            }
          }
          wasLooked = true
        }
      }
    }
    return changes
  }

  /// `opened 1:80` and so on, from one time to another; what is open and was not looked at again counts as unchanged.
  func difference(zones: [ZoneID], from: Timestamp, to: Timestamp, besides: Set<Place>) -> Set<String> {
    var told: Set<String> = []
    for place in seen.keys where !besides.contains(place) {
      let (old, new) = (row(of: place, zones: zones, at: from), row(of: place, zones: zones, at: to))
      // A look that missed it was a look.
      let shownAt = new.zone.flatMap { sightings(of: place, from: $0, by: to).last?.time }
      let state: EndpointState? = shownAt.map { $0 > from } ?? false ? new.state : nil
      let kind: DiffKind? =
        switch (old.state, state) {
        case (.open, .open): .unchanged
        case (.open, nil): .unchanged
        case (.open, .some): .closed
        case (nil, .open): .found
        case (.some, .open): old.firstSeen == nil ? .opened : .reopened
        default: nil
        }
      if let kind { told.insert("\(kind.rawValue) \(place.host & 255):\(place.port)") }
    }
    return told
  }

  mutating func take(_ look: Look) { looks.append(look) }

  /// `opened 1:80`, `host-gone 1` and so on, from one scan to another, by what each of them saw.
  func difference(from old: Look, to new: Look) -> Set<String> {
    var told: Set<String> = []
    for host in Set([old.host, new.host]) {
      let before = old.host == host ? old.states : [:]
      let after = new.host == host ? new.states : [:]
      for port in Set(before.keys).union(after.keys) {
        let wasOpen = (seen[Place(host: host, port: port)] ?? []).contains {
          $0.state == .open && $0.time < old.created
        }
        let kind: DiffKind? =
          switch (before[port], after[port]) {
          case (.open, .open): .unchanged
          case (.open, nil): .notCovered
          case (.open, .some): .closed
          case (nil, .open): .found
          case (.some, .open): wasOpen ? .reopened : .opened
          default: nil
          }
        if let kind { told.insert("\(kind.rawValue) \(host & 255):\(port)") }
      }
      let isUp = (old.host == host && old.isAnswered, new.host == host && new.isAnswered)
      let hasAnswered = seen.contains { place, sightings in
        place.host == host && sightings.contains { $0.state != .filtered && $0.time < old.created }
      }
      let kind: DiffKind? =
        switch isUp {
        case (true, false): absence(of: old, in: new, as: .hostGone)
        case (false, true): absence(of: new, in: old, as: hasAnswered ? .hostBack : .hostFound)
        default: nil
        }
      if let kind { told.insert("\(kind.rawValue) \(host & 255)") }
    }
    return told
  }

  /// What another scan's silence says of a host that answered one; nil: nothing.
  private func absence(of look: Look, in other: Look, as kind: DiffKind) -> DiffKind? {
    guard look.host == other.host, look.zone == other.zone,
      look.states.allSatisfy({ $0.value != .open || other.states[$0.key] != nil }),
      look.states.contains(where: { $0.value != .filtered && other.states[$0.key] != nil })
    else { return .notCovered }
    let agent = owner(of: Place(host: look.host, port: 1), at: other.finished)
    return agent.isInside && agent.isCurrent ? nil : kind
  }

  /// Endpoints of which a zone saw several states before it was open, for the first time or while it was no row of the chart: of
  /// those the chart knows the last alone. And where several looks close a port and results come late, those that a zone missed after it
  /// had been open: of looks in a time in which nothing was open the chart knows the first and the last alone, when an open one comes late.
  func blurred(isLate: Bool) -> Set<Place> {
    Set(
      seen.filter { _, sightings in
        Dictionary(grouping: sightings, by: \.zone).values.contains { views in
          let sorted = views.sorted { $0.time < $1.time }
          let before = sorted.prefix { $0.state != .open }
          let isMissed = sorted.dropFirst(before.count).contains { $0.state != .open }
          return Set(before.map(\.state)).count > 1 || isLate && closeAfter > 1 && isMissed
        }
      }.keys)
  }
}

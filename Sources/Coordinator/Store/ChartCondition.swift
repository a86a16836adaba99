internal import CoordinatorCore
internal import GRDB
internal import Model

/// A chart query as SQL over `endpoint AS e`, `listener AS l` and `agent AS a`; values are bound, never spliced.
struct ChartCondition {
  /// What the rows are: listeners have no zone that looked at them; theirs is where their agent stands.
  enum Subject {
    case endpoints
    case listeners
  }

  private(set) var sql: [String] = []
  private(set) var arguments = StoredArguments([])
  private let subject: Subject

  init(_ subject: Subject = .endpoints) { self.subject = subject }

  /// The verdict with the inventory's age taken into account; one bound value, the oldest acceptable time.
  static let verdict = """
    CASE WHEN (e.verdict IN (\(provedInside)) OR e.verdict = \(Verdict.unverified.code) AND e.listener_id IS NULL)
        AND coalesce(a.inventory_at, 0) < ?
      THEN \(Verdict.noInsideView.code) ELSE e.verdict END
    """

  private static let provedInside = [Verdict.exposed, .ownerUnknown, .forwarded].map { String($0.code) }.joined(
    separator: ", ")

  /// Where the columns of a listener are.
  private var listener: String { subject == .listeners ? "e" : "l" }

  var whereClause: String { sql.isEmpty ? "" : "WHERE " + sql.joined(separator: " AND ") }

  mutating func add(_ condition: String, _ values: [(any Storable)?] = []) {
    sql.append("(\(condition))")
    arguments += StoredArguments(values)
  }

  /// Endpoints of a path behind the place at which a page ended; nil: all.
  mutating func add(after position: ChartPosition?, on path: ChartPath) {
    guard let position else { return }
    if let site = path.site {
      // Within one site its index is walked from the place on, which a condition that names the site again would not tell.
      guard site == position.host.site else { return }
      switch path.scopes {
      case .own:
        // A scope that is named twice would be one that is sorted by, though it is the same in all rows.
        return add(
          "(e.address, e.transport, e.port) > (?, ?, ?)",
          [position.host.address.blob, position.transport.number, Int(position.port.rawValue)])
      // What lies behind the place within the site's own scope is none of the path's.
      case .others where position.host.scope == .site: return
      case .others, nil: break
      }
      return add(
        "(e.scope, e.address, e.transport, e.port) > (?, ?, ?, ?)",
        [
          position.host.scope.rawValue, position.host.address.blob, position.transport.number,
          Int(position.port.rawValue),
        ])
    }
    add(
      "(e.site_id, e.scope, e.address, e.transport, e.port) > (?, ?, ?, ?, ?)",
      [
        position.host.site.rawValue, position.host.scope.rawValue, position.host.address.blob,
        position.transport.number, Int(position.port.rawValue),
      ])
  }

  /// Endpoints of a path up to a place, which is among them; nil: all.
  mutating func add(upTo position: ChartPosition?, on path: ChartPath) {
    guard let position else { return }
    let place: [any Storable] = [
      position.host.scope.rawValue, position.host.address.blob, position.transport.number, Int(position.port.rawValue),
    ]
    if path.site != nil { return add("(e.scope, e.address, e.transport, e.port) <= (?, ?, ?, ?)", place) }
    add(
      "(e.site_id, e.scope, e.address, e.transport, e.port) <= (?, ?, ?, ?, ?)",
      [position.host.site.rawValue as any Storable] + place)
  }

  /// Endpoints of a path at hosts behind one; nil: all.
  mutating func add(after host: ChartHost?, on path: ChartPath) {
    guard let host else { return }
    if let site = path.site {
      guard site == host.site else { return }
      switch path.scopes {
      case .own: return add("e.address > ?", [host.address.blob])
      case .others where host.scope == .site: return
      case .others, nil: break
      }
      return add("(e.scope, e.address) > (?, ?)", [host.scope.rawValue, host.address.blob])
    }
    add("(e.site_id, e.scope, e.address) > (?, ?, ?)", [host.site.rawValue, host.scope.rawValue, host.address.blob])
  }

  /// Endpoints of one host.
  mutating func add(at host: ChartHost) {
    add(
      "e.site_id = ? AND e.scope = ? AND e.address = ?",
      [host.site.rawValue, host.scope.rawValue, host.address.blob])
  }

  mutating func add(_ query: ChartQuery, on path: ChartPath) {
    for condition in path.conditions { add(condition.sql, condition.values) }
    add(query)
  }

  mutating func add(_ query: ChartQuery) {
    // Terms that must all hold stand side by side, so that each may use its index.
    let filters: [ChartFilter] = if case .all(let filters) = query.filter { filters } else { [query.filter] }
    for filter in filters {
      let part = part(filter, query.inventoryNotBefore)
      add(part.sql, part.values)
    }
  }

  /// Terms that must all hold, as a condition in brackets on what of `e`, `l` and `a` they ask for.
  static func joined(_ terms: [ChartTerm]) -> (sql: String, values: [any Storable]) {
    let condition = ChartCondition()
    let joined = condition.joined(
      terms.map { condition.part($0, Timestamp(milliseconds: .min)) }, by: "AND", none: "TRUE")
    return ("(\(joined.sql))", joined.values)
  }

  private typealias Part = (sql: String, values: [any Storable])

  private func part(_ filter: ChartFilter, _ notBefore: Timestamp) -> Part {
    switch filter {
    case .term(let term): return part(term, notBefore)
    case .not(let filter):
      let inner = part(filter, notBefore)
      // What cannot be told of a row does not hold, and its negation does.
      return ("(\(inner.sql)) IS NOT TRUE", inner.values)
    case .all(let filters): return joined(filters.map { part($0, notBefore) }, by: "AND", none: "TRUE")
    case .any(let filters): return joined(filters.map { part($0, notBefore) }, by: "OR", none: "FALSE")
    }
  }

  private func joined(_ parts: [Part], by word: String, none: String) -> Part {
    guard !parts.isEmpty else { return (none, []) }
    return (parts.map { "(\($0.sql))" }.joined(separator: " \(word) "), parts.flatMap(\.values))
  }

  private func part(_ term: ChartTerm, _ notBefore: Timestamp) -> Part {
    switch term {
    case .site(let names):
      // Paths name sites where an index begins with them. A condition on it would choose that index's bounds a second time, or make of
      // alternatives a search for each, whose rows are sorted.
      return within("+e.site_id IN (SELECT id FROM site WHERE %)", "name", names)
    case .zone(let names):
      return subject == .listeners
        ? within("a.zone_id IN (SELECT id FROM zone WHERE %)", "name", names)
        : joined(
          [
            within("e.zone_id IN (SELECT id FROM zone WHERE %)", "name", names),
            within(
              """
              EXISTS (SELECT 1 FROM endpoint_view AS v JOIN zone ON zone.id = v.zone_id
                WHERE v.endpoint_id = e.id AND (%))
              """, "zone.name", names),
          ], by: "OR", none: "FALSE")
    case .agent(let names):
      // Seen through a function the name cannot have SQLite begin with agents, and sort what it finds of each.
      return match(subject == .listeners ? "a.name" : "coalesce(a.name, NULL)", names)
    case .tag(let names): return within("EXISTS (SELECT 1 FROM json_each(a.tags) AS t WHERE %)", "t.value", names)
    case .hostName(let names):
      // A listener has no address that a name server could have been asked for.
      let living = match("lower(a.host_name)", names.map(\.asciiLowercased))
      // As in `namedAgents`: nobody lives where an agent was removed.
      let inhabited: Part = ("a.removed_at IS NULL AND (\(living.sql))", living.values)
      guard subject == .endpoints else { return inhabited }
      let named = Self.names(names)
      return joined(
        [
          (
            """
            EXISTS (SELECT 1 FROM host_name AS n
              WHERE n.site_id = e.site_id AND n.scope = e.scope AND n.address = e.address AND \(named.sql))
            """,
            named.values
          ), inhabited,
        ], by: "OR", none: "FALSE")
    case .net(let ranges):
      return joined(
        ranges.map {
          (
            "length(e.address) = ? AND +e.address BETWEEN ? AND ?",
            [$0.family.bitWidth / 8, $0.first.blob, $0.last.blob]
          )
        }, by: "OR", none: "FALSE")
    case .port(let ranges):
      let single = ranges.compactMap { $0.count == 1 ? Int($0.lowerBound) : nil }
      // One list is one index search for each value.
      if single.count == ranges.count { return among("e.port", single) }
      return between("e.port", ranges.map { (Int($0.lowerBound), Int($0.upperBound)) })
    case .transport(let transports):
      // One protocol would be a column that need not be sorted by, and SQLite does not see that the index of all is in order then.
      return among("+e.transport", transports.map(\.number))
    case .service(let names, let registered):
      return joined(
        [match("e.service", names)]
          + registered.map {
            ("e.service IS NULL AND e.transport = ? AND e.port = ?", [$0.transport.number, Int($0.port.rawValue)])
          }, by: "OR", none: "FALSE")
    case .product(let names): return match("e.product", names, ignoresCase: true)
    case .text(let phrases):
      guard subject == .endpoints else { return ("FALSE", []) }
      return (Self.text(phrases.count), phrases.map(\.sought) + phrases.map(\.sought))
    case .state(let states): return among("e.state", states.map(\.code))
    case .verdict(let verdicts):
      let list = among(Self.verdict, verdicts.map(\.code))
      return (list.sql, [notBefore.milliseconds] + list.values)
    case .process(let names): return process("name") { match($0, names) }
    case .pid(let ranges):
      return process("pid") { between($0, ranges.map { (Int($0.lowerBound), Int($0.upperBound)) }) }
    case .user(let names):
      return joined([match("\(listener).user", names), process("user") { match($0, names) }], by: "OR", none: "FALSE")
    case .unit(let names): return match("\(listener).unit", names)
    case .container(let names): return match("\(listener).container", names)
    case .finding(let rules):
      return subject == .listeners ? ("FALSE", []) : ("e.findings & ? <> 0", [FindingSet(rules).rawValue])
    case .time(let moment, let spans):
      let column = "e." + columnName(moment)
      return joined(
        spans.map { span in
          joined(
            [
              span.from.map { ("\(column) >= ?", [$0.milliseconds]) },
              span.to.map { ("\(column) < ?", [$0.milliseconds]) },
            ]
            .compactMap(\.self), by: "AND", none: "\(column) IS NOT NULL")
        }, by: "OR", none: "FALSE")
    }
  }

  /// The words of the service that the row shows, and of its certificate; a value for each phrase, and each again.
  private static func text(_ phrases: Int) -> String {
    func holds(_ text: String) -> String {
      Array(repeating: "instr(' ' || \(text) || ' ', ?) > 0", count: phrases).joined(separator: " OR ")
    }
    return """
      e.state = \(EndpointState.open.code) AND EXISTS (SELECT 1 FROM endpoint_service AS s LEFT JOIN record_text AS t ON t.id = s.text_id
        LEFT JOIN certificate AS c ON c.id = s.certificate_id LEFT JOIN record_text AS ct ON ct.id = c.text_id
        WHERE s.endpoint_id = e.id AND s.zone_id = e.zone_id AND (\(holds("t.text")) OR \(holds("ct.text"))))
      """
  }

  private func columnName(_ moment: ChartTerm.Moment) -> String {
    switch moment {
    case .firstSeen: "first_seen"
    case .lastSeen: "last_seen"
    // A listener's row has no such column: nothing is known of it.
    case .lastChanged: subject == .listeners ? "changed_at" : "differed_at"
    }
  }

  private func process(_ field: String, _ condition: (String) -> Part) -> Part {
    let part = condition("json_extract(p.value, '$.\(field)')")
    return ("EXISTS (SELECT 1 FROM json_each(\(listener).processes) AS p WHERE \(part.sql))", part.values)
  }

  /// Sites whose names fit every one of these lists, as a condition on `site`.
  static func sites(_ lists: [[TextMatch]]) -> (sql: String, values: [any Storable]) {
    let condition = ChartCondition()
    return condition.joined(lists.map { condition.match("name", $0) }, by: "AND", none: "TRUE")
  }

  /// What name servers call a host now, as a condition on `host_name AS n`, where names are in small letters.
  static func names(_ names: [TextMatch]) -> (sql: String, values: [any Storable]) {
    let part = ChartCondition().match("n.name", names.map(\.asciiLowercased))
    return ("n.until_at IS NULL AND n.name IS NOT NULL AND (\(part.sql))", part.values)
  }

  /// Agents whose hosts call themselves so, as a table and the condition on it.
  static func namedAgents(_ names: [TextMatch]) -> (sql: String, values: [any Storable]) {
    let condition = ChartCondition()
    let part = condition.match("lower(host_name)", names.map(\.asciiLowercased))
    return ("agent WHERE removed_at IS NULL AND (\(part.sql))", part.values)
  }

  /// `%` in a statement's text is where the names are matched.
  private func within(_ sql: String, _ column: String, _ names: [TextMatch]) -> Part {
    let part = match(column, names)
    return (sql.replacing("%", with: part.sql), part.values)
  }

  private func match(_ column: String, _ names: [TextMatch], ignoresCase: Bool = false) -> Part {
    let exact = names.compactMap { name in
      if case .exactly(let text) = name { text } else { nil }
    }
    let patterns = names.compactMap { name in
      if case .pattern(let text) = name { text } else { nil }
    }
    // GLOB knows sets of characters too (sqlite.org/lang_expr.html); here a bracket is a bracket.
    let globs: [Part] = patterns.map { pattern in
      let glob = pattern.replacing("[", with: "[[]")
      return ignoresCase ? ("lower(\(column)) GLOB ?", [glob.lowercased()]) : ("\(column) GLOB ?", [glob])
    }
    return joined((exact.isEmpty ? [] : [among(column, exact)]) + globs, by: "OR", none: "FALSE")
  }

  private func among(_ column: String, _ values: [any Storable]) -> Part {
    ("\(column) IN (\(Array(repeating: "?", count: values.count).joined(separator: ", ")))", values)
  }

  private func between(_ column: String, _ ranges: [(Int, Int)]) -> Part {
    joined(ranges.map { ("\(column) BETWEEN ? AND ?", [$0.0, $0.1]) }, by: "OR", none: "FALSE")
  }
}

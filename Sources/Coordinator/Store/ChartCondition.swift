internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

/// A chart query as SQL over `endpoint AS e`, `listener AS l` and `agent AS a`; values are bound, never spliced.
struct ChartCondition {
  private(set) var sql: [String] = []
  private(set) var arguments = StatementArguments()

  /// The verdict with the inventory's age taken into account; one bound value, the oldest acceptable time.
  static let verdict = """
    CASE WHEN e.verdict IN ('exposed', 'owner-unknown', 'forwarded') AND coalesce(a.inventory_at, 0) < ?
      THEN 'no-inside-view' ELSE e.verdict END
    """

  mutating func add(_ condition: String, _ values: [(any DatabaseValueConvertible)?] = []) {
    sql.append("(\(condition))")
    arguments += StatementArguments(values)
  }

  /// Adds `column IN (…)`.
  private mutating func add(_ column: String, among values: [any DatabaseValueConvertible]) {
    add("\(column) IN (\(Array(repeating: "?", count: values.count).joined(separator: ", ")))", values)
  }

  private mutating func addAny(_ parts: [(sql: String, values: [any DatabaseValueConvertible])]) {
    add(parts.map(\.sql).joined(separator: " OR "), parts.flatMap(\.values))
  }

  mutating func add(_ query: ChartQuery) {
    for term in query.terms { add(term, inventoryNotBefore: query.inventoryNotBefore) }
  }

  /// As `add`, for listeners: no zone looked at them, so a zone is where their agent stands.
  mutating func add(toListeners query: ChartQuery) {
    for term in query.terms {
      guard case .zone(let names) = term else {
        add(term, inventoryNotBefore: query.inventoryNotBefore)
        continue
      }
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      add("a.zone_id IN (SELECT id FROM zone WHERE name IN (\(marks)))", names)
    }
  }

  private mutating func add(_ term: ChartQuery.Term, inventoryNotBefore: Timestamp) {
    switch term {
    case .site(let names):
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      add("e.site_id IN (SELECT id FROM site WHERE name IN (\(marks)))", names)
    case .zone(let names):
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      add(
        """
        EXISTS (SELECT 1 FROM endpoint_view AS v JOIN zone ON zone.id = v.zone_id
          WHERE v.endpoint_id = e.id AND zone.name IN (\(marks)))
        """, names)
    case .agent(let names): add("a.name", among: names)
    case .net(let ranges):
      addAny(
        ranges.map {
          (
            "(length(e.address) = ? AND e.address BETWEEN ? AND ?)",
            [$0.family.bitWidth / 8, $0.first.blob, $0.last.blob]
          )
        })
    case .port(let ranges): addAny(ranges.map { ("e.port BETWEEN ? AND ?", [Int($0.lowerBound), Int($0.upperBound)]) })
    case .transport(let transports): add("e.transport", among: transports.map(\.number))
    case .service(let names, let registered):
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      addAny(
        [("e.service IN (\(marks))", names)]
          + registered.map {
            ("(e.service IS NULL AND e.transport = ? AND e.port = ?)", [$0.transport.number, Int($0.port.rawValue)])
          })
    case .product(let names): add("e.product", among: names)
    case .state(let states): add("e.state", among: states.map(\.rawValue))
    case .verdict(let verdicts):
      let marks = Array(repeating: "?", count: verdicts.count).joined(separator: ", ")
      add("\(Self.verdict) IN (\(marks))", [inventoryNotBefore.milliseconds] + verdicts.map(\.rawValue))
    case .process(let names): addProcess("name", names)
    case .pid(let ids): addProcess("pid", ids)
    case .user(let names):
      let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
      add(
        """
        l.user IN (\(marks)) OR EXISTS (SELECT 1 FROM json_each(l.processes) AS p
          WHERE json_extract(p.value, '$.user') IN (\(marks)))
        """, names + names)
    case .unit(let names): add("l.unit", among: names)
    }
  }

  private mutating func addProcess(_ field: String, _ values: [any DatabaseValueConvertible]) {
    let marks = Array(repeating: "?", count: values.count).joined(separator: ", ")
    add(
      "EXISTS (SELECT 1 FROM json_each(l.processes) AS p WHERE json_extract(p.value, '$.\(field)') IN (\(marks)))",
      values)
  }

  var whereClause: String { sql.isEmpty ? "" : "WHERE " + sql.joined(separator: " AND ") }
}

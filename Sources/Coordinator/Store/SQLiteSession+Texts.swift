internal import CoordinatorCore
internal import GRDB
internal import Model

extension SQLiteSession {
  /// The record of a text, new if nothing says the same words yet; nil: it has no word.
  func noteText(_ text: RecordText) throws -> Int64? {
    guard !text.words.isEmpty else { return nil }
    if let known = try rows(often: "SELECT id FROM record_text WHERE text = ?", [text.words]).first {
      return known["id"]
    }
    return try insert("INSERT INTO record_text(text) VALUES (?)", [text.words])
  }

  /// The way to a query's rows by the words that they must have, where that is shorter than to walk the listing; nil: it is not,
  /// or none are demanded.
  func textPath(of query: ChartQuery, few: Int = fewTexts) throws -> ChartPath? {
    try ChartPath.textMatches(of: query).first { try hasFewTexts($0, few) }.map(ChartPath.path)
  }

  /// Rows that texts lead to, as a page of the listing. Their places are sorted first, alone: to judge a row reads what its service says,
  /// and few of thousands are on the page.
  func inListingOrder<Row>(
    _ query: ChartQuery, on path: ChartPath, after: ChartPosition?, limit: Int,
    _ read: (ChartPath, _ limit: Int) throws -> [Row]
  ) throws -> [Row] {
    var condition = ChartCondition()
    condition.add(query.ofPlaces, on: path)
    condition.add(after: after, on: path)
    var endpoints: [Int64] = []
    try eachComposedRow(
      """
      SELECT e.id FROM \(path.table) \(condition.whereClause)
      ORDER BY e.site_id, e.scope, e.address, e.transport, e.port
      """, condition.arguments
    ) { row in if let id = row.integer(at: 0) { endpoints.append(id) } }
    var found: [Row] = []
    var start = 0
    // Most fit, where nothing else is asked.
    var count = min(max(limit + limit / 8, Self.rowsAtOnce.lowerBound), Self.rowsAtOnce.upperBound)
    while start < endpoints.count, found.count < limit {
      let part = endpoints[start..<min(start + count, endpoints.count)]
      let marks = Array(repeating: "?", count: part.count).joined(separator: ", ")
      let rows = ChartPath(
        table: path.table, conditions: [("e.id IN (\(marks))", part.map { $0 as any Storable })])
      found += try read(rows, limit - found.count)
      start += part.count
      count = Self.rowsAtOnce.upperBound
    }
    return found
  }

  private static let rowsAtOnce = 50...1_000

  /// Endpoints that are looked up and sorted in some hundred milliseconds at most: more are met often enough in the listing's order,
  /// where each that is passed costs a tenth of that, among ten million every thousandth.
  static let fewTexts = 10_000

  private func hasFewTexts(_ match: String, _ few: Int) throws -> Bool {
    var count = 0
    for source in [ChartPath.services, ChartPath.certificates] {
      count += try number(
        "SELECT count(*) FROM (SELECT 1 FROM \(source) LIMIT ?)", [match, few + 1 - count])
      if count > few { return false }
    }
    return true
  }
}

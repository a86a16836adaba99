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
  func textPath(of query: ChartQuery) throws -> ChartPath? {
    guard let match = ChartPath.textMatch(of: query) else { return nil }
    var count = 0
    for source in [ChartPath.services, ChartPath.certificates] {
      count += try number(
        "SELECT count(*) FROM (SELECT 1 FROM \(source) LIMIT ?)", [match, Self.fewTexts + 1 - count])
      guard count <= Self.fewTexts else { return nil }
    }
    return .path(toTexts: match)
  }

  /// Endpoints that are looked up and sorted in a moment: more are met often enough in the listing's order.
  private static let fewTexts = 20_000
}

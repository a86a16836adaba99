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

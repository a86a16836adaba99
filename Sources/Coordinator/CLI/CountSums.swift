internal import Model
internal import Wire

/// Parts of counts, added up.
struct CountSums {
  private var counts: [String?: CountRow] = [:]
  /// Products are the same in any case of ASCII's letters (sqlite.org/datatype3.html, 7: NOCASE); the coordinator tells one spelling in each part.
  private let ignoresCase: Bool

  init(ignoresCase: Bool) { self.ignoresCase = ignoresCase }

  mutating func add(_ rows: [CountRow]) {
    for row in rows {
      let key = ignoresCase ? row.value.map(Self.folded) : row.value
      counts[key, default: CountRow(value: row.value, endpoints: 0)].endpoints += row.endpoints
    }
  }

  private static func folded(_ text: String) -> String {
    String(
      decoding: text.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// In the order in which counts are told.
  var rows: [CountRow] {
    counts.values.sorted { CountOrder.goesBefore(($0.value, $0.endpoints), ($1.value, $1.endpoints)) }
  }
}

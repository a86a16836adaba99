/// How a value is compared with what a row has.
enum QueryComparison: String, CaseIterable {
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "="
  case unequal = "!="

  /// The comparison that a text begins with, the longest that fits.
  static func leading(_ text: Substring) -> QueryComparison? {
    allCases.filter { text.hasPrefix($0.rawValue) }.max { $0.rawValue.count < $1.rawValue.count }
  }
}

/// How a predicate compares.
enum FilterOperator: Hashable {
  case equal
  case notEqual
  case less
  case greater
  case atMost
  case atLeast

  /// Longer ones first, so that `<=` is not taken for `<`.
  static let symbols: [(String, FilterOperator)] = [
    ("==", .equal), ("!=", .notEqual), ("<=", .atMost), (">=", .atLeast), ("=", .equal), ("<", .less), (">", .greater),
  ]

  static let words: [String: FilterOperator] = [
    "eq": .equal, "ne": .notEqual, "neq": .notEqual, "lt": .less, "gt": .greater, "le": .atMost, "leq": .atMost,
    "ge": .atLeast, "geq": .atLeast,
  ]

  var isOrder: Bool { self != .equal && self != .notEqual }
}

/// Values for the marks of a statement, in their order.
struct StoredArguments: ExpressibleByArrayLiteral {
  private(set) var values: [StoredValue]

  init(arrayLiteral elements: (any Storable)?...) { self.init(elements) }

  init(_ elements: [(any Storable)?]) { values = elements.map { $0?.stored ?? .null } }

  /// For statements that run for each row of a chunk: nothing is boxed.
  init(values: [StoredValue]) { self.values = values }

  static func + (left: StoredArguments, right: StoredArguments) -> StoredArguments {
    var sum = left
    sum += right
    return sum
  }

  static func += (left: inout StoredArguments, right: StoredArguments) { left.values += right.values }
}

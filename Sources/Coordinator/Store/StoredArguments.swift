internal import Model

/// Values for the marks of a statement, in their order: flat, because a chunk has tens of thousands of them.
struct StoredArguments: ExpressibleByArrayLiteral {
  /// One value; texts and blobs are a part of `octets`.
  enum Cell {
    case null
    case integer(Int64)
    case real(Double)
    case text(octets: Int)
    case blob(octets: Int)
  }

  private(set) var cells: [Cell] = []
  /// What texts (UTF-8) and blobs hold, one behind the other.
  private(set) var octets: [UInt8] = []

  init(arrayLiteral elements: (any Storable)?...) { self.init(elements) }

  init(_ elements: [(any Storable)?]) {
    cells.reserveCapacity(elements.count)
    for element in elements { append(element?.stored ?? .null) }
  }

  /// For statements that run for each row of a chunk: nothing is boxed.
  init(values: [StoredValue]) {
    cells.reserveCapacity(values.count)
    for value in values { append(value) }
  }

  /// Room for so many values before any is appended.
  init(capacity: Int) { cells.reserveCapacity(capacity) }

  private mutating func append(_ value: StoredValue) {
    switch value {
    case .null: cells.append(.null)
    case .integer(let number): cells.append(.integer(number))
    case .real(let number): cells.append(.real(number))
    case .text(let text): append(text: text)
    case .blob(let blob):
      octets.append(contentsOf: blob)
      cells.append(.blob(octets: blob.count))
    }
  }

  mutating func append(_ number: Int64?) { cells.append(number.map { .integer($0) } ?? .null) }

  mutating func append(_ truth: Bool) { cells.append(.integer(truth ? 1 : 0)) }

  mutating func append(_ time: Timestamp?) { append(time?.milliseconds) }

  mutating func append<Kind>(_ identifier: Identifier<Kind>?) { append(identifier?.rawValue) }

  mutating func append(text: String?) {
    guard let text else { return cells.append(.null) }
    octets.append(contentsOf: text.utf8)
    cells.append(.text(octets: text.utf8.count))
  }

  /// As a blob of 4 or 16 octets in network byte order.
  mutating func append(_ address: IPAddress) {
    let count = address.family.bitWidth / 8
    for index in (0..<count).reversed() {
      octets.append(UInt8(truncatingIfNeeded: address.value >> UInt128(index * 8)))
    }
    cells.append(.blob(octets: count))
  }

  var count: Int { cells.count }

  static func + (left: StoredArguments, right: StoredArguments) -> StoredArguments {
    var sum = left
    sum += right
    return sum
  }

  static func += (left: inout StoredArguments, right: StoredArguments) {
    left.cells += right.cells
    left.octets += right.octets
  }
}

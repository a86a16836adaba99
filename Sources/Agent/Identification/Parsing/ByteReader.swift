/// Reads numbers and runs of octets off the front of what a target sent; nil wherever it sent too little, and never a trap.
struct ByteReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ octets: ArraySlice<UInt8>) { rest = octets }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func octet() -> UInt8? { rest.popFirst() }

  /// An unsigned number of up to four octets, most significant first (network byte order).
  mutating func number(_ octets: Int) -> Int? {
    guard let taken = take(octets) else { return nil }
    return taken.reduce(0) { $0 << 8 | Int($1) }
  }

  /// An unsigned number of up to four octets, least significant first.
  mutating func littleEndian(_ octets: Int) -> Int? {
    guard let taken = take(octets) else { return nil }
    return taken.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func skip(_ count: Int) -> Bool { take(count) != nil }

  /// The octets before the next zero, which is taken too.
  mutating func zeroTerminated() -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: 0) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return rest[..<end]
  }

  /// A run of octets behind its length, itself `width` octets in network byte order.
  mutating func run(lengthOctets width: Int) -> ArraySlice<UInt8>? {
    guard let length = number(width) else { return nil }
    return take(length)
  }
}

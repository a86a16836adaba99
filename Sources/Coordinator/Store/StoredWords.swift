/// Values of an enumeration found by the octets of their words: a list has one in each row, and to make a `String` of each costs more
/// than to compare it with those that were met.
struct StoredWords<Value: RawRepresentable<String>> {
  private var met: [(octets: [UInt8], value: Value)] = []

  init() {}

  /// Nil: there is no such word.
  mutating func value(_ octets: UnsafeBufferPointer<UInt8>) -> Value? {
    for word in met where word.octets.count == octets.count && word.octets.elementsEqual(octets) { return word.value }
    guard let value = Value(rawValue: String(decoding: octets, as: UTF8.self)) else { return nil }
    met.append((Array(octets), value))
    return value
  }
}

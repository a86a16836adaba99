internal import CoordinatorCore
internal import FoundationEssentials
internal import GRDB
internal import Model

extension UInt128 {
  /// 16 octets, most significant first, so that blobs sort as numbers do.
  var blob: Data { Data((0..<16).map { UInt8(truncatingIfNeeded: self >> UInt128(120 - $0 * 8)) }) }

  init(blob: Data) { self = blob.reduce(0) { $0 << 8 | UInt128($1) } }
}

extension IPAddress {
  var blob: Data { Data(octets) }
}

extension TransportProtocol {
  /// IANA's assigned protocol number.
  var number: Int {
    switch self {
    case .tcp: 6
    case .udp: 17
    case .sctp: 132
    }
  }

  /// Nil: it is none of these, or no number.
  init?(number: Int64?) {
    guard let found = Self.allCases.first(where: { Int64($0.number) == number }) else { return nil }
    self = found
  }
}

extension StoredRow {
  func time(_ column: String) -> Timestamp { Timestamp(milliseconds: self[column]) }

  func optionalTime(_ column: String) -> Timestamp? {
    (self[column] as Int64?).map { Timestamp(milliseconds: $0) }
  }

  func wide(_ column: String) -> UInt128 { UInt128(blob: self[column]) }

  func identifier<Kind>(_ column: String) -> Identifier<Kind> { Identifier(self[column] as Int64) }

  func optionalIdentifier<Kind>(_ column: String) -> Identifier<Kind>? {
    (self[column] as Int64?).map { Identifier($0) }
  }

  /// Ids of one kind, a JSON list of numbers.
  func identifiers<Kind>(_ column: String) throws -> [Identifier<Kind>] {
    // The usual list is empty, and a decoder dear.
    (self[column] as String) == "[]" ? [] : try json(column, as: [Int64].self).map { Identifier($0) }
  }

  func address(_ column: String) throws -> IPAddress {
    guard let address = IPAddress(octets: self[column] as Data) else { throw damaged(column) }
    return address
  }

  func transport(_ column: String = "transport") throws -> TransportProtocol {
    guard let transport = TransportProtocol(number: self[column]) else { throw damaged(column) }
    return transport
  }

  func port(_ column: String = "port") throws -> Port {
    guard let number = UInt16(exactly: self[column] as Int64) else { throw damaged(column) }
    return Port(number)
  }

  /// A value of an enumeration stored by its raw value.
  func word<Value: RawRepresentable<String>>(_ column: String) throws -> Value {
    guard let value = Value(rawValue: self[column]) else { throw damaged(column) }
    return value
  }

  func optionalWord<Value: RawRepresentable<String>>(_ column: String) throws -> Value? {
    guard let text = self[column] as String? else { return nil }
    guard let value = Value(rawValue: text) else { throw damaged(column) }
    return value
  }

  func code<Value: StoredCode>(_ column: String) throws -> Value {
    guard let value = Value(code: self[column]) else { throw damaged(column) }
    return value
  }

  func optionalCode<Value: StoredCode>(_ column: String) throws -> Value? {
    guard let code = self[column] as Int64? else { return nil }
    guard let value = Value(code: code) else { throw damaged(column) }
    return value
  }

  func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data((self[column] as String).utf8))
  }

  /// Words, a JSON list of strings.
  func words(_ column: String) throws -> [String] {
    let text: String = self[column]
    // Words without escapes, as nearly all are, are read without a decoder.
    guard text.hasPrefix("[\""), text.hasSuffix("\"]"), !text.utf8.contains(UInt8(ascii: "\\")) else {
      return text == "[]" ? [] : try json(column, as: [String].self)
    }
    let parts = text.dropFirst(2).dropLast(2).split(separator: "\",\"", omittingEmptySubsequences: false)
    return parts.contains { $0.utf8.contains(UInt8(ascii: "\"")) }
      ? try json(column, as: [String].self) : parts.map(String.init)
  }

  private func damaged(_ column: String) -> StoreError {
    StoreError(.failed, "the database holds an unreadable value in \(column)")
  }
}

/// Numbers as a JSON list, as `jsonText` writes them.
func numbersText(_ numbers: [Int64]) -> String {
  numbers.isEmpty ? "[]" : "[" + numbers.map(String.init).joined(separator: ",") + "]"
}

/// A value as JSON text, keys sorted so that equal values are equal texts.
func jsonText(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}

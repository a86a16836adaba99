/// A body that a client sends. Fields it does not list are refused by the reader, so that a misspelt option is an error
/// and never silently ignored.
package protocol WireRequest: Codable, Sendable {
  static var fieldNames: Set<String> { get }

  /// Fields that hold an object, or a list of objects, with known fields of their own.
  static var nestedFields: [String: any WireRequest.Type] { get }
}

extension WireRequest {
  package static var nestedFields: [String: any WireRequest.Type] { [:] }
}

/// Every coding key of a request is a field name; requests conform with one line.
package protocol ListedFields: CodingKey, CaseIterable {}

extension ListedFields {
  package static var names: Set<String> { Set(allCases.map(\.stringValue)) }
}

internal import Model

/// One cell of a listing, with the type that machine formats keep.
package enum ListingValue: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  case boolean(Bool)
  /// Milliseconds since 1970-01-01T00:00:00Z.
  case time(Int64)
  case list([ListingValue])
  /// Members in the order in which they are printed.
  case object([Member])
  /// Nothing is known: null in JSON, empty elsewhere.
  case absent

  /// A named value of an object.
  package struct Member: Hashable, Sendable {
    package let key: String
    package let value: ListingValue

    package init(_ key: String, _ value: ListingValue) {
      self.key = key
      self.value = value
    }
  }

  /// A text, or `absent` for nil.
  package static func text(ifPresent text: String?) -> ListingValue { text.map { .text($0) } ?? .absent }

  /// An integer, or `absent` for nil.
  package static func integer(ifPresent number: Int64?) -> ListingValue { number.map { .integer($0) } ?? .absent }

  /// Members by name and value.
  package static func object(_ members: KeyValuePairs<String, ListingValue>) -> ListingValue {
    .object(members.map { Member($0.key, $0.value) })
  }
}

extension ListingValue {
  /// What a table or CSV shows: times in RFC 3339 UTC, lists joined by commas, objects and lists of them as JSON;
  /// unescaped.
  package var plainText: String {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .boolean(let flag): flag ? "true" : "false"
    case .time(let milliseconds): Timestamp(milliseconds: milliseconds).description
    case .list(let values) where !values.contains(where: \.isObject):
      values.map(\.plainText).joined(separator: ",")
    case .list, .object: json
    case .absent: ""
    }
  }

  private var isObject: Bool { if case .object = self { true } else { false } }

  private var json: String {
    var text = ""
    JSONText.append(self, to: &text)
    return text
  }
}

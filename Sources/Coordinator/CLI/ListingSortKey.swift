internal import Listing
internal import Model

/// A cell as it is compared with others of its column: numbers and times as numbers, addresses as addresses, and within texts runs
/// of digits as numbers, so that `web2` goes before `web10` and 1.9 before 1.10.
enum ListingSortKey: Equatable {
  case number(Int64)
  /// By family, IPv4 first, and by octets.
  case address(IPAddress)
  case text([Part])
  case absent

  enum Part: Equatable {
    /// The digits without leading zeros: the longer is the greater.
    case digits(String)
    case other(String)
  }

  init(_ value: ListingValue, isAddress: Bool = false) {
    switch value {
    case .absent: self = .absent
    case .integer(let number), .time(let number): self = .number(number)
    case .boolean(let flag): self = .number(flag ? 1 : 0)
    case .text(let text):
      if isAddress, let address = IPAddress(text) {
        self = .address(address)
      } else {
        self = text.isEmpty ? .absent : .text(Self.parts(of: text))
      }
    case .list(let values) where values.isEmpty: self = .absent
    case .list, .object: self = .text(Self.parts(of: value.plainText))
    }
  }

  private static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var rest = text.unicodeScalars[...]
    func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39).contains(scalar.value) }
    while let first = rest.first {
      let run = rest.prefix { isDigit($0) == isDigit(first) }
      rest = rest[run.endIndex...]
      parts.append(
        isDigit(first) ? .digits(String(Substring(run.drop { $0 == "0" }))) : .other(String(Substring(run))))
    }
    return parts
  }
}

extension ListingSortKey: Comparable {
  static func < (left: ListingSortKey, right: ListingSortKey) -> Bool {
    switch (left, right) {
    case (.number(let left), .number(let right)): left < right
    case (.address(let left), .address(let right)):
      left.family == right.family ? left < right : left.family == .ipv4
    case (.text(let left), .text(let right)): left.lexicographicallyPrecedes(right)
    default: left.rank < right.rank
    }
  }

  private var rank: Int {
    switch self {
    case .number: 0
    case .address: 1
    case .text: 2
    case .absent: 3
    }
  }
}

extension ListingSortKey.Part: Comparable {
  static func < (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.digits(let left), .digits(let right)):
      left.utf8.count == right.utf8.count ? left < right : left.utf8.count < right.utf8.count
    case (.other(let left), .other(let right)): left < right
    case (.digits, .other): true
    case (.other, .digits): false
    }
  }
}

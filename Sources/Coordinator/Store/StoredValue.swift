internal import FoundationEssentials

/// A value as SQLite keeps it (sqlite.org/datatype3.html, 2).
enum StoredValue: Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob(Data)

  static func integer(orNull number: Int64?) -> StoredValue { number.map { .integer($0) } ?? .null }

  static func text(orNull text: String?) -> StoredValue { text.map { .text($0) } ?? .null }
}

/// What may be bound to a statement and read from a row.
protocol Storable {
  var stored: StoredValue { get }

  /// Nil: the value is of another kind.
  init?(stored: StoredValue)
}

extension Storable where Self: FixedWidthInteger {
  var stored: StoredValue { .integer(Int64(self)) }

  init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self.init(exactly: number)
  }
}

extension Int64: Storable {}
extension Int: Storable {}
extension Int32: Storable {}
extension UInt32: Storable {}

extension Bool: Storable {
  var stored: StoredValue { .integer(self ? 1 : 0) }

  init?(stored: StoredValue) {
    guard case .integer(let number) = stored else { return nil }
    self = number != 0
  }
}

extension Double: Storable {
  var stored: StoredValue { .real(self) }

  init?(stored: StoredValue) {
    switch stored {
    case .real(let number): self = number
    case .integer(let number): self = Double(number)
    case .null, .text, .blob: return nil
    }
  }
}

extension String: Storable {
  var stored: StoredValue { .text(self) }

  init?(stored: StoredValue) {
    guard case .text(let text) = stored else { return nil }
    self = text
  }
}

extension Data: Storable {
  var stored: StoredValue { .blob(self) }

  init?(stored: StoredValue) {
    guard case .blob(let octets) = stored else { return nil }
    self = octets
  }
}

extension Optional: Storable where Wrapped: Storable {
  var stored: StoredValue { self?.stored ?? .null }

  init?(stored: StoredValue) {
    if case .null = stored {
      self = nil
    } else {
      guard let value = Wrapped(stored: stored) else { return nil }
      self = value
    }
  }
}

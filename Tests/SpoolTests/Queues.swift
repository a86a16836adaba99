import Model

@testable import Spool

let now = Timestamp(milliseconds: 1_800_000_000_000)

extension SpoolQueue {
  /// Appends a record that is known again by its text.
  @discardableResult
  func put(_ text: String, at time: Timestamp = now) throws -> UInt64 {
    try append(kind: 1, payload: Array(text.utf8), at: time)
  }

  /// Takes everything out, in order.
  func drain(at time: Timestamp = now) throws -> [String] {
    var texts: [String] = []
    while let record = try first(at: time) {
      texts.append(String(decoding: record.payload, as: UTF8.self))
      try remove(record.number)
    }
    return texts
  }
}

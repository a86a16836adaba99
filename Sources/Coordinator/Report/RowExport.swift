package import Model

/// Rows in a format for programs, octets as they come: what a command prints, and what the operator's API streams.
package protocol RowExport: Sendable {
  associatedtype Row: Sendable

  /// Appends what stands before the first row.
  mutating func begin(_ bytes: inout [UInt8])
  /// Appends rows, which follow those of before in the list's order.
  mutating func add(_ rows: [Row], to bytes: inout [UInt8])
  /// Appends what stands after the last row.
  mutating func end(_ bytes: inout [UInt8], at time: Timestamp)
}

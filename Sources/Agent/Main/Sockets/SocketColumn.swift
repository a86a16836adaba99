internal import Listing
internal import SocketInventory

/// A column of a listing of sockets, and how a row fills it.
struct SocketColumn: Sendable {
  let column: ListingColumn
  let value: @Sendable (SocketRow) -> ListingValue

  init(_ column: ListingColumn, _ value: @escaping @Sendable (SocketRow) -> ListingValue) {
    self.column = column
    self.value = value
  }

  /// A column of machine formats; `localPort` is LOCAL PORT where a table shows it.
  init(_ key: String, _ value: @escaping @Sendable (SocketRow) -> ListingValue) {
    let title = key.reduce(into: "") { $0 += $1.isUppercase ? " \($1)" : $1.uppercased() }
    self.init(ListingColumn(key, title: title), value)
  }
}

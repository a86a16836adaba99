/// A column of a listing.
package struct ListingColumn: Hashable, Sendable {
  /// On which side a table's cells stand.
  package enum Alignment: Sendable {
    case leading
    case trailing
  }

  /// The stable camelCase name in machine formats and for `--columns`.
  package let key: String

  /// The table's heading, in capitals.
  package let title: String

  /// The order of leaving a table that is too wide: the highest goes first, 0 never.
  package let dropPriority: Int

  package let alignment: Alignment

  /// Whether the column shows in `wide` tables only; machine formats always have it.
  package let isWideOnly: Bool

  package init(
    _ key: String, title: String, dropPriority: Int = 0, alignment: Alignment = .leading, isWideOnly: Bool = false
  ) {
    self.key = key
    self.title = title
    self.dropPriority = dropPriority
    self.alignment = alignment
    self.isWideOnly = isWideOnly
  }
}

/// Reading the feed of notices, inside one transaction.
package protocol NoticeReading {
  /// Kinds that some alert wants; what nobody wants is not written.
  func wantedNotices() throws -> Set<NoticeKind>
  /// The oldest notices behind a place in the feed.
  func notices(after id: Int64, limit: Int) throws -> [NoticeRecord]
}

/// Adding to the feed, inside the transaction that takes the change in.
package protocol NoticeWriting: NoticeReading {
  /// Adds the notices that some alert wants, in their order; drops the others.
  func append(_ notices: [ChangeNotice]) throws
  func setWantedNotices(_ kinds: Set<NoticeKind>) throws
}

/// One file of the spool, by what is left of it.
struct StoredSegment {
  /// Its records have this number and higher ones; the file is named by it.
  let first: UInt64
  /// Octets of the file.
  private(set) var size: Int
  /// Sound records, in order.
  private var entries: [SegmentEntry]
  /// How many of them have been passed.
  private var passed = 0
  /// Octets up to here have been passed.
  private(set) var position = 0
  /// Octets of the records that are left.
  private(set) var leftBytes: Int

  init(first: UInt64, size: Int = 0, entries: [SegmentEntry] = []) {
    self.first = first
    self.size = size
    self.entries = entries
    leftBytes = entries.reduce(0) { $0 + $1.length }
  }

  /// The oldest record that is left.
  var next: SegmentEntry? { passed < entries.count ? entries[passed] : nil }
  var last: SegmentEntry? { entries.last }

  /// Records that are left.
  var count: Int { entries.count - passed }

  /// Octets that are no sound record and have not been passed.
  var damagedBytes: Int { size - position - leftBytes }

  /// Octets behind the last sound record.
  var tail: Int { size - (entries.last?.end ?? 0) }

  mutating func append(_ entry: SegmentEntry) {
    entries.append(entry)
    size = entry.end
    leftBytes += entry.length
  }

  /// Goes past the oldest record that is left, and whatever lies before it.
  mutating func pass() {
    guard let entry = next else { return }
    passed += 1
    position = entry.end
    leftBytes -= entry.length
  }

  /// Goes past what lies before the oldest record that is left.
  mutating func passDamage() { position = next?.offset ?? size }
}

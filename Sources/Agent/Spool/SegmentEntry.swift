internal import Model

/// Where a sound record lies in its segment; what it says is read when it is asked for.
struct SegmentEntry: Equatable {
  let offset: Int
  /// Octets, header included.
  let length: Int
  let number: UInt64
  let time: Timestamp

  var end: Int { offset + length }
}

/// Deadlines of a fixed number of things, each with at most one: setting, clearing and expiring cost constant time and
/// allocate nothing.
///
/// A hashed wheel (Varghese and Lauck, 1987, scheme 6): a deadline lies in the bucket of its tick modulo the number of
/// buckets; buckets are doubly linked through arrays, and a bitmap skips the empty ones. An expiry is late by at most one
/// tick and never early. Belongs to one thread.
package struct TimerWheel {
  /// log2 of the nanoseconds in a tick: 1.05 ms, the grain of epoll_wait(2).
  private static let tickShift: UInt64 = 20
  private static let bucketCount = 4096
  private static let none: Int32 = -1

  private var heads: [Int32]
  private var occupied: [UInt64]
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var buckets: [Int32] = []
  private var deadlines: [UInt64] = []

  /// The first tick that has not been looked at yet.
  private var tick: UInt64

  /// How many deadlines are set.
  package private(set) var count = 0

  /// - Parameter now: nanoseconds of the clock that every later call uses.
  package init(now: UInt64) {
    heads = [Int32](repeating: Self.none, count: Self.bucketCount)
    occupied = [UInt64](repeating: 0, count: Self.bucketCount / 64)
    tick = now >> Self.tickShift
  }

  /// Makes room for ids below `capacity`; the only call that allocates.
  package mutating func reserve(_ capacity: Int) {
    guard capacity > deadlines.count else { return }
    let more = capacity - deadlines.count
    next += repeatElement(Self.none, count: more)
    previous += repeatElement(Self.none, count: more)
    buckets += repeatElement(Self.none, count: more)
    deadlines += repeatElement(0, count: more)
  }

  /// Sets the deadline of `id`, replacing an earlier one; one in the past expires at the next call of `expire`.
  package mutating func set(_ id: Int, at deadline: UInt64) {
    clear(id)
    // The tick after the deadline's own: by then it has passed for certain.
    let bucket = Int(max((deadline >> Self.tickShift) + 1, tick) % UInt64(Self.bucketCount))
    deadlines[id] = deadline
    buckets[id] = Int32(bucket)
    next[id] = heads[bucket]
    previous[id] = Self.none
    if heads[bucket] != Self.none { previous[Int(heads[bucket])] = Int32(id) }
    heads[bucket] = Int32(id)
    occupied[bucket / 64] |= 1 << UInt64(bucket % 64)
    count += 1
  }

  /// Clears the deadline of `id`, if it has one.
  package mutating func clear(_ id: Int) {
    let bucket = Int(buckets[id])
    guard bucket >= 0 else { return }
    if previous[id] == Self.none { heads[bucket] = next[id] } else { next[Int(previous[id])] = next[id] }
    if next[id] != Self.none { previous[Int(next[id])] = previous[id] }
    if heads[bucket] == Self.none { occupied[bucket / 64] &= ~(1 << UInt64(bucket % 64)) }
    buckets[id] = Self.none
    count -= 1
  }

  /// Clears every deadline that has passed and appends its id to `expired`.
  package mutating func expire(now: UInt64, into expired: inout [Int]) {
    let current = now >> Self.tickShift
    guard tick <= current else { return }
    // After a long pause one turn of the wheel has met every bucket.
    let last = min(current, tick + UInt64(Self.bucketCount) - 1)
    var looked = tick
    while looked <= last, count > 0 {
      let bucket = Int(looked % UInt64(Self.bucketCount))
      let word = occupied[bucket / 64] >> UInt64(bucket % 64)
      if word == 0 {
        looked += UInt64(64 - bucket % 64)
        continue
      }
      if word & 1 == 1 { collect(bucket: bucket, now: now, into: &expired) }
      looked += 1
    }
    tick = current + 1
  }

  private mutating func collect(bucket: Int, now: UInt64, into expired: inout [Int]) {
    var id = heads[bucket]
    while id != Self.none {
      let following = next[Int(id)]
      // A deadline of a later turn of the wheel stays where it is.
      if deadlines[Int(id)] <= now {
        expired.append(Int(id))
        clear(Int(id))
      }
      id = following
    }
  }

  /// When to call `expire` next: never after the earliest deadline's tick, at times before it; nil with no deadline set.
  package var nextExpiry: UInt64? {
    guard count > 0 else { return nil }
    var looked = tick
    while looked < tick + UInt64(Self.bucketCount) {
      let bucket = Int(looked % UInt64(Self.bucketCount))
      let word = occupied[bucket / 64] >> UInt64(bucket % 64)
      if word != 0 {
        return (looked + UInt64(word.trailingZeroBitCount)) << Self.tickShift
      }
      looked += UInt64(64 - bucket % 64)
    }
    return nil
  }
}

/// The hosts that a run is at work on, by index. Engine thread only.
///
/// A class of its own with storage of its own: every probe touches its host a dozen times, and an array in a class would be
/// checked each time for a second owner and for overlapping access (four hundredths of a scan's time, measured).
final class HostTable {
  private var base: UnsafeMutablePointer<ProbedHost>
  private(set) var count = 0
  private(set) var capacity = 64

  init() { base = .allocate(capacity: capacity) }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  var indices: Range<Int> { 0..<count }

  func append(_ host: ProbedHost) {
    if count == capacity {
      let larger = UnsafeMutablePointer<ProbedHost>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
      base = larger
      capacity *= 2
    }
    (base + count).initialize(to: host)
    count += 1
  }

  subscript(index: Int) -> ProbedHost {
    @inline(__always) _read {
      precondition(index >= 0 && index < count, "a host has an index")
      yield base[index]
    }
    @inline(__always) _modify {
      precondition(index >= 0 && index < count, "a host has an index")
      yield &base[index]
    }
  }
}

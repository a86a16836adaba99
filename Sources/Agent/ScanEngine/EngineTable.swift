/// What every probe touches a dozen times, by index: the hosts that a run is at work on, the engine's slots. Engine thread
/// only.
///
/// A class of its own with storage of its own: an array in a class would be checked each time for a second owner and for
/// overlapping access (for hosts alone four hundredths of a scan's time, measured).
final class EngineTable<Element> {
  private var base: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private(set) var capacity = 64

  init() { base = .allocate(capacity: capacity) }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  var indices: Range<Int> { 0..<count }

  func append(_ element: Element) {
    if count == capacity {
      let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
      base = larger
      capacity *= 2
    }
    (base + count).initialize(to: element)
    count += 1
  }

  subscript(index: Int) -> Element {
    @inline(__always) _read {
      precondition(index >= 0 && index < count, "an element has an index")
      yield base[index]
    }
    @inline(__always) _modify {
      precondition(index >= 0 && index < count, "an element has an index")
      yield &base[index]
    }
  }
}

/// Probes that wait: lists of any number of hosts in one array, so that waiting allocates nothing once the array has
/// grown. Engine thread only.
struct ProbePool {
  /// A probe that was launched before.
  struct Entry: Equatable {
    /// The index of the endpoint in its block's ports.
    let portOffset: Int32

    /// Tries so far.
    let tries: UInt8

    /// How many of them are evidence: those in the host's present regime of pace.
    let evidence: UInt8
    let regime: UInt8

    /// Failures of our own so far: self-connections and connections that the kernel gave up.
    let mishaps: UInt8

    /// The measuring period of the host's pacer in which the last try was started.
    let period: UInt16
  }

  /// One list of one host.
  struct List {
    fileprivate var head: Int32 = -1
    fileprivate var tail: Int32 = -1
    fileprivate(set) var count: Int32 = 0

    var isEmpty: Bool { count == 0 }
  }

  private var nodes: [(entry: Entry, next: Int32)] = []
  private var free: Int32 = -1

  mutating func append(_ entry: Entry, to list: inout List) {
    let index = make(entry, next: -1)
    if list.tail >= 0 { nodes[Int(list.tail)].next = index } else { list.head = index }
    list.tail = index
    list.count += 1
  }

  mutating func prepend(_ entry: Entry, to list: inout List) {
    let index = make(entry, next: list.head)
    if list.tail < 0 { list.tail = index }
    list.head = index
    list.count += 1
  }

  mutating func popFirst(_ list: inout List) -> Entry? {
    guard list.head >= 0 else { return nil }
    let index = list.head
    let entry = nodes[Int(index)].entry
    list.head = nodes[Int(index)].next
    if list.head < 0 { list.tail = -1 }
    list.count -= 1
    nodes[Int(index)].next = free
    free = index
    return entry
  }

  func first(_ list: List) -> Entry? { list.head >= 0 ? nodes[Int(list.head)].entry : nil }

  /// Moves all of one list behind another.
  mutating func move(_ list: inout List, to other: inout List) {
    guard list.head >= 0 else { return }
    if other.tail >= 0 { nodes[Int(other.tail)].next = list.head } else { other.head = list.head }
    other.tail = list.tail
    other.count += list.count
    list = List()
  }

  private mutating func make(_ entry: Entry, next: Int32) -> Int32 {
    if free >= 0 {
      let index = free
      free = nodes[Int(index)].next
      nodes[Int(index)] = (entry, next)
      return index
    }
    nodes.append((entry, next))
    return Int32(nodes.count - 1)
  }
}

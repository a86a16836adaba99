/// Probes that wait to be sent again: lists of any number of hosts in one array, so that a retry allocates nothing once
/// the array has grown. Engine thread only.
struct RetryPool {
  /// A probe to be sent again.
  struct Entry {
    let portOffset: Int

    /// Connections started so far.
    let tries: UInt8

    /// Failures of our own so far: self-connections and connections that the kernel gave up.
    let mishaps: UInt8
  }

  /// One host's list, first in, first out.
  struct List {
    fileprivate var head = -1
    fileprivate var tail = -1
    fileprivate(set) var count = 0

    var isEmpty: Bool { count == 0 }
  }

  private var nodes: [(entry: Entry, next: Int)] = []
  private var free = -1

  mutating func append(_ entry: Entry, to list: inout List) {
    let index: Int
    if free >= 0 {
      index = free
      free = nodes[index].next
      nodes[index] = (entry, -1)
    } else {
      index = nodes.count
      nodes.append((entry, -1))
    }
    if list.tail >= 0 { nodes[list.tail].next = index } else { list.head = index }
    list.tail = index
    list.count += 1
  }

  mutating func popFirst(_ list: inout List) -> Entry? {
    guard list.head >= 0 else { return nil }
    let index = list.head
    let entry = nodes[index].entry
    list.head = nodes[index].next
    if list.head < 0 { list.tail = -1 }
    list.count -= 1
    nodes[index].next = free
    free = index
    return entry
  }
}

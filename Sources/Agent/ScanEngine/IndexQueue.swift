/// A queue of indices in one array used as a ring; it allocates only while it grows.
struct IndexQueue {
  private var ring: [Int] = Array(repeating: 0, count: 16)
  private var head = 0
  private(set) var count = 0

  mutating func append(_ index: Int) {
    if count == ring.count {
      ring = (0..<count).map { ring[(head + $0) % ring.count] } + Array(repeating: 0, count: count)
      head = 0
    }
    ring[(head + count) % ring.count] = index
    count += 1
  }

  mutating func popFirst() -> Int? {
    guard count > 0 else { return nil }
    let index = ring[head]
    head = (head + 1) % ring.count
    count -= 1
    return index
  }
}

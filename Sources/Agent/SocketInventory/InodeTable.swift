/// Finds the index of a socket by its inode: an open-addressed table sized once, because every descriptor of the machine
/// is looked up in it.
struct InodeTable {
  private var slots: [(inode: UInt32, index: Int32)]
  private let mask: Int

  /// At most half full, so that looking up what is absent, the usual case, ends soon.
  ///
  /// - Parameters:
  ///   - count: how many there are in all.
  ///   - first: the inodes of the first sockets, in their order; 0 for none.
  ///   - second: those of the sockets behind them.
  init(
    count: Int, inodes first: some Sequence<UInt32>, and second: some Sequence<UInt32> = EmptyCollection<UInt32>()
  ) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    slots = Array(repeating: (0, 0), count: capacity)
    mask = capacity - 1
    var index: Int32 = 0
    for inode in first {
      insert(inode, index)
      index += 1
    }
    for inode in second {
      insert(inode, index)
      index += 1
    }
  }

  private mutating func insert(_ inode: UInt32, _ index: Int32) {
    guard inode != 0 else { return }
    var position = Self.hash(inode) & mask
    while slots[position].inode != 0 { position = (position + 1) & mask }
    slots[position] = (inode, index)
  }

  func index(of inode: UInt32) -> Int? {
    guard inode != 0 else { return nil }
    var position = Self.hash(inode) & mask
    while slots[position].inode != 0 {
      if slots[position].inode == inode { return Int(slots[position].index) }
      position = (position + 1) & mask
    }
    return nil
  }

  /// Knuth's multiplicative hash: inodes are handed out one after the other.
  private static func hash(_ inode: UInt32) -> Int { Int((inode &* 2_654_435_761) >> 7) }
}

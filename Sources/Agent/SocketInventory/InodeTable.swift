/// Finds the index of a socket by its inode: an open-addressed table sized once, because every descriptor of the machine
/// is looked up in it.
struct InodeTable {
  private var slots: [(inode: UInt32, index: Int32)]
  private let mask: Int

  /// At most half full, so that looking up what is absent, the usual case, ends soon.
  init(inodes: some Collection<UInt32>) {
    var capacity = 16
    while capacity < inodes.count * 2 { capacity *= 2 }
    slots = Array(repeating: (0, 0), count: capacity)
    mask = capacity - 1
    for (index, inode) in inodes.enumerated() where inode != 0 {
      var position = Self.hash(inode) & mask
      while slots[position].inode != 0 { position = (position + 1) & mask }
      slots[position] = (inode, Int32(index))
    }
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

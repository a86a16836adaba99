internal import Glibc
internal import LinuxSystem

/// The mark on the disk, in two places written in turn: a write that is cut off spoils one, and the other still tells what
/// was true one step before. Both are written over in place, which a full disk does not prevent. Every call may block.
struct MarkFile {
  /// Octets between the two places: a sector or more.
  private static let distance = 4_096

  private let file: DescriptorBox
  private let medium: any SpoolMedium
  /// What the file said when it was opened; nil for a new one, and for one that cannot be made out.
  let found: SpoolMark?

  init(_ path: String, medium: any SpoolMedium) throws(SystemError) {
    self.medium = medium
    if let there = try Self.open(path) {
      file = there
      found = try Self.newest(there.number)
    } else {
      file = DescriptorBox(try medium.create(path))
      found = nil
    }
    if found == nil {
      do throws(SystemError) {
        // Takes its room on the disk while there is some.
        try medium.writeAll([UInt8](repeating: 0, count: 2 * Self.distance), to: file.number, at: 0)
        try medium.synchronise(file.number)
      } catch {
        // The next opening begins anew.
        unlink(path)
        throw error
      }
    }
  }

  /// Not synchronised: what a power failure takes back is said to the coordinator again, which knows it.
  func write(_ mark: SpoolMark) throws(SystemError) {
    try medium.writeAll(mark.encoded, to: file.number, at: Int(mark.version % 2) * Self.distance)
  }

  private static func open(_ path: String) throws(SystemError) -> DescriptorBox? {
    do throws(SystemError) {
      return DescriptorBox(try Descriptor.open(path, flags: O_RDWR | O_NOFOLLOW))
    } catch let error where error.errno == ENOENT {
      return nil
    }
  }

  private static func newest(_ descriptor: Int32) throws(SystemError) -> SpoolMark? {
    var newest: SpoolMark?
    for place in 0..<2 {
      var bytes = [UInt8](repeating: 0, count: SpoolMark.size)
      let count = try SystemCall.retrying("read") { pread(descriptor, &bytes, bytes.count, off_t(place * distance)) }
      let mark = bytes.withUnsafeBytes { SpoolMark(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      if let mark, mark.version >= (newest?.version ?? 0) { newest = mark }
    }
    return newest
  }
}

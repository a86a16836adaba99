internal import Glibc
internal import LinuxSystem

/// Reading segments. A failing disk gives nothing, which then counts as damage: it takes along no more than it must.
enum SegmentFile {
  private static let blockBytes = 1 << 16

  /// All of a file; blocks that the disk does not give are zero. Blocks.
  static func contents(_ path: String) throws(SystemError) -> [UInt8] {
    let file = try Descriptor.open(path, flags: O_RDONLY | O_NOFOLLOW)
    let descriptor = file.number
    let size = Int(try SystemCall.retrying("lseek \(path)") { lseek(descriptor, 0, SEEK_END) })
    var bytes = [UInt8](repeating: 0, count: size)
    var offset = 0
    while offset < size {
      let wanted = min(blockBytes, size - offset)
      let count = try read(descriptor, into: &bytes, at: offset, count: wanted)
      if count == 0 { break }
      offset += count
    }
    return bytes
  }

  /// The octets of an entry, or fewer. Blocks.
  static func bytes(of entry: SegmentEntry, in descriptor: Int32) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: entry.length)
    var done = 0
    while done < entry.length {
      let start = done
      let count = try SystemCall.retrying("read") {
        bytes.withUnsafeMutableBytes { bytes in
          pread(descriptor, bytes.baseAddress?.advanced(by: start), entry.length - start, off_t(entry.offset + start))
        }
      }
      if count == 0 { break }
      done += count
    }
    return Array(bytes[..<done])
  }

  private static func read(
    _ descriptor: Int32, into bytes: inout [UInt8], at offset: Int, count: Int
  ) throws(SystemError) -> Int {
    do throws(SystemError) {
      return try SystemCall.retrying("read") {
        bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress?.advanced(by: offset), count, off_t(offset)) }
      }
    } catch let error where error.errno == EIO {
      return count
    }
  }
}

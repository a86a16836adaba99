internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Reads the names in directories into one buffer (getdents64(2)).
struct DirectoryEntries {
  private var buffer = [UInt8](repeating: 0, count: 1 << 15)

  /// The number that an entry of `/proc` or of a descriptor directory is named by; nil for any other name.
  static func number(_ name: UnsafePointer<CChar>) -> Int32? {
    var value: Int32 = 0
    var position = 0
    while name[position] != 0 {
      guard name[position] >= 0x30, name[position] <= 0x39, position < 9 else { return nil }
      value = value * 10 + Int32(name[position] - 0x30)
      position += 1
    }
    return position > 0 ? value : nil
  }

  /// Hands every name but those that start with a dot to `body`; a name is valid only during the call.
  ///
  /// From a descriptor directory, numbers below `first` are left out: its kernel position is two more than the number, behind
  /// `.` and `..` (proc_readfd_common, fs/proc/fd.c).
  mutating func read(
    _ directory: borrowing Descriptor, from first: Int32 = 0,
    _ body: (UnsafePointer<CChar>) throws(SystemError) -> Void
  ) throws(SystemError) {
    let number = directory.number
    if first > 0 { try SystemCall.retrying("lseek") { lseek(number, Int(first) + 2, SEEK_SET) } }
    // The kernel's linux_dirent64 is what glibc names dirent on 64-bit machines and dirent64 everywhere.
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    let lengthOffset = MemoryLayout<dirent>.offset(of: \.d_reclen) ?? 16
    while true {
      let count = try SystemCall.retrying("getdents64") {
        clinux_directory_entries(number, &buffer, buffer.count)
      }
      if count == 0 { return }
      var failure: SystemError?
      buffer.withUnsafeBytes { bytes in
        var offset = 0
        while offset + nameOffset < count, failure == nil {
          let length = Int(bytes.loadUnaligned(fromByteOffset: offset + lengthOffset, as: UInt16.self))
          guard length > nameOffset, let base = bytes.baseAddress else { return }
          let name = (base + offset + nameOffset).assumingMemoryBound(to: CChar.self)
          if name[0] != 0x2e {
            do throws(SystemError) { try body(name) } catch { failure = error }
          }
          offset += length
        }
      }
      if let failure { throw failure }
    }
  }
}

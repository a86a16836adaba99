package import LinuxSystem

/// Writing, as the spool needs it: the seam at which tests let a disk be full or a process end.
package protocol SpoolMedium: Sendable {
  /// Makes a file that is not there yet, mode 0600, open for reading and writing.
  func create(_ path: String) throws(SystemError) -> Descriptor
  /// Writes from `offset` on, possibly less than asked for; returns how many octets. Blocks.
  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, at offset: Int) throws(SystemError) -> Int
  /// Returns when what was written is on the disk. Blocks.
  func synchronise(_ descriptor: Int32) throws(SystemError)
}

extension SpoolMedium {
  func writeAll(_ bytes: [UInt8], to descriptor: Int32, at offset: Int) throws(SystemError) {
    var done = 0
    while done < bytes.count { done += try write(bytes[done...], to: descriptor, at: offset + done) }
  }
}

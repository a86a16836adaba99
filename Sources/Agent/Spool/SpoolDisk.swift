internal import Glibc
package import LinuxSystem

/// The file system.
package struct SpoolDisk: SpoolMedium {
  package init() {}

  package func create(_ path: String) throws(SystemError) -> Descriptor {
    Descriptor(
      owning: try SystemCall.retrying("create \(path)") {
        Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      })
  }

  package func write(
    _ bytes: ArraySlice<UInt8>, to descriptor: Int32, at offset: Int
  ) throws(SystemError) -> Int {
    try SystemCall.retrying("write") {
      bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    }
  }

  package func synchronise(_ descriptor: Int32) throws(SystemError) {
    try SystemCall.retrying("fdatasync") { fdatasync(descriptor) }
  }
}

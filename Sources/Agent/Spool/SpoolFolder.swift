internal import Glibc
internal import LinuxSystem

/// The folder with its lock, and the names in it. Every call may block.
struct SpoolFolder {
  private static let suffix = ".spool"
  private static let digits = 16

  let path: String
  private let descriptor: DescriptorBox
  /// Held for as long as this lives; the kernel lets go of it when the process ends, however it ends (flock(2)).
  private let lock: DescriptorBox

  /// Makes the folder, mode 0700, where there is none, and takes its lock.
  init(_ path: String) throws(SpoolError) {
    self.path = path
    do throws(SystemError) {
      descriptor = try Self.open(path)
      lock = try Self.lock(path, in: descriptor.number)
    } catch {
      throw error.errno == EWOULDBLOCK ? SpoolError(path: path, code: .inUse) : SpoolError(path: path, error)
    }
  }

  private static func open(_ path: String) throws(SystemError) -> DescriptorBox {
    do throws(SystemError) {
      try SystemCall.retrying("mkdir \(path)") { mkdir(path, 0o700) }
    } catch let error where error.errno == EEXIST {
      // Its mode is its owner's affair; the files in it are readable by this user alone.
    }
    return DescriptorBox(try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY))
  }

  private static func lock(_ path: String, in folder: Int32) throws(SystemError) -> DescriptorBox {
    let file = DescriptorBox(
      Descriptor(
        owning: try SystemCall.retrying("open \(path)/lock") {
          openat(folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }))
    try SystemCall.retrying("flock \(path)/lock") { flock(file.number, LOCK_EX | LOCK_NB) }
    return file
  }

  /// Where the mark lies.
  var markPath: String { path + "/mark" }

  func segmentPath(_ first: UInt64) -> String {
    let text = String(first, radix: 16)
    return path + "/" + String(repeating: "0", count: max(0, Self.digits - text.count)) + text + Self.suffix
  }

  /// The first numbers of the segments, ascending. Other files are let alone.
  func segments() throws(SystemError) -> [UInt64] {
    guard let directory = opendir(path) else { throw SystemError(call: "opendir \(path)", errno: Glibc.errno) }
    defer { closedir(directory) }
    var numbers: [UInt64] = []
    while true {
      Glibc.errno = 0
      guard let entry = readdir(directory) else {
        guard Glibc.errno == 0 else { throw SystemError(call: "readdir \(path)", errno: Glibc.errno) }
        return numbers.sorted()
      }
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name.hasSuffix(Self.suffix), name.utf8.count == Self.digits + Self.suffix.utf8.count,
        let number = UInt64(name.dropLast(Self.suffix.utf8.count), radix: 16), number > 0
      else { continue }
      numbers.append(number)
    }
  }

  /// Takes a file away; that it is not there is fine.
  func remove(_ path: String) throws(SystemError) {
    do throws(SystemError) {
      try SystemCall.retrying("unlink \(path)") { unlink(path) }
    } catch let error where error.errno == ENOENT {
      // Somebody else took it away already.
    }
  }

  /// A new name is on the disk when its folder is (fsync(2)); a file system that cannot say so does it its own way.
  func synchronise() { _ = fsync(descriptor.number) }
}

import Glibc
import LinuxSystem
import Synchronization

@testable import Spool

/// A disk that takes so many octets and no more; a write that does not fit writes what does and then fails.
final class BoundedDisk: SpoolMedium {
  private struct State {
    var room = Int.max
    var errno = ENOSPC
    var takesFiles = true
  }

  private let state = Mutex(State())
  private let disk = SpoolDisk()

  /// Lets `room` octets in and answers `errno` after that; new files are made only with `files`.
  func allow(_ room: Int, errno: Int32 = ENOSPC, files: Bool = true) {
    state.withLock { $0 = State(room: room, errno: errno, takesFiles: files) }
  }

  func create(_ path: String) throws(SystemError) -> Descriptor {
    let refusal = state.withLock { $0.takesFiles ? nil : $0.errno }
    if let refusal { throw SystemError(call: "create \(path)", errno: refusal) }
    return try disk.create(path)
  }

  func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, at offset: Int) throws(SystemError) -> Int {
    let (room, errno) = state.withLock { state in
      let room = min(state.room, bytes.count)
      if state.room != .max { state.room -= room }
      return (room, state.errno)
    }
    guard room > 0 else { throw SystemError(call: "write", errno: errno) }
    return try disk.write(bytes.prefix(room), to: descriptor, at: offset)
  }

  func synchronise(_ descriptor: Int32) throws(SystemError) { try disk.synchronise(descriptor) }
}

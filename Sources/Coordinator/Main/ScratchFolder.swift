internal import CoordinatorCLI
internal import Foundation

/// A folder of the demo's own, readable by its user alone.
struct ScratchFolder: Sendable {
  let path: String

  /// Throws a `CommandFailure` if there is no place for one.
  init() throws {
    let place = NSTemporaryDirectory()
    var template = Array((place + (place.hasSuffix("/") ? "" : "/") + "periplus-demo.XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandFailure("no scratch folder can be made: \(String(cString: strerror(errno)))")
    }
    path = template.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }

  /// Writes a file only this user can read (the process's umask is 077) and returns its path.
  func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    do {
      try Data(text.utf8).write(to: URL(filePath: file))
    } catch {
      throw CommandFailure("\(file) cannot be written")
    }
    return file
  }

  func remove() {
    // Left behind only if somebody else has taken it away or its disk is gone: nothing to be done about either.
    try? FileManager.default.removeItem(atPath: path)
  }
}

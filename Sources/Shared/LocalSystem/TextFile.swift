internal import Glibc

/// Whole text files, with a bound.
package enum TextFile {
  /// Reads the file at `path`, or standard input for `-`. Blocks until the end of the file.
  ///
  /// - Parameters:
  ///   - path: a path, or `-`.
  ///   - maximumBytes: more than this is refused, before it is held in memory.
  /// - Returns: the text, which must be UTF-8.
  /// - Throws: `TextFileError`.
  package static func read(_ path: String, maximumBytes: Int) throws(TextFileError) -> String {
    let bytes = try readBytes(path, maximumBytes: maximumBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw TextFileError(path: path, code: .notUTF8) }
    return text
  }

  /// Reads the octets of a file as `read` does, whatever they are.
  ///
  /// - Parameters:
  ///   - path: a path, or `-` for standard input.
  ///   - maximumBytes: more than this is refused.
  /// - Returns: the octets.
  /// - Throws: `TextFileError`, never with the code `notUTF8`.
  package static func readBytes(_ path: String, maximumBytes: Int) throws(TextFileError) -> [UInt8] {
    guard path != "-" else { return try read(from: STDIN_FILENO, path: path, maximumBytes: maximumBytes) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TextFileError(path: path, code: .system(call: "open", errno: errno)) }
    defer { close(descriptor) }
    return try read(from: descriptor, path: path, maximumBytes: maximumBytes)
  }

  private static func read(from descriptor: Int32, path: String, maximumBytes: Int) throws(TextFileError) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        let error = errno
        if error == EINTR { continue }
        throw TextFileError(path: path, code: error == EISDIR ? .isDirectory : .system(call: "read", errno: error))
      }
      if count == 0 { return content }
      guard content.count + count <= maximumBytes else {
        throw TextFileError(path: path, code: .tooLarge(maximumBytes: maximumBytes))
      }
      content += buffer[..<count]
    }
  }
}

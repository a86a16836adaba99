internal import Glibc
package import LinuxSystem
package import LocalSystem

/// Where a report goes: a file, or standard output for `-`.
package final class ReportFile {
  /// As it was named; `-` for standard output.
  package let path: String

  /// What is written goes here.
  package let output: BufferedOutput
  private let descriptor: Descriptor?

  package static let standardOutput = "-"

  /// Opens the file and empties it; an error comes before anything is probed.
  ///
  /// - Throws: `SystemError` with the path in its call.
  package init(_ path: String) throws(SystemError) {
    self.path = path
    guard path != Self.standardOutput else {
      descriptor = nil
      output = BufferedOutput()
      return
    }
    let number = try SystemCall.retrying("open \(path)") {
      open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    }
    descriptor = Descriptor(owning: number)
    output = BufferedOutput(descriptor: number)
  }

  /// Whether something could not be written, so that going on is in vain.
  package var hasFailed: Bool { output.failure != nil }

  /// Writes what is left.
  ///
  /// A file that could not be written whole is removed: half a report looks like one, and the disk may need the room.
  /// - Returns: what to tell, nil where all is well; empty for a reader who went away.
  package func finish() -> String? {
    do throws(BufferedOutput.Failure) {
      try output.finish()
      return nil
    } catch {
      guard descriptor != nil else { return error.isBrokenPipe ? "" : error.description }
      var message = "cannot write \(path): \(SystemError.text(of: error.errno))"
      if removeIfRegular() { message += "; the half-written file was removed" }
      return message
    }
  }

  /// Takes back a file that nothing was written to.
  package func discard() {
    if descriptor != nil { _ = removeIfRegular() }
  }

  /// Devices and pipes stay: they are not ours to remove.
  private func removeIfRegular() -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    return unlink(path) == 0
  }
}

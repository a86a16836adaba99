import Foundation
import LinuxSystem

@testable import Spool

/// A folder of the test's own, taken away with it; what it is asked for lies in it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "periplus-spool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var spool: String { url.appending(path: "spool").path }

  /// The segments' file names, oldest first.
  func segments(of spool: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: spool).filter { $0.hasSuffix(".spool") }.sorted()
  }

  /// A copy of a spool, as it lies on the disk now.
  func copy(of spool: String) throws -> String {
    let copy = url.appending(path: UUID().uuidString).path
    try FileManager.default.copyItem(atPath: spool, toPath: copy)
    return copy
  }
}

/// Changes what lies in a file.
func edit(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
  var bytes = Array(try Data(contentsOf: URL(filePath: path)))
  change(&bytes)
  try Data(bytes).write(to: URL(filePath: path))
}

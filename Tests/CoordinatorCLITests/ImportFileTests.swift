import Foundation
import Testing

@testable import CoordinatorCLI

/// Files that are taken in are read twice, and must be the same both times.
@Suite struct ImportFileTests {
  private static let text =
    #"<nmaprun scanner="nmap" start="1700000000"><host><address addr="192.0.2.1" addrtype="ipv4"/><ports>"#
    + #"<port protocol="tcp" portid="22"><state state="open" reason="syn-ack"/></port></ports></host></nmaprun>"#

  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "periplus-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    try body(folder)
  }

  /// How many hosts it has, and its digest.
  private func whole(_ file: ImportFile) throws -> (hosts: Int, digest: String) {
    var hosts = 0
    while let some = try file.hosts() { hosts += some.count }
    return (hosts, file.digest)
  }

  @Test("Rewound, it is the same file, whatever has its name by now; what is written into it is seen by its digest")
  func rewinds() throws {
    try inFolder { folder in
      let url = folder.appending(path: "a.xml")
      try Data(Self.text.utf8).write(to: url)
      let file = try ImportFile(url.path())
      let first = try whole(file)
      #expect(first.hosts == 1 && first.digest.utf8.count == 64)
      try FileManager.default.moveItem(at: url, to: folder.appending(path: "old.xml"))
      try Data("<html/>".utf8).write(to: url)
      try file.rewind()
      #expect(try whole(file) == first)
      let handle = try FileHandle(forWritingTo: folder.appending(path: "old.xml"))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("\n".utf8))
      try handle.close()
      try file.rewind()
      let changed = try whole(file)
      #expect(changed.hosts == 1 && changed.digest != first.digest)
    }
  }

  @Test("A file that broke since the first reading is told with its name and place")
  func namesItself() throws {
    try inFolder { folder in
      let url = folder.appending(path: "a.xml")
      try Data(Self.text.utf8).write(to: url)
      let file = try ImportFile(url.path())
      _ = try whole(file)
      let handle = try FileHandle(forWritingTo: url)
      try handle.truncate(atOffset: 60)
      try handle.close()
      try file.rewind()
      let failure = try #require(throws: CommandFailure.self) { _ = try whole(file) }
      #expect(failure.description.hasPrefix("\(url.path()):1:"), "\(failure)")
    }
  }

  @Test("What is no regular file is refused in one line, and holds nothing up")
  func refusesOthers() throws {
    try inFolder { folder in
      let pipe = folder.appending(path: "pipe").path()
      #expect(mkfifo(pipe, 0o600) == 0)
      for path in [pipe, folder.path(), "/dev/null"] {
        let failure = try #require(throws: CommandFailure.self) { _ = try ImportFile(path) }
        #expect(failure.description.hasPrefix("\(path) is no regular file"), "\(failure)")
      }
      let missing = folder.appending(path: "none.xml").path()
      let failure = try #require(throws: CommandFailure.self) { _ = try ImportFile(missing) }
      #expect(failure.description.contains("cannot be read"), "\(failure)")
    }
  }
}

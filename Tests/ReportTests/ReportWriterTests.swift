import Crypto
import Foundation
import Model
import Report
import Testing

@Suite("The file of a report")
struct ReportWriterTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString)")

  private func withFolder(_ body: () throws -> Void) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body()
  }

  private var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path) } }

  @Test(
    "It is there at the end, whole, and its digest is that of the lines above the last",
    arguments: ReportFormat.allCases)
  func writes(_ format: ReportFormat) throws {
    try withFolder {
      let path = folder.appending(path: "r").path
      try Data("before".utf8).write(to: URL(filePath: path))
      let writer = try ReportWriter(format, ReportRows.facts(), to: ReplacedFile(path))
      // More than a buffer holds.
      for host in 0..<40 {
        try writer.add((1...100).map { ReportRows.port("10.0.0.\(host)", Port(UInt16($0))) })
      }
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
      let receipt = try writer.finish()
      #expect(try names == ["r"])
      #expect(receipt.summary.open == 4_000 && receipt.summary.hosts == 40)
      var content = try Data(contentsOf: URL(filePath: path))
      #expect(receipt.isStated == (format != .csv))
      if receipt.isStated {
        let lastBreak = try #require(content.dropLast().lastIndex(of: 10))
        #expect(String(decoding: content[(lastBreak + 1)...], as: UTF8.self).contains(receipt.digest))
        content = content[...lastBreak]
      }
      #expect(SHA256.hash(data: content).map { String(format: "%02x", $0) }.joined() == receipt.digest)
    }
  }

  @Test(
    "Of more changes than are read by anyone the newest are listed, all are counted, and it is said how to list them")
  func boundsChanges() throws {
    try withFolder {
      let path = folder.appending(path: "r").path
      let writer = try ReportWriter(.markdown, ReportRows.facts(), to: ReplacedFile(path))
      #expect(writer.tellsChanges)
      for page in 0..<6 { try writer.add((0..<1_000).map { _ in ReportRows.change(page == 0 ? "closed" : "found") }) }
      try writer.add([ReportRows.port()])
      #expect(try writer.finish().summary.changes == 6_000)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.components(separatedBy: "| found | 10.0.0.5 |").count - 1 == 4_000)
      #expect(text.components(separatedBy: "| closed | 10.0.0.5 |").count - 1 == 1_000)
      #expect(text.contains("1000 earlier changes are counted and not listed: periplus changes"))
    }
  }

  @Test("What is given up leaves the file that was there, and nothing beside it")
  func givesUp() throws {
    try withFolder {
      let path = folder.appending(path: "r").path
      try Data("before".utf8).write(to: URL(filePath: path))
      do {
        let writer = try ReportWriter(.html, ReportRows.facts(), to: ReplacedFile(path))
        try writer.add([ReportRows.port()])
      }
      #expect(try names == ["r"])
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "before")
    }
  }

  @Test("A folder, a link or a device is not replaced")
  func refuses() throws {
    try withFolder {
      let link = folder.appending(path: "link").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
      for path in [folder.path, link, "/dev/null"] {
        #expect(throws: ReportError.self) { try ReplacedFile(path) }
      }
      #expect(throws: ReportError.self) { try ReplacedFile(folder.appending(path: "no/such").path) }
      #expect(try names == ["link"])
    }
  }
}

import Foundation
import Model
import SeededRandom
import Testing

@testable import Spool

/// Files that a sudden end, a bad disk or a person has changed.
@Suite struct DamageTests {
  private static let texts = ["alpha", "", "\u{fffd}Pp1 not a header", String(repeating: "delta", count: 20), "e"]

  private let folder: TemporaryFolder
  /// A spool with `texts`, in one segment; nobody has it open.
  private let spool: String

  init() throws {
    folder = try TemporaryFolder()
    spool = folder.spool
    let queue = try SpoolQueue(spool)
    for text in Self.texts { try queue.put(text) }
  }

  private var segment: String {
    get throws { try #require(try folder.segments(of: spool).first) }
  }

  /// Where each record begins, and the file's length last.
  private var bounds: [Int] {
    Self.texts.reduce(into: [0]) { $0.append(($0.last ?? 0) + RecordHeader.size + $1.utf8.count) }
  }

  @Test("Cut off at any octet, what is whole is replayed in order, and what is not is counted")
  func cutOffAnywhere() throws {
    let name = try segment
    let bounds = bounds
    for length in 0...(bounds.last ?? 0) {
      let copy = try folder.copy(of: spool)
      try edit(copy + "/" + name) { $0.removeSubrange(length...) }
      let whole = bounds.dropFirst().count { $0 <= length }
      let queue = try SpoolQueue(copy)
      #expect(queue.contents.records == whole, "\(length)")
      #expect(queue.contents.lostRecords == 5 - whole, "\(length)")
      #expect(queue.contents.lostBytes == length - bounds[whole], "\(length)")
      let number = try queue.put("after")
      #expect(number == 6, "no number is given twice")
      #expect(try queue.drain() == Self.texts.prefix(whole) + ["after"], "\(length)")
      #expect(queue.contents == SpoolContents(lostRecords: 5 - whole, lostBytes: length - bounds[whole]), "\(length)")
    }
  }

  @Test("Cut off at any octet and ended again before anything is read, the counts stay")
  func countsStay() throws {
    let name = try segment
    for length in stride(from: 0, through: bounds.last ?? 0, by: 7) {
      let copy = try folder.copy(of: spool)
      try edit(copy + "/" + name) { $0.removeSubrange(length...) }
      var queue: SpoolQueue? = try SpoolQueue(copy)
      let before = queue?.contents
      for _ in 0..<3 {
        queue = nil
        queue = try SpoolQueue(copy)
        #expect(queue?.contents == before, "\(length)")
      }
    }
  }

  @Test("Any octet changed costs the record that it lies in, and no other")
  func changedAnywhere() throws {
    let name = try segment
    let bounds = bounds
    for offset in 0..<(bounds.last ?? 0) {
      let copy = try folder.copy(of: spool)
      try edit(copy + "/" + name) { $0[offset] ^= 0x41 }
      let hit = bounds.dropFirst().count { $0 <= offset }
      var expected = Self.texts
      expected.remove(at: hit)
      let queue = try SpoolQueue(copy)
      #expect(queue.contents.records == 4 && queue.contents.lostRecords == 1, "known at once: \(offset)")
      #expect(try queue.drain() == expected, "\(offset)")
      #expect(
        queue.contents == SpoolContents(lostRecords: 1, lostBytes: bounds[hit + 1] - bounds[hit]), "\(offset)")
    }
  }

  @Test("An octet that changes while the spool is open costs its record alone")
  func changedWhileOpen() throws {
    let name = try segment
    for offset in 0..<(bounds.last ?? 0) {
      let copy = try folder.copy(of: spool)
      let queue = try SpoolQueue(copy)
      let file = try FileHandle(forUpdating: URL(filePath: copy + "/" + name))
      try file.seek(toOffset: UInt64(offset))
      let octet = try #require(try file.read(upToCount: 1)?.first)
      try file.seek(toOffset: UInt64(offset))
      try file.write(contentsOf: [octet ^ 0x80])
      #expect(try queue.drain().count == 4, "\(offset)")
      #expect(queue.contents.lostRecords == 1, "\(offset)")
      #expect(queue.takeLosses().map(\.cause) == [.damaged])
    }
  }

  @Test("Octets taken out or put in cost the records around them, and no other")
  func shifted() throws {
    var generator = SeededGenerator(seed: 5)
    let name = try segment
    for _ in 0..<300 {
      let copy = try folder.copy(of: spool)
      try edit(copy + "/" + name) { bytes in
        let begin = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, begin + Int.random(in: 0..<40, using: &generator))
        let noise = (0..<Int.random(in: 1..<40, using: &generator)).map { _ in
          UInt8.random(in: 0...255, using: &generator)
        }
        bytes.replaceSubrange(begin..<end, with: noise)
      }
      let queue = try SpoolQueue(copy)
      let replayed = try queue.drain()
      // What comes is a part of what was, in its order.
      var rest = Self.texts[...]
      for text in replayed {
        let place = try #require(rest.firstIndex(of: text))
        rest = rest[(place + 1)...]
      }
      #expect(replayed.count >= 2)
      #expect(replayed.count + queue.contents.lostRecords >= 5 && queue.contents.lostRecords <= 4)
    }
  }

  @Test("Any octet of the mark changed loses no record")
  func changedMark() throws {
    for offset in [0, 4_096].flatMap({ place in (0..<SpoolMark.size).map { place + $0 } }) {
      let copy = try folder.copy(of: spool)
      try edit(copy + "/mark") { $0[offset] ^= 0x41 }
      #expect(try SpoolQueue(copy).drain() == Self.texts, "\(offset)")
    }
  }

  @Test("Without the mark, or with nothing but noise in it, everything there is comes", arguments: [0, 1, 100, 8_192])
  func lostMark(length: Int) throws {
    do {
      let queue = try SpoolQueue(spool)
      try queue.remove(1)
    }
    try edit(spool + "/mark") { $0 = Array(repeating: 0x5a, count: length) }
    let queue = try SpoolQueue(spool)
    #expect(try queue.drain() == Self.texts)
    #expect(queue.contents == SpoolContents())
  }

  @Test("A record whose writing was the last thing before the end is there, though the mark does not know it")
  func markBehind() throws {
    let before = try folder.copy(of: spool)
    try SpoolQueue(spool).put("last")
    let names = try folder.segments(of: spool)
    for name in names where !FileManager.default.fileExists(atPath: before + "/" + name) {
      try FileManager.default.copyItem(atPath: spool + "/" + name, toPath: before + "/" + name)
    }
    let queue = try SpoolQueue(before)
    #expect(try queue.put("more") == 7)
    #expect(try queue.drain() == Self.texts + ["last", "more"])
    #expect(queue.contents.lostRecords == 0)
  }

  @Test("A segment that was taken away is counted, and the others are replayed", arguments: [0, 1, 2])
  func missingSegment(index: Int) throws {
    for text in ["second", "third"] { try SpoolQueue(spool).put(text) }
    let parts = [Self.texts, ["second"], ["third"]]
    let names = try folder.segments(of: spool)
    #expect(names.count == 3)
    try FileManager.default.removeItem(atPath: spool + "/" + names[index])
    let queue = try SpoolQueue(spool)
    #expect(try queue.drain() == parts.enumerated().filter { $0.offset != index }.flatMap(\.element))
    #expect(queue.contents.lostRecords == parts[index].count)
  }

  @Test("A segment that is taken away while the spool is open is counted, and the others are replayed")
  func segmentTakenAway() throws {
    let name = try segment
    try SpoolQueue(spool).put("second")
    let queue = try SpoolQueue(spool)
    try FileManager.default.removeItem(atPath: spool + "/" + name)
    #expect(try queue.drain() == ["second"])
    #expect(queue.contents.lostRecords == 5)
    #expect(queue.takeLosses().allSatisfy { $0.cause == .damaged })
  }

  @Test("A file of noise costs time and nothing else")
  func noise() throws {
    var generator = SeededGenerator(seed: 9)
    let bytes = (0..<20_000).map { _ in [0xf5, 0x50, 0x70, 0x31, 0, 7].randomElement(using: &generator) ?? 0 as UInt8 }
    try Data(bytes).write(to: URL(filePath: spool + "/00000000000000ff.spool"))
    let queue = try SpoolQueue(spool)
    #expect(try queue.put("after") == 0x100)
    #expect(try queue.drain() == Self.texts + ["after"])
    #expect(queue.contents.lostRecords == 0xff - 5)
    #expect(queue.contents.lostBytes == 20_000)
  }
}

internal import Model

/// Reads a journal's octets.
enum JournalReader {
  /// - Parameter bytes: the whole file.
  /// - Returns: the content; a torn end is left out of `validLength`.
  /// - Throws: the code of a `JournalError`: `foreign`, `damaged`.
  static func read(_ bytes: [UInt8]) throws(Failure) -> JournalContent {
    var lines = Lines(bytes)
    guard let first = lines.next(), JournalLine.payload(first.bytes) == JournalHeader.magic, first.isWhole else {
      throw Failure(code: .foreign(Self.unlikeness(bytes)))
    }
    var header = JournalHeader.Reader()
    while header.plan == nil {
      guard let line = lines.next() else { throw Failure(code: .foreign("its head is not complete")) }
      guard line.isWhole else { throw Failure(code: .foreign("its head is not complete")) }
      guard let payload = JournalLine.payload(line.bytes), header.take(payload) else {
        throw Failure(code: .damaged(line: line.number, offset: line.offset))
      }
    }
    guard let plan = header.plan, let space = try? TargetSpace(plan.targets) else {
      throw Failure(code: .foreign("its targets are none"))
    }
    var content = JournalContent(plan: plan)
    content.validLength = lines.offset
    var bad: Line?
    while let line = lines.next() {
      let payload = line.isWhole ? JournalLine.payload(line.bytes) : nil
      guard let payload else {
        bad = bad ?? line
        continue
      }
      // A bad line with a good one behind it is no torn end.
      if let bad { throw Failure(code: .damaged(line: bad.number, offset: bad.offset)) }
      guard let record = JournalRecord(payload), content.take(record, hostCount: space.count) else {
        throw Failure(code: .damaged(line: line.number, offset: line.offset))
      }
      content.validLength = lines.offset
    }
    return content
  }

  struct Failure: Error {
    let code: JournalError.Code
  }

  private static func unlikeness(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "it is empty" }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let isLater = JournalLine.payload(line)?.hasPrefix("periplus-scan-journal ") == true
    return isLater ? "another version of the program wrote it" : "its first line is another"
  }

  private struct Line {
    let number: Int
    let offset: Int
    let bytes: ArraySlice<UInt8>

    /// Whether it ends in a line break.
    let isWhole: Bool
  }

  private struct Lines {
    private let bytes: [UInt8]
    private var number = 0

    /// Where the next line begins.
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func next() -> Line? {
      guard offset < bytes.count else { return nil }
      let end = bytes[offset...].firstIndex(of: UInt8(ascii: "\n"))
      number += 1
      defer { offset = end.map { $0 + 1 } ?? bytes.count }
      return Line(number: number, offset: offset, bytes: bytes[offset..<(end ?? bytes.count)], isWhole: end != nil)
    }
  }
}

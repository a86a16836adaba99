internal import Crypto
internal import LocalSystem
package import Wire

/// Writes a report to a file as its rows come, in memory that does not grow with them. Not for several threads; blocks as the
/// file system does.
package final class ReportWriter {
  /// What was written.
  package struct Receipt: Sendable {
    package var summary: ReportSummary

    /// SHA-256 of all lines but the last one that states it, or of the whole file where the format has none; hexadecimal.
    package var digest: String

    /// Whether the file's last line states the digest.
    package var isStated: Bool
  }

  private let facts: ReportFacts
  private let file: ReplacedFile
  private let output: BufferedOutput
  private var body: any ReportBody
  private var summary = ReportSummary()
  private var hash = SHA256()
  private var areChangesEnded = false

  /// Changes that are listed one by one; a network that is scanned for the first time has one for each open endpoint.
  private static let listedChanges = 5_000

  /// Where rows wait for a beginning that counts them; nil where the beginning stands already.
  private let spool: ReportSpool?

  /// Throws a `ReportError`, as all that writes here.
  package init(_ format: ReportFormat, _ facts: ReportFacts, to file: ReplacedFile) throws(ReportError) {
    self.facts = facts
    self.file = file
    output = BufferedOutput(descriptor: file.descriptor)
    body = Self.body(format, facts)
    spool = type(of: body).beginsWithCounts ? try ReportSpool(beside: file.path) : nil
    if spool == nil { try write(body.beginning(summary)) }
  }

  private static func body(_ format: ReportFormat, _ facts: ReportFacts) -> any ReportBody {
    switch format {
    case .html: HTMLReport(facts)
    case .markdown: MarkdownReport(facts)
    case .nmap: NmapReportBody(facts)
    case .csv: CSVReport()
    }
  }

  /// Whether the format has room for what changed; if not, there is nothing to add.
  package var tellsChanges: Bool { type(of: body).tellsChanges }

  /// Adds changes of the report's time, the newest first; all of them before the first rows.
  package func add(_ changes: [ChangeRow]) throws(ReportError) {
    precondition(!areChangesEnded, "changes stand before rows")
    let room = max(0, Self.listedChanges - summary.changes)
    for change in changes { summary.add(change) }
    try add(body.changes(Array(changes.prefix(room))))
  }

  private func endChanges() throws(ReportError) {
    guard !areChangesEnded else { return }
    areChangesEnded = true
    try add(body.endOfChanges(unlisted: max(0, summary.changes - Self.listedChanges)))
  }

  private func add(_ text: String) throws(ReportError) {
    if let spool { try spool.write(text) } else { try write(text) }
  }

  /// Adds those of the rows that belong to the report's time. They follow those of before in the list's order.
  package func add(_ rows: [PortRow]) throws(ReportError) {
    try endChanges()
    let rows = rows.filter(facts.isInTime)
    for row in rows { summary.add(row) }
    try add(body.rows(rows))
  }

  /// Ends the report and gives the file its name.
  package func finish() throws(ReportError) -> Receipt {
    try endChanges()
    let end = body.end()
    if let spool {
      try write(body.beginning(summary))
      try spool.read { (piece) throws(ReportError) in try write(piece) }
    }
    try write(end)
    let digest = hash.finalize().map { octet in
      let digits = String(octet, radix: 16)
      return digits.count < 2 ? "0" + digits : digits
    }.joined()
    let line = body.lastLine(digest: digest)
    if let line { output.write(line) }
    output.flush()
    try check()
    try file.commit()
    return Receipt(summary: summary, digest: digest, isStated: line != nil)
  }

  private func write(_ text: String) throws(ReportError) {
    var text = text
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    output.write(text)
    try check()
  }

  private func write(_ piece: UnsafeRawBufferPointer) throws(ReportError) {
    hash.update(bufferPointer: piece)
    output.write { $0.append(contentsOf: piece) }
    try check()
  }

  private func check() throws(ReportError) {
    guard let failure = output.failure else { return }
    throw ReportError(path: file.path, code: .system(call: "write", errno: failure.errno))
  }
}

internal import Curl
internal import LocalSystem
internal import Synchronization
internal import Wire

/// Prints a list as the coordinator writes it, octet by octet.
enum ExportPrinting {
  /// `silence` is how long the coordinator may send nothing.
  ///
  /// - Throws: a `CommandFailure` for an answer that ended before its last row and for output that cannot be written, and what asking
  ///   throws.
  static func print(
    _ client: CoordinatorClient, _ path: String, query: [(name: String, value: String)], silence: Duration
  ) async throws {
    let standardOutput = Mutex(BufferedOutput())
    let hasBegun = Atomic(false)
    do {
      try await client.stream(OperatorAPI.basePath + path, query: query, silence: silence) { bytes in
        hasBegun.store(true, ordering: .relaxed)
        let octets = Array(bytes)
        return standardOutput.withLock { output in
          output.write { $0 += octets }
          return output.failure == nil
        }
      }
    } catch let error as HTTPError where hasBegun.load(ordering: .relaxed) {
      // A reader that went away is told as such.
      try standardOutput.withLock { try finish($0) }
      throw CommandFailure("the answer ended before its last row, what is printed is not all: \(error)")
    }
    try standardOutput.withLock { try finish($0) }
  }

  static func finish(_ output: BufferedOutput) throws {
    do {
      try output.finish()
    } catch {
      throw CommandFailure(error.description)
    }
  }
}

extension OutputOptions {
  /// What the coordinator is to write, by the names of its parameters.
  func exportParameters(_ format: String, limit: Int?, hasColumns: Bool = true) -> [(name: String, value: String)] {
    var parameters = [(name: "format", value: format)]
    if let limit { parameters.append(("limit", String(limit))) }
    if let columns, hasColumns { parameters.append(("columns", columns)) }
    if noHeaders { parameters.append(("noHeaders", "true")) }
    return parameters
  }
}

/// Reads a file of nmap or masscan (`-oX`), host by host: asked for more, it reads as much of the file as that takes.
package final class ForeignFile {
  private let handler = NmapHandler()
  private let reader: XMLReader
  private let next: () throws -> [UInt8]
  private var isAtEnd = false
  /// Octets that came and are not read yet.
  private var rest: ArraySlice<UInt8> = []

  /// Octets that are read before hosts are handed on: a short host of a scan of many ports may have 32,768 runs.
  private static let step = 1 << 14

  /// `next` gives the file piece by piece, and nothing at its end. Throws an `ImportError` when there is no memory.
  package init(_ next: @escaping () throws -> [UInt8]) throws {
    self.next = next
    reader = try XMLReader(handler)
  }

  /// The hosts that have become complete; nil at the end. Throws an `ImportError` with line and column, and what `next` throws.
  package func hosts() throws -> [ForeignHost]? {
    while !isAtEnd {
      if rest.isEmpty {
        rest = try next()[...]
        isAtEnd = rest.isEmpty
      }
      try reader.read(Array(rest.prefix(Self.step)), isLast: isAtEnd)
      rest = rest.dropFirst(Self.step)
      let hosts = handler.taken()
      if !hosts.isEmpty { return hosts }
    }
    return nil
  }

  /// What the file says of its scan; nil: it has not come so far.
  package var scan: ForeignScan? { handler.scan }

  /// What was left out so far.
  package var remainder: ForeignRemainder { handler.remainder }
}

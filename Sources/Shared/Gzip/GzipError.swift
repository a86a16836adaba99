/// Why octets could not be packed or unpacked.
package struct GzipError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// More would come out than was allowed.
    case tooLarge
    /// Not one whole gzip member.
    case invalid
    /// zlib could not work: out of memory.
    case failed
  }

  package let code: Code
  package let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

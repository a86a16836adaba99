/// Why octets could not be compressed or inflated.
package struct GzipError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The output would be over the bound.
    case tooLarge(maximumBytes: Int)
    /// Not gzip, or damaged: header, data or checksum.
    case corrupt
    /// The input ends before the data does.
    case truncated
    case outOfMemory
  }

  package let code: Code

  package var description: String {
    switch code {
    case .tooLarge(let bytes): "the gzip data inflates to over \(bytes) bytes"
    case .corrupt: "the data is not gzip, or is damaged"
    case .truncated: "the gzip data ends too early"
    case .outOfMemory: "out of memory for gzip"
    }
  }
}

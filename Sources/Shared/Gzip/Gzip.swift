internal import CZlib

/// gzip (RFC 1952) of request bodies, with a bound on what comes out.
package enum Gzip {
  /// Added to the window bits to ask zlib for the gzip format (zlib.h, deflateInit2).
  private static let gzipWindowBits: Int32 = 15 + 16

  /// The octets as one gzip member. Throws `failed` if zlib has no memory.
  package static func compress(_ octets: [UInt8]) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard periplus_deflate_init(&stream, Z_DEFAULT_COMPRESSION, gzipWindowBits) == Z_OK else {
      throw GzipError(.failed, "zlib could not start")
    }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(octets.count))))
    let status = run(&stream, octets, &output) { deflate($0, Z_FINISH) }
    guard status == Z_STREAM_END else { throw GzipError(.failed, "zlib did not finish") }
    output.removeLast(output.count - Int(stream.total_out))
    return output
  }

  /// The content of one gzip member.
  ///
  /// Throws `tooLarge` as soon as more than `maximumBytes` would come out, and `invalid` for anything that is not one
  /// whole member with nothing behind it.
  package static func inflate(_ octets: [UInt8], maximumBytes: Int) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard periplus_inflate_init(&stream, gzipWindowBits) == Z_OK else {
      throw GzipError(.failed, "zlib could not start")
    }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: min(maximumBytes + 1, max(1_024, octets.count * 4)))
    while true {
      let consumed = Int(stream.total_in)
      let produced = Int(stream.total_out)
      let status = run(&stream, octets, from: consumed, &output, at: produced) { CZlib.inflate($0, Z_NO_FLUSH) }
      let total = Int(stream.total_out)
      guard total <= maximumBytes else { throw GzipError(.tooLarge, "more than \(maximumBytes) bytes come out") }
      if status == Z_STREAM_END {
        guard Int(stream.total_in) == octets.count else { throw GzipError(.invalid, "something follows the gzip data") }
        output.removeLast(output.count - total)
        return output
      }
      // Z_BUF_ERROR means only that one of the two buffers is used up.
      guard status == Z_OK || status == Z_BUF_ERROR else { throw GzipError(.invalid, "the gzip data is damaged") }
      if total == output.count {
        output.append(contentsOf: [UInt8](repeating: 0, count: min(maximumBytes + 1 - total, output.count)))
      } else if Int(stream.total_in) == octets.count {
        throw GzipError(.invalid, "the gzip data ends early")
      }
    }
  }

  /// One call into zlib with buffers that stay in place during it.
  private static func run(
    _ stream: inout z_stream, _ input: [UInt8], from consumed: Int = 0, _ output: inout [UInt8], at produced: Int = 0,
    _ call: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    input.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        // zlib reads through next_in and never writes there (zlib.h declares it so unless ZLIB_CONST is set).
        stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) + consumed }
        stream.avail_in = UInt32(clamping: source.count - consumed)
        stream.next_out = target.baseAddress.map { $0 + produced }
        stream.avail_out = UInt32(clamping: target.count - produced)
        return call(&stream)
      }
    }
  }
}

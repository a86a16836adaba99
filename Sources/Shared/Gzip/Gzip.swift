internal import CZlib

/// The gzip format (RFC 1952) for whole bodies, with bounds, by zlib.
package enum Gzip {
  /// The largest deflate window, plus 16 for gzip's header and trailer (zlib.h, deflateInit2 and inflateInit2).
  private static let windowBits: Int32 = 15 + 16

  private static let chunkBytes = 1 << 16

  /// One gzip member that holds `bytes`. Blocks for as long as it takes.
  ///
  /// - Parameters:
  ///   - bytes: anything, empty included.
  ///   - level: 1, fastest, to 9, smallest.
  /// - Returns: the member.
  /// - Throws: `GzipError` with `outOfMemory`.
  package static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(GzipError) -> [UInt8] {
    precondition((1...9).contains(level), "a level of zlib")
    var stream = z_stream()
    guard periplus_deflate_init(&stream, level, windowBits) == Z_OK else { throw GzipError(code: .outOfMemory) }
    defer { deflateEnd(&stream) }
    var output: [UInt8] = []
    _ = run(&stream, over: bytes, into: &output, maximumBytes: .max) { deflate($0, Z_FINISH) }
    return output
  }

  /// What gzip data holds: all of its members, one behind the other (RFC 1952, 2.2).
  ///
  /// Memory stays within `maximumBytes` and a chunk, whatever the data claims: a bomb is refused, not unpacked.
  /// - Parameters:
  ///   - bytes: whole gzip data.
  ///   - maximumBytes: more output than this is refused.
  /// - Returns: the inflated octets.
  /// - Throws: `GzipError`.
  package static func inflate(_ bytes: [UInt8], maximumBytes: Int) throws(GzipError) -> [UInt8] {
    var stream = z_stream()
    guard periplus_inflate_init(&stream, windowBits) == Z_OK else { throw GzipError(code: .outOfMemory) }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    let result = run(&stream, over: bytes, into: &output, maximumBytes: maximumBytes) { stream in
      let step = CZlib.inflate(stream, Z_NO_FLUSH)
      guard step == Z_STREAM_END, stream.pointee.avail_in > 0 else { return step }
      // Another member follows; what is no member fails at its header.
      return inflateReset(stream)
    }
    guard output.count <= maximumBytes else { throw GzipError(code: .tooLarge(maximumBytes: maximumBytes)) }
    switch result {
    case Z_STREAM_END: return output
    case Z_MEM_ERROR: throw GzipError(code: .outOfMemory)
    case Z_BUF_ERROR, Z_OK: throw GzipError(code: .truncated)
    default: throw GzipError(code: .corrupt)
    }
  }

  /// Steps until the end, an error, or output over the bound; returns zlib's last word.
  private static func run(
    _ stream: inout z_stream, over input: [UInt8], into output: inout [UInt8], maximumBytes: Int,
    step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> Int32 {
    // avail_in has 32 bits.
    precondition(input.count <= Int(UInt32.max), "bodies are bounded far below 4 GiB")
    var chunk = [UInt8](repeating: 0, count: chunkBytes)
    return input.withUnsafeBufferPointer { source in
      // zlib does not write through next_in; its type lacks the const (zlib.h, ZLIB_CONST).
      stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      stream.avail_in = UInt32(source.count)
      var result = Z_OK
      while result == Z_OK, output.count <= maximumBytes {
        let written = chunk.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          result = step(&stream)
          return target.count - Int(stream.avail_out)
        }
        output += chunk[..<written]
      }
      return result
    }
  }
}

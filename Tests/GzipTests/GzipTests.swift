import Testing

@testable import Gzip

@Suite struct GzipTests {
  private let text = Array(String(repeating: "tcp/443 open https\n", count: 20_000).utf8)

  @Test func whatIsCompressedInflatesToTheSame() throws {
    for bytes in [[], [7], text] {
      let packed = try Gzip.compress(bytes)
      // RFC 1952, 2.3.1: ID1, ID2, and 8 for deflate.
      #expect(packed.prefix(3) == [0x1f, 0x8b, 8])
      #expect(try Gzip.inflate(packed, maximumBytes: bytes.count) == bytes)
    }
    #expect(try Gzip.compress(text).count < text.count / 50)
  }

  @Test func membersBehindEachOtherAreOneText() throws {
    let packed = try Gzip.compress([1, 2]) + Gzip.compress([3])
    #expect(try Gzip.inflate(packed, maximumBytes: 10) == [1, 2, 3])
  }

  @Test func outputOverTheBoundIsRefused() throws {
    let bomb = try Gzip.compress([UInt8](repeating: 0, count: 20_000_000), level: 9)
    #expect(bomb.count < 30_000)
    #expect(throws: GzipError(code: .tooLarge(maximumBytes: 1000))) { try Gzip.inflate(bomb, maximumBytes: 1000) }
    #expect(throws: GzipError(code: .tooLarge(maximumBytes: text.count - 1))) {
      try Gzip.inflate(Gzip.compress(text), maximumBytes: text.count - 1)
    }
  }

  @Test func truncatedDataIsRefusedAtEveryLength() throws {
    let packed = try Gzip.compress(Array("a short text".utf8))
    for length in 0..<packed.count {
      #expect(throws: GzipError(code: .truncated)) { try Gzip.inflate(Array(packed[..<length]), maximumBytes: 100) }
    }
  }

  @Test func damagedDataIsRefused() throws {
    var packed = try Gzip.compress(text)
    packed[packed.count - 6] ^= 0xff
    #expect(throws: GzipError(code: .corrupt)) { try Gzip.inflate(packed, maximumBytes: text.count) }
    #expect(throws: GzipError(code: .corrupt)) { try Gzip.inflate(Array("plain".utf8), maximumBytes: 100) }
    let trailed = try Gzip.compress([1]) + [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    #expect(throws: GzipError(code: .corrupt)) { try Gzip.inflate(trailed, maximumBytes: 100) }
  }
}

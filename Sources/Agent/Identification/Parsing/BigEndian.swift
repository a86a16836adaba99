/// Numbers in network byte order, as requests need them.
enum BigEndian {
  static func two(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  static func four(_ number: Int) -> [UInt8] { two(number >> 16) + two(number) }
}

/// Writes octets of table lines into memory that was made ready for them, without a look at its end for each one: whoever
/// writes has asked `hasRoom` for as many as it will write at most.
struct LineWriter {
  private let memory: UnsafeMutableRawBufferPointer

  /// How many octets were written.
  private(set) var count = 0

  init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  func hasRoom(_ octets: Int) -> Bool { memory.count - count >= octets }

  /// Moves what was written to `bytes`.
  mutating func flush(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    count = 0
  }

  @inline(__always) mutating func put(_ octet: UInt8) {
    memory[count] = octet
    count += 1
  }

  mutating func put(_ octets: [UInt8]) {
    for octet in octets { put(octet) }
  }

  mutating func put(_ text: String.UTF8View) {
    for octet in text { put(octet) }
  }

  /// Decimal digits: at most ten.
  mutating func put(decimal number: UInt32) {
    if number < 10 { return put(0x30 + UInt8(truncatingIfNeeded: number)) }
    let digits = Self.digits(number)
    var rest = number
    for place in stride(from: count + digits - 1, through: count, by: -1) {
      memory[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  /// A dotted quad: at most 15 octets.
  mutating func put(ipv4 value: UInt32) {
    put(decimal: value >> 24)
    put(UInt8(ascii: "."))
    put(decimal: value >> 16 & 0xff)
    put(UInt8(ascii: "."))
    put(decimal: value >> 8 & 0xff)
    put(UInt8(ascii: "."))
    put(decimal: value & 0xff)
  }

  mutating func put(blanks number: Int) {
    for _ in 0..<max(0, number) { put(UInt8(ascii: " ")) }
  }

  /// How many decimal digits a number has.
  static func digits(_ number: UInt32) -> Int {
    if number < 10 { return 1 }
    if number < 100 { return 2 }
    if number < 1_000 { return 3 }
    if number < 10_000 { return 4 }
    if number < 100_000 { return 5 }
    var (digits, rest) = (5, number / 100_000)
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    return digits
  }

  /// How many octets a dotted quad has.
  static func digits(ipv4 value: UInt32) -> Int {
    3 + digits(value >> 24) + digits(value >> 16 & 0xff) + digits(value >> 8 & 0xff) + digits(value & 0xff)
  }
}

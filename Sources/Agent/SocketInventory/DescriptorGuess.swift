internal import Glibc
internal import LinuxSystem

/// The numbers that a process's descriptors probably have: 0, 1, 2 … for as long as nearly each of them is there.
///
/// Where the guessing ends, the directory is read from `position` on, so that nothing depends on the guess but the time it takes.
struct DescriptorGuess {
  /// The number to ask for next.
  private(set) var position: Int32 = 0

  /// How many descriptors the process has, less those that were found.
  private var left: Int

  /// How many numbers in vain are still worth it; grows with what is found.
  private var patience = 16 * Self.foundPerMiss

  /// So many descriptors found make up for a number in vain.
  private static let foundPerMiss = 8

  /// Below so many descriptors reading the directory costs no more.
  private static let worthwhile = 16

  /// Decimal digits of the number, right-aligned before a zero byte.
  private var name: (UInt64, UInt64) = (0, 0)
  private static let nameSize = MemoryLayout<(UInt64, UInt64)>.size

  /// - Parameter directory: `/proc/PID/fd`, whose size is the number of descriptors since Linux 6.2 and 0 before
  ///   (proc_fd_getattr, fs/proc/fd.c).
  init(_ directory: borrowing Descriptor) {
    var status = stat()
    let count = fstat(directory.number, &status) == 0 ? Int(status.st_size) : 0
    left = count >= Self.worthwhile ? count : 0
  }

  /// The number to ask for; nil once guessing is not worth it any more.
  func next() -> Int32? { left > 0 && patience >= 0 ? position : nil }

  /// Hands over the number's name, valid only during the call.
  mutating func withName<Result>(
    _ body: (UnsafePointer<CChar>) throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    // A rethrowing closure would lose the error's type.
    var outcome: Swift.Result<Result, SystemError>?
    var rest = position
    withUnsafeMutableBytes(of: &name) { bytes in
      var place = Self.nameSize - 1
      bytes[place] = 0
      repeat {
        place -= 1
        bytes[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      guard let base = bytes.baseAddress else { return }
      let start = (base + place).assumingMemoryBound(to: CChar.self)
      do throws(SystemError) { outcome = .success(try body(start)) } catch { outcome = .failure(error) }
    }
    guard let outcome else { preconditionFailure("the memory of a stored property has an address") }
    return try outcome.get()
  }

  /// Goes on to the next number.
  mutating func learn(_ isThere: Bool) {
    position += 1
    if isThere { left -= 1 }
    patience += isThere ? 1 : -Self.foundPerMiss
  }
}

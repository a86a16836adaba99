internal import Crypto
internal import Glibc
internal import Import

/// A foreign file on its way in: it is read twice through one descriptor, so that it must be one that can be rewound.
///
/// Not for several threads; every call may block as the file system does. Every failure carries the file's name.
final class ImportFile {
  /// Octets that are read at once.
  private static let piece = 1 << 18

  private let path: String
  private let descriptor: Int32
  private let sum: Sum
  private var foreign: ForeignFile

  /// The digest of what has been read.
  private final class Sum {
    var hash = SHA256()
  }

  /// Throws a `CommandFailure` for what cannot be read or is no regular file.
  init(_ path: String) throws {
    // A pipe that nobody writes to must not hold the command before it is refused.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    self.path = path
    self.descriptor = descriptor
    sum = Sum()
    do {
      foreign = try Self.reading(path, descriptor, sum)
    } catch {
      close(descriptor)
      throw CommandFailure("\(path):\(error)")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw CommandFailure("\(path) is no regular file: it is read twice, and a pipe or device cannot be")
    }
  }

  deinit { close(descriptor) }

  private static func reading(_ path: String, _ descriptor: Int32, _ sum: Sum) throws -> ForeignFile {
    try ForeignFile {
      var buffer = [UInt8](repeating: 0, count: piece)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else {
          throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        let octets = Array(buffer.prefix(count))
        sum.hash.update(data: octets)
        return octets
      }
    }
  }

  /// The hosts that have become complete; nil at the end. Throws a `CommandFailure`, of a broken file with line and column.
  func hosts() throws -> [ForeignHost]? {
    do {
      return try foreign.hosts()
    } catch let error as ImportError {
      throw CommandFailure("\(path):\(error)")
    }
  }

  /// Begins anew. Throws a `CommandFailure`.
  func rewind() throws {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw CommandFailure("\(path) cannot be read again: \(String(cString: strerror(errno)))")
    }
    sum.hash = SHA256()
    do {
      foreign = try Self.reading(path, descriptor, sum)
    } catch {
      throw CommandFailure("\(path):\(error)")
    }
  }

  /// What the file says of its scan; nil: it has not come so far.
  var scan: ForeignScan? { foreign.scan }

  /// What was left out so far.
  var remainder: ForeignRemainder { foreign.remainder }

  /// SHA-256 of what has been read since the beginning, in hexadecimal digits; of the file where `hosts` has given nil.
  var digest: String { sum.hash.finalize().map(Self.hexadecimal).joined() }

  private static func hexadecimal(_ octet: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    return String([digits[Int(octet >> 4)], digits[Int(octet & 15)]])
  }
}

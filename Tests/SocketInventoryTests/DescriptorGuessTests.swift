import Glibc
import LinuxSystem
import Model
import SocketFilter
import Testing

@testable import SocketInventory

/// However the numbers of a process's descriptors lie, each is found: guessing them only saves time.
@Suite struct DescriptorGuessTests {
  /// A bound UDP socket at a descriptor of at least `lowest`.
  private func bound(atLeast lowest: Int32) throws -> Descriptor {
    let first = Descriptor(
      owning: try SystemCall.retrying("socket") {
        socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      })
    let number = first.number
    let moved = Descriptor(
      owning: try SystemCall.retrying("fcntl") { fcntl(number, F_DUPFD_CLOEXEC, lowest) })
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let movedNumber = moved.number
    try SystemCall.retrying("bind") {
      withUnsafeBytes(of: &address) { bytes in
        bind(movedNumber, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
      }
    }
    return moved
  }

  private func inode(_ descriptor: Int32) -> UInt32 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? UInt32(truncatingIfNeeded: status.st_ino) : 0
  }

  @Test(arguments: [(200, 1), (200, 2), (60, 9), (20, 300), (3, 1)])
  func everyDescriptorIsFoundWhateverTheGaps(count: Int, step: Int32) throws {
    var inodes: [UInt32: Int32] = [:]
    var numbers: [Int32] = []
    for index in 0..<Int32(count) {
      let number = try bound(atLeast: 10 + index * step).release()
      numbers.append(number)
      inodes[inode(number)] = number
    }
    defer { for number in numbers { close(number) } }
    let query = SocketQuery(protocols: [.udp], families: [.ipv4], states: .waiting)
    let rows = try InventoryReader.snapshot(query).rows.filter { row in row.inode.map { inodes[$0] != nil } ?? false }
    #expect(rows.count == count)
    for row in rows {
      let holder = try #require(row.ownership.holders.first { $0.process.pid == getpid() })
      #expect(holder.descriptor == row.inode.flatMap { inodes[$0] })
    }
  }

  @Test func guessingEndsOnceTooManyNumbersAreMissing() throws {
    let directory = try Descriptor.open("/proc/self/fd", flags: O_RDONLY | O_DIRECTORY)
    let kept = (0..<20).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
    defer { for number in kept { close(number) } }
    var guess = DescriptorGuess(directory)
    var asked: Int32 = 0
    while let number = guess.next() {
      #expect(number == asked)
      let name = try guess.withName { name throws(SystemError) in String(cString: name) }
      #expect(name == "\(number)")
      guess.learn(false)
      asked += 1
    }
    // Before Linux 6.2 nothing is guessed.
    #expect(asked == 17 || asked == 0)
    #expect(guess.position == asked)
  }
}

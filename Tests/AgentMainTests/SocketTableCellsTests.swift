import Glibc
import Listing
import Model
import Testing

@testable import AgentMain
@testable import SocketFilter
@testable import SocketInventory

/// The lines that are written without a call for each cell are those that are written with one.
@Suite struct SocketTableCellsTests {
  /// Sockets of every family, state and width, as text tables (proc_net_tcp(5)): with and without owner, among them those of
  /// this process.
  private final class Tables {
    let folder: String
    private var random: UInt64

    init(seed: UInt64, ownInodes: [UInt32]) throws {
      var template = Array("/tmp/periplus-table-XXXXXX".utf8CString)
      folder = try #require(mkdtemp(&template).map { String(cString: $0) })
      random = seed
      for file in ["tcp", "udp"] {
        var text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        for number in 0..<300 {
          let local = next(below: 4) == 0 ? "00000000" : hex((next() >> 32) >> next(below: 25), 8)
          let remote = next(below: 2) == 0 ? "00000000:0000" : "\(hex(next() >> 32, 8)):\(hex(next() >> 48, 4))"
          let known = next(below: 2) == 0 ? UInt32(next() >> 40) : ownInodes[number % ownInodes.count]
          let inode = next(below: 3) == 0 ? 0 : known
          let uid = next(below: 3) == 0 ? 0 : next(below: 2) == 0 ? 65_534 : UInt32(next() >> 33)
          let state = hex(1 + next(below: 11), 2)
          let queues = hex((next() >> 32) >> next(below: 32), 8) + ":" + hex(next(below: 300), 8)
          text += "\(number): \(local):\(hex(next(below: 70) * 900, 4)) \(remote) \(state) \(queues) "
          text += "00:00000000 00000000 \(uid) 0 \(inode) 2 0000000000000000 0\n"
        }
        let stream = try #require(fopen("\(folder)/\(file)", "w"))
        fputs(text, stream)
        fclose(stream)
      }
      let six = try #require(fopen("\(folder)/tcp6", "w"))
      fputs(
        "header\n0: 00000000000000000000000001000000:0016 B80D0120000000000000000001000000:1F90 01 00000000:00000000 "
          + "00:00000000 00000000 0 0 \(ownInodes[0]) 1 0000000000000000 0\n", six)
      fclose(six)
    }

    deinit {
      for file in ["tcp", "udp", "tcp6"] { unlink("\(folder)/\(file)") }
      rmdir(folder)
    }

    /// SplitMix64.
    private func next() -> UInt64 {
      random &+= 0x9e37_79b9_7f4a_7c15
      var mixed = random
      mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
      return mixed ^ (mixed >> 31)
    }

    private func next(below limit: UInt64) -> UInt64 { next() % limit }

    private func hex(_ number: UInt64, _ width: Int) -> String {
      let digits = String(number, radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }

  /// The inode of a socket that is open.
  private static func inode(_ descriptor: Int32) -> UInt32 {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? UInt32(truncatingIfNeeded: status.st_ino) : 0
  }

  @Test(arguments: [true, false])
  func fastLinesAreThoseOfTheCells(withOwners: Bool) throws {
    let descriptors = (0..<3).map { _ in socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) }
    // One socket is held by two processes where the tests run as several; by one with two descriptors in any case.
    let again = dup(descriptors[0])
    defer { for descriptor in descriptors + [again] { close(descriptor) } }
    let tables = try Tables(seed: 7, ownInodes: descriptors.map(Self.inode))
    let query = SocketQuery(protocols: [.tcp, .udp], includesProcesses: withOwners)
    let read = try SocketTables(query, from: .files(tables.folder), namespace: nil)
    let snapshot = try SocketSnapshot(query, [NetworkNamespaces.own()], [read])
    #expect(snapshot.count == 601)
    let choices: [[SocketTableColumn]] = [
      [.local, .socketProtocol, .state, .remote, .receiveQueue, .sendQueue, .user, .processes],
      [.local, .socketProtocol, .state, .remote, .receiveQueue, .sendQueue, .user],
      [.local, .user, .inode], [.receiveQueue, .sendQueue, .inode], [.user], [.processes, .user, .local],
      [.local, .timer, .namespace, .state],
    ]
    for columns in choices {
      let cells = SocketTableCells(snapshot, columns: columns)
      var widths = columns.map { _ in 0 }
      var slowWidths = widths
      cells.widen(&widths, count: columns.count)
      cells.widenCellByCell(&slowWidths, count: columns.count)
      #expect(widths == slowWidths)
      let fit = TableFit(
        kept: Array(columns.indices), widths: widths, isTrailing: columns.map { $0.column.alignment == .trailing })
      var (fast, slow): ([UInt8], [UInt8]) = ([], [])
      cells.appendLines(0..<cells.rowCount, fit, to: &fast)
      cells.appendCellByCell(0..<cells.rowCount, fit, to: &slow)
      #expect(String(decoding: fast, as: UTF8.self) == String(decoding: slow, as: UTF8.self))
      #expect(fast.count { $0 == UInt8(ascii: "\n") } == 601)
    }
  }

  @Test func numbersAreWrittenAsDigits() {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { memory in
      var writer = LineWriter(memory)
      var bytes: [UInt8] = []
      for number: UInt32 in [0, 9, 10, 99, 100, 999, 1_000, 9_999, 10_000, 65_535, 99_999, 100_000, 4_294_967_295] {
        writer.put(decimal: number)
        #expect(writer.count == LineWriter.digits(number))
        writer.flush(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\(number)")
        bytes.removeAll()
        writer.put(ipv4: number)
        #expect(writer.count == LineWriter.digits(ipv4: number))
        writer.flush(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == IPAddress(ipv4: number).description)
        bytes.removeAll()
      }
      #expect(writer.hasRoom(64) && !writer.hasRoom(65))
    }
  }
}

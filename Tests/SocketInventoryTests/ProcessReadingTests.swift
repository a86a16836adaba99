import Testing

@testable import SocketInventory

@Suite("What /proc says of a process")
struct ProcessReadingTests {
  @Test("A name may hold blanks and parentheses")
  func oddName() throws {
    let fields = (3...52).map { $0 == 3 ? "S" : $0 == 4 ? "17" : $0 == 22 ? "123456" : "0" }
    let stat = try #require(ProcessStat("42 (a) b (c) " + fields.joined(separator: " ")))
    #expect(stat.name == "a) b (c")
    #expect(stat.parentPid == 17)
    #expect(stat.startTicks == 123456)
  }

  @Test("Text that is no stat line is refused", arguments: ["", "1", "1 (x", "1 ) (", "1 (x) S 1 2 3"])
  func malformed(text: String) {
    #expect(ProcessStat(text) == nil)
  }

  @Test("The effective user is the second of four")
  func effectiveUser() {
    #expect(ProcessReader.effectiveUser(status: "Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n") == 2)
    #expect(ProcessReader.effectiveUser(status: "Name:\tx\n") == nil)
  }

  @Test(
    "The innermost unit of a control group is named",
    arguments: [
      ("0::/system.slice/nginx.service\n", "nginx.service"),
      ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope\n", "app-x.scope"),
      ("0::/system.slice/docker-0123.scope/inner\n", "docker-0123.scope"),
      ("12:cpu:/a.service\n1:name=systemd:/system.slice/b.service\n", "b.service"),
      ("0::/\n", nil), ("", nil), ("x", nil),
    ] as [(String, String?)])
  func unit(cgroup: String, expected: String?) {
    #expect(ControlGroup(cgroup).unit == expected)
  }

  @Test("Inodes are found whatever their order, zero never")
  func inodes() {
    let inodes: [UInt32] = [7, 0, 4_294_967_295, 8, 0, 2_654_435_761] + (100_000..<101_000)
    let table = InodeTable(count: inodes.count, inodes: inodes.prefix(3), and: inodes.dropFirst(3))
    for (index, inode) in inodes.enumerated() where inode != 0 { #expect(table.index(of: inode) == index) }
    #expect(table.index(of: 0) == nil)
    #expect(table.index(of: 9) == nil)
    #expect(InodeTable(count: 0, inodes: [] as [UInt32]).index(of: 1) == nil)
  }
}

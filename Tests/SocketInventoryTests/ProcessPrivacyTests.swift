import Testing

@testable import SocketInventory

@Suite("Containers and command lines")
struct ProcessPrivacyTests {
  private static let id = String(repeating: "0123456789abcdef", count: 4)

  @Test(
    "A container is known by what its runtime calls its control group",
    arguments: [
      ("0::/system.slice/docker-\(id).scope", id), ("12:pids:/docker/\(id)\n0::/", id),
      ("0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-\(id).scope", id),
      ("0::/kubepods/burstable/pod1/\(id)", id), ("0::/machine.slice/libpod-\(id).scope/container", id),
      ("0::/lxc.payload.web/init.scope", "web"), ("0::/machine.slice/systemd-nspawn@db.service/payload", "db"),
      ("0::/machine.slice/machine-build\\x2d7.scope", "build-7"),
      ("0::/system.slice/nginx.service", nil), ("0::/system.slice/docker-0123.scope", nil), ("", nil),
    ] as [(String, String?)])
  func containers(cgroup: String, expected: String?) {
    #expect(ControlGroup(cgroup).container == expected)
  }

  @Test(
    "Secrets are taken out of command lines, other words stay",
    arguments: [
      (["mysqld", "--password=hunter2"], ["mysqld", "--password=[redacted]"]),
      (["app", "--api-token", "abc", "--port", "80"], ["app", "--api-token", "[redacted]", "--port", "80"]),
      (["env", "DB_PASSWORD=x", "PATH=/bin"], ["env", "DB_PASSWORD=[redacted]", "PATH=/bin"]),
      (["job", "postgres://me:pw@db:5432/x?y"], ["job", "postgres://me:[redacted]@db:5432/x?y"]),
      (["app", "--bypass", "x", "--passive", "--monkey=1"], ["app", "--bypass", "x", "--passive", "--monkey=1"]),
      (["app", "--token", "--verbose"], ["app", "--token", "--verbose"]),
      (["curl", "http://a@b/", "http://b:1/"], ["curl", "http://a@b/", "http://b:1/"]),
      (["sh", "-c", "mysql --user=x --password=y && ls"], ["sh", "-c", "mysql --user=x --password=[redacted] && ls"]),
      (["sh", "-c", "mysql --password y -h z"], ["sh", "-c", "mysql --password [redacted] -h z"]),
      (
        ["java", "jdbc:mysql://h/db?user=a&password=b&x=1"],
        ["java", "jdbc:mysql://h/db?user=a&password=[redacted]&x=1"]
      ),
      (["curl", "-H", "Authorization: Bearer x y"], ["curl", "-H", "Authorization: [redacted]"]),
      (
        ["curl", "-u", "me:pw", "https://a:b@c https://d:e@f"],
        ["curl", "-u", "me:[redacted]", "https://a:[redacted]@c https://d:[redacted]@f"]
      ),
      (["aws", "--secret-key=x", "--region=y"], ["aws", "--secret-key=[redacted]", "--region=y"]),
      (["java", "-Djavax.net.ssl.keyStorePassword=x"], ["java", "-Djavax.net.ssl.keyStorePassword=[redacted]"]),
    ] as [([String], [String])])
  func redaction(arguments: [String], expected: [String]) {
    #expect(CommandLineRedaction.redacted(arguments) == expected)
  }

  @Test("Only the links of sockets have inodes")
  func links() {
    func inode(_ text: String) -> UInt32? {
      let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: 8)
      return bytes.withUnsafeBytes { SocketLink.inode($0[..<text.utf8.count]) }
    }
    #expect(inode("socket:[12345]") == 12345)
    #expect(inode("socket:[4294967295]") == .max)
    for other in [
      "socket:[4294967296]", "socket:[]x", "socket:[1", "socket:[x]", "socket:[", "pipe:[1]", "", "/dev/null",
    ] {
      #expect(inode(other) == nil, "\(other)")
    }
  }
}

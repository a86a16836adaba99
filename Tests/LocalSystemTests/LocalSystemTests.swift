import Glibc
import Model
import Testing

@testable import LocalSystem

@Suite struct LocalSystemTests {
  /// A scratch file that is gone when the test is.
  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    var template = Array("/tmp/periplus-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { unlink(path) }
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
    try body(path)
  }

  @Test func aFileIsReadWholeUpToItsBound() throws {
    let text = String(repeating: "10.0.0.1 \u{e9}\n", count: 10_000)
    try withFile(Array(text.utf8)) { path in
      let read = try TextFile.read(path, maximumBytes: text.utf8.count)
      #expect(read == text)
      #expect(throws: TextFileError(path: path, code: .tooLarge(maximumBytes: 100))) {
        try TextFile.read(path, maximumBytes: 100)
      }
    }
  }

  @Test func whatIsNoTextIsRefused() throws {
    try withFile([0x68, 0xff, 0xfe]) { path in
      #expect(throws: TextFileError(path: path, code: .notUTF8)) { try TextFile.read(path, maximumBytes: 100) }
    }
    #expect(throws: TextFileError(path: "/tmp", code: .isDirectory)) { try TextFile.read("/tmp", maximumBytes: 100) }
    let missing = try #require(throws: TextFileError.self) { try TextFile.read("/nonexistent/x", maximumBytes: 1) }
    #expect(missing.description == "cannot read /nonexistent/x: open: No such file or directory")
  }

  @Test func servicesAreNamedWithOrWithoutTheFile() {
    #expect(SystemServices.load().name(of: ProtocolPort(.tcp, 443)) == "https")
  }

  @Test func localNamesResolveAndWhatDoesNotIsNamed() {
    let answer = HostNames.resolve(["localhost", "no-such-name.invalid"])
    #expect(answer.resolved["localhost"]?.contains { $0.isLoopback } == true)
    #expect(answer.failed.map(\.name) == ["no-such-name.invalid"])
    #expect(answer.failed.first?.reason.isEmpty == false)
    let four = HostNames.resolve(["localhost"], family: .ipv4)
    #expect(four.resolved["localhost"]?.allSatisfy { $0.family == .ipv4 } == true)
  }

  @Test func aListenedPortIsInUseAndAFreeOneIsNot() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(bound)
    let endpoint = ProtocolPort(.tcp, Port(UInt16(bigEndian: address.sin_port)))
    #expect(LocalPorts.bindable(endpoint).obstacle == .inUse)
    #expect(LocalPorts.bindable(endpoint).isEphemeral)
    close(descriptor)
    #expect(LocalPorts.bindable(endpoint).obstacle == nil)
  }
}

import Model

@testable import SocketFilter

/// A socket with every property set by hand.
struct Example: FilterSubject {
  var socketProtocol = SocketProtocol.tcp
  var state = SocketState.established
  var localEndpoint: FilterEndpoint?
  var remoteEndpoint: FilterEndpoint?
  var localPath: String?
  var remotePath: String?
  var interfaceIndex: UInt32 = 0
  var interfaceName: String?
  var isAutobound: Bool?
  var uid: UInt32?
  var mark: UInt32?
  var cgroupID: UInt64?
  var holders: [FilterProcess]?
  var namespaceInode: UInt64?

  /// Ends as `127.0.0.1 22`.
  init(_ local: String = "127.0.0.1 22", _ remote: String = "0.0.0.0 0") {
    localEndpoint = Self.end(local)
    remoteEndpoint = Self.end(remote)
  }

  static func unix(_ path: String, peer: String = "") -> Example {
    var example = Example()
    example.socketProtocol = .unix
    example.localEndpoint = nil
    example.remoteEndpoint = nil
    example.localPath = path
    example.remotePath = peer
    return example
  }

  private static func end(_ text: String) -> FilterEndpoint? {
    let parts = text.split(separator: " ")
    guard let address = IPAddress(parts[0]), let port = UInt16(parts[1]) else { return nil }
    return FilterEndpoint(address, Port(port))
  }
}

/// Made once: the table behind it is long.
private let testServices = ServiceNames(
  etcServices: "ssh 22/tcp\ndomain 53/tcp\ndomain 53/udp\nsplit 1001/tcp\nsplit 1002/udp\n")

/// Names that the tests know.
func testEnvironment() -> FilterEnvironment {
  var environment = FilterEnvironment(services: testServices)
  environment.addresses = { name in
    guard name == "home" else { return .failure(.init("no such host")) }
    return .success([.ipv4Loopback, .ipv6Loopback])
  }
  environment.userID = { $0 == "www" ? 33 : nil }
  environment.cgroupID = { $0 == "/web" ? .success(77) : .failure(.init("no such group")) }
  environment.namespaceInode = { $0 == "blue" ? 4026 : nil }
  return environment
}

func parse(_ text: String) throws -> SocketFilter {
  try SocketFilterParser.parse([text], environment: testEnvironment())
}

func judge(_ text: String, _ subject: Example) throws -> Truth { try parse(text).judge(subject) }

import Glibc
import LinuxSystem
import Model
import SocketInventory
import Testing

@testable import FreePorts

@Suite("Ports of this host")
struct PortSurveyTests {
  private struct Listener: ~Copyable {
    let descriptor: Descriptor
    let port: UInt16
  }

  private func listener() throws -> Listener {
    let descriptor = Descriptor(
      owning: try SystemCall.retrying("socket") { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let number = descriptor.number
    try withUnsafeMutablePointer(to: &address) { pointer in
      let raw = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
      try SystemCall.retrying("bind") { bind(number, raw, length) }
      try SystemCall.retrying("listen") { listen(number, 1) }
      try SystemCall.retrying("getsockname") { getsockname(number, raw, &length) }
    }
    return Listener(descriptor: descriptor, port: UInt16(bigEndian: address.sin_port))
  }

  @Test("A listener of this process is in the way on its address and the wildcard, not beside it")
  func ownListener() throws {
    let listener = try listener()
    let port = listener.port
    let ports = PortSet([port...port])
    for (place, status) in [
      (BindAddress.everywhere, PortFinding.Status.inUse), (.address(.ipv4Unspecified, interfaceIndex: 0), .inUse),
      (.address(.ipv4Loopback, interfaceIndex: 0), .inUse), (.address(.ipv6Unspecified, interfaceIndex: 0), .free),
    ] {
      let survey = try PortSurvey.take([.tcp], ports: ports, at: place)
      let span = try #require(survey.spans.first)
      #expect(survey.spans.count == 1 && span.ports == port...port)
      #expect(span.finding.status == status, "\(place)")
      guard status == .inUse else { continue }
      let place = try #require(span.finding.sockets.first)
      #expect(survey.snapshot.rows[place].ownership.holders.contains { $0.process.pid == getpid() })
    }
    _ = consume listener
  }

  @Test("An address of another host is an error")
  func foreignAddress() throws {
    let foreign = BindAddress.address(try #require(IPAddress("192.0.2.1")), interfaceIndex: 0)
    let error = #expect(throws: SystemError.self) { try BindTrial(.tcp, at: foreign) }
    #expect(error?.errno == EADDRNOTAVAIL)
  }

  @Test("Every port is told once, in order")
  func whole() throws {
    let survey = try PortSurvey.take([.tcp, .udp], ports: .all, at: .everywhere)
    for transport in [TransportProtocol.tcp, .udp] {
      var next = 1
      for span in survey.spans where span.transport == transport {
        #expect(Int(span.ports.lowerBound) == next)
        next = Int(span.ports.upperBound) + 1
      }
      #expect(next == 65536)
    }
  }
}

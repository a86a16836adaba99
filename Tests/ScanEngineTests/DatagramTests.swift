import CLinux
import Glibc
import LinuxSystem
import Model
import Synchronization
import Testing

@testable import ScanEngine

/// UDP on loopback, where a closed port's ICMP error comes from the target itself.
@Suite("UDP probes on loopback")
struct DatagramTests {
  private static func bound(_ family: IPAddress.Family) throws -> LoopbackSocket {
    try LoopbackSocket(family == .ipv4 ? .ipv4Loopback : .ipv6Loopback, type: SOCK_DGRAM)
  }

  private func scan(_ family: IPAddress.Family, ports: PortSelection) async throws -> [Observation] {
    let engine = try ConnectEngine()
    defer { engine.shutdown() }
    let host = HostRange(AddressRange(family == .ipv4 ? .ipv4Loopback : .ipv6Loopback))
    var pace = ScanPace(timeout: .milliseconds(200))
    pace.retries = 1
    var observations: [Observation] = []
    let work = ScanWork(blocks: [ScanBlock(hosts: [host], ports: ports)], pace: pace) { _, _ in true }
    for await batch in try engine.begin(work) {
      observations += batch.observations
    }
    return observations
  }

  @Test(
    "A silent socket is open-or-filtered, a port that nobody has is closed",
    arguments: [
      IPAddress.Family.ipv4, .ipv6,
    ])
  func silentAndClosed(family: IPAddress.Family) async throws {
    let silent = try Self.bound(family)
    let free = try Self.bound(family)
    let (silentPort, freePort) = (silent.port.rawValue, free.port.rawValue)
    _ = consume free
    let ports = PortSelection(udp: PortSet([silentPort...silentPort]).union(PortSet([freePort...freePort])))
    let observations = try await scan(family, ports: ports)
    _ = consume silent
    #expect(observations.count == 2)
    let states = Dictionary(uniqueKeysWithValues: observations.map { ($0.port.port.rawValue, $0) })
    #expect(states[silentPort]?.state == .openOrFiltered && states[silentPort]?.reason == .noResponse)
    #expect(states[silentPort]?.tries == 2)
    #expect(states[freePort]?.state == .closed && states[freePort]?.reason == .portUnreachable)
    #expect(observations.allSatisfy { $0.port.transport == .udp })
  }

  @Test("A socket that answers is open, and its answer is asked for by the port's own protocol")
  func answering() async throws {
    let server = try Self.bound(.ipv4)
    let number = server.descriptor.number
    let port = server.port.rawValue
    let asked = Mutex(-1)
    let thread = try SystemThread(name: "pong") {
      var request = [UInt8](repeating: 0, count: 512)
      var sender = sockaddr_in()
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      withUnsafeMutablePointer(to: &sender) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          let count = recvfrom(number, &request, request.count, 0, address, &length)
          asked.withLock { $0 = count }
          _ = sendto(number, "pong", 4, 0, address, length)
        }
      }
    }
    let observations = try await scan(.ipv4, ports: PortSelection(udp: PortSet([port...port])))
    thread.join()
    #expect(asked.withLock { $0 } == 0)
    _ = consume server
    #expect(observations.map(\.state) == [.open])
    #expect(observations.first?.reason == .udpResponse)
    #expect(observations.first?.roundTrip != nil)
  }

  @Test("Payloads have the sizes that their own length fields say")
  func payloads() {
    #expect(DatagramPayloads.payload(for: Port(123)).count == 48)
    #expect(DatagramPayloads.payload(for: Port(443)).count == 1200)
    #expect(DatagramPayloads.payload(for: Port(427)).count == 29)
    #expect(DatagramPayloads.payload(for: Port(520)).count == 24)
    #expect(DatagramPayloads.payload(for: Port(4569)).count == 12)
    let tunnel = DatagramPayloads.payload(for: Port(1701))
    #expect(Int(tunnel[3]) == tunnel.count)
    let cache = DatagramPayloads.payload(for: Port(3130))
    #expect(Int(cache[3]) == cache.count)
    let isakmp = DatagramPayloads.payload(for: Port(500))
    #expect(isakmp.count == 80 && isakmp[27] == 80)
    #expect(DatagramPayloads.payload(for: Port(4500)).count == 84)
    let snmp = DatagramPayloads.payload(for: Port(161))
    #expect(Int(snmp[1]) == snmp.count - 2)
    let kerberos = DatagramPayloads.payload(for: Port(88))
    #expect(Int(kerberos[1]) == kerberos.count - 2)
    let cldap = DatagramPayloads.payload(for: Port(389))
    #expect(Int(cldap[1]) == cldap.count - 2)
    #expect(DatagramPayloads.payload(for: Port(137)).count == 50)
    #expect(DatagramPayloads.payload(for: Port(111)).count == 40)
    #expect(DatagramPayloads.payload(for: Port(1812)).count == 20)
    #expect(DatagramPayloads.payload(for: Port(40_000)).isEmpty)
  }
}

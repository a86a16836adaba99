import CLinux
import Glibc
import LinuxSystem
import Model
import Testing

@testable import ScanEngine

@Suite("Slots and routes", .serialized)
struct ProbeSlotsTests {
  /// Connects a slot until its connection is settled.
  private func settle(_ slots: ProbeSlots, _ index: Int, _ poller: inout EpollPoller) throws -> Int32 {
    var code = slots.connect(index)
    while code == EINPROGRESS || code == EALREADY {
      try poller.wait(milliseconds: nil) { _, _ in }
      code = slots.connect(index)
    }
    return code
  }

  @Test("A socket is used again after open, closed and aborted probes")
  func reuse() throws {
    let listener = try LoopbackSocket()
    let deaf = try LoopbackSocket(isListening: false)
    var poller = try EpollPoller()
    let slots = ProbeSlots(capacity: 1)
    for round in 0..<20 {
      let index = try #require(try slots.take(.tcpIPv4, poller: poller))
      #expect(try slots.take(.tcpIPv4, poller: poller) == nil)
      slots[index].target = TargetAddress.make(
        .ipv4Loopback, port: round % 2 == 0 ? listener.port : deaf.port, scope: 0)
      let code = try settle(slots, index, &poller)
      #expect(code == (round % 2 == 0 ? 0 : ECONNREFUSED))
      if code == 0 {
        #expect(!slots.isConnectedToItself(index))
        slots.disconnect(index)
      }
      #expect(slots.takeErrors(index) == nil)
      slots.release(index)
    }
    #expect(slots.count == 1)
    #expect(slots.busyCount == 0)
    _ = consume listener
    _ = consume deaf
  }

  @Test("A connection of a socket to itself is recognised")
  func selfConnection() throws {
    var poller = try EpollPoller()
    let slots = ProbeSlots(capacity: 1)
    let index = try #require(try slots.take(.tcpIPv4, poller: poller))
    // Bound to a port of the kernel's choice, and told to connect to that very port.
    let descriptor = slots[index].descriptor
    var own = TargetAddress.make(.ipv4Loopback, port: 0, scope: 0)
    var length = TargetAddress.length(own)
    try TargetAddress.withPointer(to: &own) { pointer throws(SystemError) in
      try SystemCall.retrying("bind") { bind(descriptor, pointer, length) }
      try SystemCall.retrying("getsockname") { getsockname(descriptor, pointer, &length) }
    }
    slots[index].target = own
    #expect(try settle(slots, index, &poller) == 0)
    #expect(slots.isConnectedToItself(index))
    slots.disconnect(index)
    slots.release(index)
  }

  @Test("An event of an idle slot, or of a descriptor that was closed, concerns nobody")
  func staleEvents() throws {
    var poller = try EpollPoller()
    let slots = ProbeSlots(capacity: 1)
    let index = try #require(try slots.take(.tcpIPv4, poller: poller))
    var tokens: [UInt64] = []
    // A fresh socket hangs up by itself (tcp_poll, TCP_CLOSE).
    try poller.wait(milliseconds: nil) { token, _ in tokens.append(token) }
    let token = try #require(tokens.first)
    #expect(slots.busySlot(token: token) == index)
    slots.release(index)
    #expect(slots.busySlot(token: token) == nil)
    // The other family takes the slot over with a descriptor of its own.
    #expect(try slots.take(.tcpIPv6, poller: poller) == index)
    #expect(slots.busySlot(token: token) == nil)
    #expect(slots.busySlot(token: 99) == nil)
    slots.release(index)
  }

  @Test(
    "An error that an earlier target left in the queue is not the next one's",
    arguments: [IPAddress.ipv4Loopback, .ipv6Loopback])
  func leftErrors(address: IPAddress) throws {
    let silent = try LoopbackSocket(address, type: SOCK_DGRAM)
    let free = try LoopbackSocket(address, type: SOCK_DGRAM)
    let freePort = free.port
    _ = consume free
    let poller = try EpollPoller()
    let slots = ProbeSlots(capacity: 1)
    let index = try #require(try slots.take(SocketKind(.udp, address.family), poller: poller))
    slots[index].target = TargetAddress.make(address, port: freePort, scope: 0)
    // On loopback the refusal is in the queue when the call returns; nobody reads it.
    #expect(slots.send(index, []) == 0)
    slots.disconnect(index)
    slots[index].target = TargetAddress.make(address, port: silent.port, scope: 0)
    #expect(slots.connect(index) == 0)
    #expect(slots.takeErrors(index) == nil)
    slots.disconnect(index)
    // The same again for the one that it is about.
    slots[index].target = TargetAddress.make(address, port: freePort, scope: 0)
    #expect(slots.send(index, []) == 0)
    #expect(slots.takeErrors(index)?.sender == address)
    slots.release(index)
    _ = consume silent
  }

  @Test("The kernel tells our own addresses from others'")
  func routes() throws {
    var routes = try RouteReader()
    #expect(routes.route(to: .ipv4Loopback, scope: 0)?.isLocal == true)
    #expect(routes.route(to: IPAddress(ipv4: 0x7fab_cdef), scope: 0)?.isLocal == true)
    #expect(routes.route(to: .ipv6Loopback, scope: 0)?.isLocal == true)
    // TEST-NET-1 (RFC 5737) is nobody's own; asking for the route sends nothing.
    #expect(routes.route(to: IPAddress(ipv4: 0xc000_0201), scope: 0)?.isLocal != true)
  }
}

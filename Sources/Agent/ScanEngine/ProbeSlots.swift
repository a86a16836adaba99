internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model

/// The engine's sockets and what each is busy with. Engine thread only.
///
/// A slot keeps its socket from probe to probe: connect launches, a second connect harvests, connect to AF_UNSPEC aborts;
/// two system calls a probe instead of six. A probe's fields lie together, one cache line or two, because an event touches
/// all of them and no loop runs over one of them alone.
final class ProbeSlots {
  /// A socket and its probe.
  struct Slot {
    /// Owned by this table; -1 where the slot has none.
    var descriptor: Int32 = -1
    var kind = SocketKind.tcpIPv4
    var isBusy = false
    var isRetry = false

    /// This one included.
    var tries: UInt8 = 0
    var mishaps: UInt8 = 0
    var evidence: UInt8 = 0
    var regime: UInt8 = 0

    /// The measuring period of the host's pacer: when this try was started, and when the one before was.
    var period: UInt16 = 0
    var lastPeriod: UInt16 = 0

    /// Names the descriptor, not the probe: an event of a descriptor that has been closed is recognised by it.
    var generation: UInt32 = 0
    var run = 0
    var host = 0
    var portOffset = 0
    var target = clinux_address()

    /// Nanoseconds of `MonotonicClock`.
    var launchedAt: UInt64 = 0

    /// From when on its time counts: later than the launch where the packet had to wait for ARP or neighbour discovery, and
    /// then the answer's round trip is not known.
    var countedFrom: UInt64 = 0
  }

  let slots = EngineTable<Slot>()

  /// Indices of idle slots with a socket, by kind, and of slots without one.
  private var idle: [[Int]] = Array(repeating: [], count: SocketKind.allCases.count)
  private var empty: [Int] = []

  /// How many slots are busy.
  private(set) var busyCount = 0

  /// The most sockets this table opens.
  let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  deinit {
    for index in slots.indices where slots[index].descriptor >= 0 { _ = close(slots[index].descriptor) }
  }

  subscript(index: Int) -> Slot {
    get { slots[index] }
    _modify { yield &slots[index] }
  }

  var count: Int { slots.count }

  /// A slot with an idle socket of the kind, opened and registered with the poller if need be; it is busy from here on.
  ///
  /// - Returns: nil where the capacity is used up: one will be given back.
  /// - Throws: `SystemError`: EMFILE or ENFILE, ENOBUFS, ENOMEM, EAFNOSUPPORT for a family this kernel lacks, EACCES where
  ///   this process may not send an echo.
  func take(_ kind: SocketKind, poller: borrowing EpollPoller) throws(SystemError) -> Int? {
    let index: Int
    if let own = idle[kind.rawValue].popLast() {
      index = own
    } else if let vacant = empty.popLast() {
      index = vacant
    } else if slots.count < capacity {
      index = slots.count
      slots.append(Slot())
    } else if let other = closeIdle() {
      index = other
    } else {
      return nil
    }
    if slots[index].descriptor < 0 {
      do throws(SystemError) {
        try openSocket(index, kind: kind, poller: poller)
      } catch {
        empty.append(index)
        // Idle sockets of other kinds hold descriptors that this one lacks.
        guard error.errno == EMFILE || error.errno == ENFILE, let other = closeIdle() else { throw error }
        empty.append(other)
        return try take(kind, poller: poller)
      }
    }
    slots[index].isBusy = true
    busyCount += 1
    return index
  }

  /// Gives a slot back; its socket must be unconnected.
  func release(_ index: Int) {
    precondition(slots[index].isBusy, "a slot is given back once")
    slots[index].isBusy = false
    busyCount -= 1
    idle[slots[index].kind.rawValue].append(index)
  }

  /// The port of the slot's target, host byte order.
  func port(_ index: Int) -> UInt16 {
    // Both families keep it at the same place (RFC 3493, 3.3); read by family all the same.
    slots[index].kind.family == .ipv4
      ? UInt16(bigEndian: slots[index].target.v4.sin_port) : UInt16(bigEndian: slots[index].target.v6.sin6_port)
  }

  /// Starts the connection to the slot's target, or harvests it.
  ///
  /// - Returns: the errno, 0 for a connection.
  func connect(_ index: Int) -> Int32 {
    let descriptor = slots[index].descriptor
    let length = TargetAddress.length(slots[index].target)
    return TargetAddress.withPointer(to: &slots[index].target) { target in
      SystemCall.once { Glibc.connect(descriptor, target, length) }
    }
  }

  /// Makes the slot's socket forget its connection: what is half open is dropped, what is open is reset (connect(2)).
  func disconnect(_ index: Int) {
    let descriptor = slots[index].descriptor
    var none = sockaddr()
    none.sa_family = sa_family_t(AF_UNSPEC)
    _ = SystemCall.once { Glibc.connect(descriptor, &none, socklen_t(MemoryLayout<sockaddr>.size)) }
  }

  /// Whether the slot's socket is connected to itself: a SYN to one of our own ephemeral ports that happened to leave from
  /// that very port meets itself (RFC 9293, 3.5, simultaneous open). Nobody listens there.
  func isConnectedToItself(_ index: Int) -> Bool {
    let descriptor = slots[index].descriptor
    var local = clinux_address()
    var length = socklen_t(MemoryLayout<clinux_address>.size)
    let code = TargetAddress.withPointer(to: &local) { pointer in
      SystemCall.once { getsockname(descriptor, pointer, &length) }
    }
    return code == 0 && TargetAddress.isSameEndpoint(local, slots[index].target)
  }

  /// Empties the slot's error queue.
  ///
  /// Reading an entry clears the socket's pending error (sock_dequeue_err_skb), so this comes after connect has told its
  /// errno, never before.
  ///
  /// - Returns: the last ICMP error that concerned the slot's current target. An earlier probe's errors outlive
  ///   AF_UNSPEC, and are dropped here.
  func takeErrors(_ index: Int) -> IcmpEvidence? {
    var evidence: IcmpEvidence?
    var entry = clinux_socket_error()
    // A queue is bounded by the socket's receive buffer; this bound is only against a kernel that never ends.
    for _ in 0..<1024 {
      let code = clinux_take_socket_error(slots[index].descriptor, &entry)
      if code == ENOMSG { continue }
      guard code == 0 else { break }
      let family: IPAddress.Family
      switch Int32(entry.error.ee_origin) {
      case SO_EE_ORIGIN_ICMP: family = .ipv4
      case SO_EE_ORIGIN_ICMP6: family = .ipv6
      default: continue
      }
      guard TargetAddress.isSameEndpoint(entry.destination, slots[index].target),
        let sender = TargetAddress.address(entry.sender)
      else { continue }
      evidence = IcmpEvidence(family: family, type: entry.error.ee_type, code: entry.error.ee_code, sender: sender)
    }
    return evidence
  }

  /// Closes an idle socket of any kind, and returns its slot.
  private func closeIdle() -> Int? {
    for kind in idle.indices {
      guard let index = idle[kind].popLast() else { continue }
      _ = close(slots[index].descriptor)
      slots[index].descriptor = -1
      return index
    }
    return nil
  }

  private func openSocket(_ index: Int, kind: SocketKind, poller: borrowing EpollPoller) throws(SystemError) {
    let descriptor = try kind.open()
    slots[index].generation &+= 1
    try poller.watch(
      descriptor.number, for: [kind.transport == .tcp ? .writable : .readable, .edgeTriggered],
      token: Self.token(index, generation: slots[index].generation))
    slots[index].kind = kind
    slots[index].descriptor = descriptor.release()
  }

  private static func token(_ index: Int, generation: UInt32) -> UInt64 { UInt64(generation) << 32 | UInt64(index) }

  /// The busy slot that an event is about; nil for one that is idle or has another descriptor by now.
  func busySlot(token: UInt64) -> Int? {
    let index = Int(token & 0xffff_ffff)
    guard index < slots.count, slots[index].generation == UInt32(token >> 32), slots[index].isBusy else { return nil }
    return index
  }
}

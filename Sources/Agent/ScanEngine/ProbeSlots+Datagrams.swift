internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import Model

/// Probes that are datagrams: UDP and ICMP echo.
extension ProbeSlots {
  /// What a datagram socket holds.
  enum Reception: Equatable {
    /// A datagram of the slot's current target.
    case answer

    /// An errno: an error that the network or this host reported.
    case failed(Int32)
    case nothing
  }

  /// Connects the slot's socket to its target and sends the payload.
  ///
  /// An echo's header is ours but for identifier and checksum, which the kernel fills in (icmp(7)).
  /// - Returns: 0 or the errno.
  func send(_ index: Int, _ payload: [UInt8]) -> Int32 {
    // The error of an earlier probe outlives AF_UNSPEC and would fail this one.
    _ = takeErrors(index)
    let code = connect(index)
    guard code == 0 else { return code }
    let descriptor = slots[index].descriptor
    let isHeardFromAnyPort = answersFromAnotherPort(index)
    if isHeardFromAnyPort { disconnect(index) }
    var target = slots[index].target
    let length = isHeardFromAnyPort ? TargetAddress.length(target) : 0
    return payload.withUnsafeBytes { bytes in
      TargetAddress.withPointer(to: &target) { target in
        var result: Int32 = 0
        // The first call may report what was pending and send nothing.
        for _ in 0..<2 {
          result = SystemCall.once {
            Int32(
              truncatingIfNeeded: sendto(
                descriptor, bytes.baseAddress, bytes.count, 0, isHeardFromAnyPort ? target : nil, length))
          }
          guard result == ECONNREFUSED else { break }
        }
        return result
      }
    }
  }

  /// Whether the slot's service answers from a port that it takes for the occasion, as TFTP's does (RFC 1350, 4): only a
  /// socket that is connected to nobody hears it.
  private func answersFromAnotherPort(_ index: Int) -> Bool { slots[index].kind.transport == .udp && port(index) == 69 }

  /// Takes what the slot's socket received. Datagrams of earlier targets are dropped.
  func receive(_ index: Int) -> Reception {
    let descriptor = slots[index].descriptor
    // A flood is taken up again at the next event.
    for _ in 0..<64 {
      var sender = clinux_address()
      var length = socklen_t(MemoryLayout<clinux_address>.size)
      var start: UInt64 = 0
      let code = TargetAddress.withPointer(to: &sender) { pointer in
        SystemCall.once {
          Int32(
            truncatingIfNeeded: recvfrom(
              descriptor, &start, MemoryLayout<UInt64>.size, Int32(MSG_DONTWAIT), pointer, &length))
        }
      }
      if code == EAGAIN { return .nothing }
      guard code == 0 else { return .failed(code) }
      switch slots[index].kind.transport {
      case .echo:
        // Type 0 and 129 are replies (RFC 792, RFC 4443, 4.2); the sequence number stands in octets 6 and 7.
        let type = UInt8(truncatingIfNeeded: UInt64(littleEndian: start))
        let sequence = UInt16(truncatingIfNeeded: UInt64(littleEndian: start) >> 48).byteSwapped
        let isReply = type == (slots[index].kind.family == .ipv4 ? 0 : 129)
        // The kernel matches the identifier alone (ping_lookup in net/ipv4/ping.c): whoever else sends one is not the target.
        let isTarget = TargetAddress.address(sender) == TargetAddress.address(slots[index].target)
        if isReply, isTarget, sequence == echoSequence(index) { return .answer }
      case .udp, .tcp:
        if TargetAddress.isSameEndpoint(sender, slots[index].target) { return .answer }
        if answersFromAnotherPort(index), let address = TargetAddress.address(sender),
          address == TargetAddress.address(slots[index].target)
        {
          return .answer
        }
      }
    }
    return .nothing
  }

  /// An echo request (RFC 792, RFC 4443, 4.1) of this slot: type, code, checksum, identifier, sequence number, no data.
  func echoRequest(_ index: Int) -> [UInt8] {
    let sequence = echoSequence(index)
    let type: UInt8 = slots[index].kind.family == .ipv4 ? 8 : 128
    return [type, 0, 0, 0, 0, 0, UInt8(sequence >> 8), UInt8(sequence & 0xff)]
  }

  /// Differs from probe to probe of one socket, so that a late reply is known.
  private func echoSequence(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: slots[index].launchedAt >> 20)
  }
}

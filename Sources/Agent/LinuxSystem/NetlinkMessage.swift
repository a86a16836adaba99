internal import CLinux
internal import Glibc

/// One message of a netlink datagram (netlink(7)): header fields in host byte order, and the bytes after the header.
package struct NetlinkMessage {
  package enum Flags {
    /// A request for every object there is (NLM_F_DUMP, which the importer cannot see because it is an expression).
    package static let dump = UInt16(NLM_F_ROOT | NLM_F_MATCH)
  }

  /// How an exchange ends.
  package enum End: Equatable {
    case done
    /// The errno that the kernel answered.
    case failed(Int32)
  }

  package let type: UInt16
  package let flags: UInt16
  package let sequence: UInt32

  /// Valid only while the datagram is.
  package let payload: UnsafeRawBufferPointer

  /// Whether what is dumped changed during the dump, so that entries may be missing or doubled (NLM_F_DUMP_INTR).
  package var isDisturbed: Bool { flags & UInt16(NLM_F_DUMP_INTR) != 0 }

  /// The end of the exchange, where this message is one.
  package var end: End? {
    switch Int32(type) {
    case NLMSG_DONE:
      // A dump that failed half-way says so here: the payload of NLMSG_DONE is its errno, negative, or 0.
      guard let code = leadingCode, code < 0 else { return .done }
      return .failed(0 &- code)
    case NLMSG_ERROR:
      guard let code = leadingCode else { return .failed(EPROTO) }
      return code == 0 ? .done : .failed(0 &- code)
    case NLMSG_OVERRUN:
      // Messages were lost (netlink.h); as the kernel says elsewhere.
      return .failed(ENOBUFS)
    default:
      return nil
    }
  }

  /// Whether it says nothing (NLMSG_NOOP).
  package var isEmpty: Bool { Int32(type) == NLMSG_NOOP }

  private var leadingCode: Int32? {
    payload.count >= MemoryLayout<Int32>.size ? payload.loadUnaligned(as: Int32.self) : nil
  }

  /// A request with its header.
  package static func encode(type: UInt16, flags: UInt16, sequence: UInt32, payload: [UInt8]) -> [UInt8] {
    var header = nlmsghdr()
    header.nlmsg_len = UInt32(MemoryLayout<nlmsghdr>.size + payload.count)
    header.nlmsg_type = type
    header.nlmsg_flags = UInt16(NLM_F_REQUEST) | flags
    header.nlmsg_seq = sequence
    return withUnsafeBytes(of: header) { Array($0) } + payload
  }

  /// Hands every message of a datagram to `body`, with its offset there.
  ///
  /// - Returns: nil, or the offset of a message whose length does not fit: below a header, or beyond the datagram. What came
  ///   before it was handed over; a length below the header would otherwise never move on.
  package static func forEach(
    in datagram: UnsafeRawBufferPointer, _ body: (_ message: NetlinkMessage, _ offset: Int) -> Void
  ) -> Int? {
    let headerSize = MemoryLayout<nlmsghdr>.size
    var offset = 0
    while offset < datagram.count {
      guard datagram.count - offset >= headerSize else { return offset }
      let header = datagram.loadUnaligned(fromByteOffset: offset, as: nlmsghdr.self)
      let length = Int(header.nlmsg_len)
      guard length >= headerSize, length <= datagram.count - offset else { return offset }
      body(
        NetlinkMessage(
          type: header.nlmsg_type, flags: header.nlmsg_flags, sequence: header.nlmsg_seq,
          payload: UnsafeRawBufferPointer(rebasing: datagram[offset + headerSize..<offset + length])), offset)
      // Messages start at multiples of four (NLMSG_ALIGN).
      offset += (length + 3) & ~3
    }
    return nil
  }

  /// Hands every attribute (type, value) of `bytes` to `body`; stops at the first whose length does not fit (rtnetlink(7)).
  package static func forEachAttribute(
    in bytes: UnsafeRawBufferPointer, _ body: (_ type: Int, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    let headerSize = MemoryLayout<nlattr>.size
    var offset = 0
    while bytes.count - offset >= headerSize {
      let header = bytes.loadUnaligned(fromByteOffset: offset, as: nlattr.self)
      let length = Int(header.nla_len)
      guard length >= headerSize, length <= bytes.count - offset else { return }
      // The two highest bits are flags of the type (NLA_TYPE_MASK).
      let value = UnsafeRawBufferPointer(rebasing: bytes[offset + headerSize..<offset + length])
      body(Int(header.nla_type & 0x3fff), value)
      offset += (length + 3) & ~3
    }
  }

  /// One attribute with its header and padding.
  package static func encodeAttribute(type: Int, value: [UInt8]) -> [UInt8] {
    var header = nlattr()
    header.nla_len = UInt16(MemoryLayout<nlattr>.size + value.count)
    header.nla_type = UInt16(type)
    let padding = (4 - value.count % 4) % 4
    return withUnsafeBytes(of: header) { Array($0) } + value + [UInt8](repeating: 0, count: padding)
  }
}

package import Model

/// A network of an expression: an address and how many of its leading bits count.
package struct AddressPrefix: Hashable, Sendable {
  package let address: IPAddress
  package let length: Int

  /// - Precondition: 0 ≤ `length` ≤ the family's width.
  package init(_ address: IPAddress, length: Int) {
    precondition((0...address.family.bitWidth).contains(length), "a prefix is at most as long as the address")
    self.address = address
    self.length = length
  }

  package init(_ address: IPAddress) { self.init(address, length: address.family.bitWidth) }

  /// Every IPv4 address, mapped ones too.
  package static let everyIPv4 = AddressPrefix(.ipv4Unspecified, length: 0)

  /// An IPv4 network holds the addresses mapped into IPv6 too, an IPv6 network holds only IPv6 (ss, and the kernel's
  /// inet_diag_bc_run).
  package func contains(_ candidate: IPAddress) -> Bool {
    let candidate = address.family == .ipv4 ? candidate.unmapped : candidate
    guard candidate.family == address.family else { return false }
    let ignored = UInt128(address.family.bitWidth - length)
    return ignored == 128 || (candidate.value ^ address.value) >> ignored == 0
  }
}

package import Model

/// An address of one of the agent's interfaces.
package struct InterfaceAddressReport: WireRequest, Hashable {
  package var interface: String
  package var address: IPAddress
  package var prefixLength: Int

  package init(interface: String, address: IPAddress, prefixLength: Int) {
    self.interface = interface
    self.address = address
    self.prefixLength = prefixLength
  }

  /// What makes two reports the same address.
  package struct Key: WireRequest, Hashable {
    package var interface: String
    package var address: IPAddress

    package init(interface: String, address: IPAddress) {
      self.interface = interface
      self.address = address
    }

    private enum CodingKeys: String, ListedFields { case interface, address }
    package static var fieldNames: Set<String> { CodingKeys.names }
  }

  package var key: Key { Key(interface: interface, address: address) }

  private enum CodingKeys: String, ListedFields { case interface, address, prefixLength }
  package static var fieldNames: Set<String> { CodingKeys.names }
}

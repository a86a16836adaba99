extension TargetList {
  /// The addresses that the list stands for.
  ///
  /// A name stands for the first of its addresses, or for each of them with `everyAddress` (exclusions are read that way:
  /// nothing that bears an excluded name is ever scanned). A mask applies to the address; one that is longer than the
  /// address leaves that one address.
  ///
  /// - Parameters:
  ///   - resolved: addresses by name, as `hostNames` spells the names, in the order of the resolver.
  ///   - everyAddress: whether a name stands for each of its addresses.
  /// - Returns: the addresses, those named twice once.
  /// - Throws: `UnresolvedNames` with all names that have no address in `resolved`.
  package func addresses(resolved: [String: [IPAddress]], everyAddress: Bool = false) throws(UnresolvedNames)
    -> AddressSet
  {
    var ranges: [HostRange] = []
    var missing: Set<String> = []
    for expression in expressions {
      switch expression {
      case .addresses(let range): ranges.append(range)
      case .pattern(let pattern): ranges += pattern.ranges.lazy.map { HostRange($0) }
      case .name(let name, let prefixLength):
        let addresses = (resolved[name] ?? []).map(\.unmapped)
        if addresses.isEmpty { missing.insert(name) }
        for address in everyAddress ? addresses[...] : addresses.prefix(1) {
          let width = address.family.bitWidth
          ranges.append(HostRange(AddressRange(network: address, prefixLength: min(prefixLength ?? width, width))))
        }
      }
    }
    guard missing.isEmpty else { throw UnresolvedNames(names: missing.sorted()) }
    return AddressSet(ranges)
  }
}

internal import Model

extension [(HostAddress, HostObservations)] {
  /// Addresses that may lie between two hosts that are still looked up together.
  private static var widestGap: UInt128 { 64 }

  /// The hosts, which are sorted, in parts of near addresses. A job is made of blocks from all over its scan, in a permuted order:
  /// between the first and the last host of a chunk lies nearly everything that the other agents look at meanwhile.
  var neighbourhoods: [ArraySlice<Element>] {
    var parts: [ArraySlice<Element>] = []
    var start = startIndex
    for index in indices.dropFirst() {
      let (before, here) = (self[index - 1].0.address, self[index].0.address)
      if before.family == here.family, here.value - before.value <= Self.widestGap { continue }
      parts.append(self[start..<index])
      start = index
    }
    if start < endIndex { parts.append(self[start...]) }
    return parts
  }
}

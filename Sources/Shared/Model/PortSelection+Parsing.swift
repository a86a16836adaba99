extension PortSelection {
  /// Reads a port expression: nmap's `-p`, and names of our own groups (`sql`, `web`, `top-100`).
  ///
  /// Numbers, ranges open at either end (`-100` from 1, `60000-` to the last), `-` for all but 0; `T:`, `U:`, `S:` and `P:`
  /// hold until the next one, and what stands before any of them goes to each of `activeProtocols`; brackets keep those
  /// ports that have a service's name; names take `*` and `?`; blanks and one comma at the end are allowed.
  ///
  /// - Parameters:
  ///   - text: the expression.
  ///   - names: where service names are looked up.
  ///   - activeProtocols: the protocols that are scanned.
  ///   - noteRepeat: called with each part that names a port named before: nmap warns of it, a caller may.
  /// - Returns: the ports named; it may be empty, where brackets keep none.
  /// - Throws: `ExpressionError` at the character that cannot be read.
  package static func parse(
    _ text: String, names: ServiceNames, activeProtocols: Set<TransportProtocol> = [.tcp],
    noteRepeat: (String) -> Void = { _ in }
  ) throws(ExpressionError) -> PortSelection {
    var parser = PortParser(text, names: names, active: activeProtocols)
    let selection = try parser.parse()
    for part in parser.repeated { noteRepeat(part) }
    return selection
  }
}

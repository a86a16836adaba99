import Model

/// Reads the terms of a query: `field:value[,value…]`, with comparisons where values have an order.
struct QueryValues {
  let services: ServiceNames
  let now: Timestamp

  /// A term, and whether it is said with `!=`. A bare address or network means `net:`, a bare number `port:`.
  func term(_ text: Substring) throws(QueryFault) -> (ChartTerm, isNegated: Bool) {
    if let network = AddressRange(typed: text) { return (.net([network]), false) }
    if let port = UInt16(text) { return (.port([port...port]), false) }
    let name = text.prefix(while: \.isLetter)
    var rest = text[name.endIndex...]
    let hasColon = rest.first == ":"
    if hasColon { rest = rest.dropFirst() }
    let comparison = QueryComparison.leading(rest)
    rest = rest.dropFirst(comparison?.rawValue.count ?? 0)
    guard !name.isEmpty, hasColon || comparison != nil else {
      throw QueryFault(
        at: text.startIndex,
        "expected FIELD:VALUE, an address, a network or a port; the fields are \(QueryField.list)")
    }
    guard let field = QueryField(rawValue: name.lowercased()) else {
      let nearest = NearestWord.to(String(name), among: QueryField.allCases.map(\.rawValue))
      throw QueryFault(
        at: text.startIndex,
        "there is no field \"\(name)\"" + (nearest.map { "; did you mean \($0)?" } ?? "")
          + " The fields are \(QueryField.list)")
    }
    let values = try QueryValue.all(in: rest)
    guard !values.isEmpty else { throw QueryFault(at: rest.startIndex, "a value must follow \"\(field.rawValue):\"") }
    let isOrdered = [.port, .pid, .seen, .first, .change, .changed].contains(field)
    if let comparison, comparison != .equal, comparison != .unequal {
      guard isOrdered else {
        throw QueryFault(
          at: rest.startIndex,
          "\(field.rawValue) has no order; \"\(comparison.rawValue)\" goes with port, pid and times")
      }
      guard values.count == 1 else {
        throw QueryFault(at: values[1].place, "one value goes with \"\(comparison.rawValue)\"")
      }
    }
    return (try term(field, comparison ?? .equal, values), comparison == .unequal)
  }

  private func term(
    _ field: QueryField, _ comparison: QueryComparison, _ values: [QueryValue]
  ) throws(QueryFault) -> ChartTerm {
    switch field {
    case .site: .site(values.map(\.match))
    case .zone: .zone(values.map(\.match))
    case .agent: .agent(values.map(\.match))
    case .tag: .tag(values.map(\.match))
    case .name: .hostName(values.map(\.match))
    case .net, .host:
      .net(try each(values, "an address, a network or a range of addresses") { AddressRange(typed: $0.raw) })
    case .port:
      .port(try each(values, "a port or a range of ports such as 1..1024") { Self.range($0.raw, comparison) })
    case .pid: .pid(try each(values, "a process id or a range of them") { Self.range($0.raw, comparison) })
    case .proto: .transport(try each(values, "tcp, udp or sctp") { TransportProtocol(rawValue: $0.word) })
    case .state: .state(try words(values))
    case .verdict: .verdict(try words(values))
    case .service:
      .service(values.map(\.lowercasedMatch), registered: try registered(values))
    case .product: .product(values.map(\.match))
    case .text: .text(try phrases(values))
    case .proc: .process(values.map(\.match))
    case .user: .user(values.map(\.match))
    case .unit: .unit(values.map(\.match))
    case .container: .container(values.map(\.match))
    case .finding: .finding(try rules(values))
    case .seen: .time(.lastSeen, try spans(values, comparison))
    case .first: .time(.firstSeen, try spans(values, comparison))
    case .change, .changed: .time(.lastChanged, try changeSpans(values, comparison))
    }
  }

  private func each<Value>(
    _ values: [QueryValue], _ expected: String, _ read: (QueryValue) -> Value?
  ) throws(QueryFault) -> [Value] {
    var result: [Value] = []
    for value in values {
      guard let one = read(value) else { throw QueryFault(at: value.place, "\"\(value.raw)\" is not \(expected)") }
      result.append(one)
    }
    return result
  }

  /// Ports that are registered for services of these names.
  private func registered(_ values: [QueryValue]) throws(QueryFault) -> [ProtocolPort] {
    var ports: [ProtocolPort] = []
    for value in values {
      // In quotes these stand for themselves, and no registered name has them.
      if case .exactly(let name) = value.match, name.contains(where: { $0 == "*" || $0 == "?" }) { continue }
      ports += services.ports(named: value.word)
      guard ports.count <= Self.registeredLimit else {
        throw QueryFault(
          at: value.place, "\"\(value.raw)\" fits more than \(Self.registeredLimit) ports; say more of the name")
      }
    }
    return ports
  }

  /// SQLite takes expressions up to a depth of 1,000 (sqlite.org/limits.html).
  private static let registeredLimit = 200

  private func rules(_ values: [QueryValue]) throws(QueryFault) -> [FindingRule] {
    let rules: [FindingRule] = try words(values)
    for (rule, value) in zip(rules, values) where !FindingRule.ofEndpoints.contains(rule) {
      throw QueryFault(
        at: value.place, "\(rule.rawValue) depends on the time; findings --rule \(rule.rawValue) lists it")
    }
    return rules
  }

  private func phrases(_ values: [QueryValue]) throws(QueryFault) -> [TextPhrase] {
    var phrases: [TextPhrase] = []
    for value in values { phrases.append(try value.phrase()) }
    return phrases
  }

  private func words<Word: CaseIterable & RawRepresentable<String>>(
    _ values: [QueryValue]
  ) throws(QueryFault) -> [Word] {
    let known = Word.allCases.map(\.rawValue)
    var result: [Word] = []
    for value in values {
      guard let one = Word(rawValue: value.word) else {
        let nearest = NearestWord.to(value.word, among: known).map { "; did you mean \($0)?" } ?? ""
        throw QueryFault(
          at: value.place, "\"\(value.raw)\" is not one of \(known.joined(separator: ", "))\(nearest)")
      }
      result.append(one)
    }
    return result
  }

  private func spans(_ values: [QueryValue], _ comparison: QueryComparison) throws(QueryFault) -> [TimeSpan] {
    try each(values, "an age such as 7d, or a time such as 2026-01-31T08:00Z, or a range of them") {
      QueryTime(now: now).span($0.raw, comparison)
    }
  }

  private func changeSpans(_ values: [QueryValue], _ comparison: QueryComparison) throws(QueryFault) -> [TimeSpan] {
    for value in values where ChangeKind(rawValue: value.word) != nil {
      throw QueryFault(
        at: value.place,
        "\"\(value.raw)\" is a kind of change, and this field takes its time, such as 7d; ask periplus changes --kind \(value.word)"
      )
    }
    return try spans(values, comparison)
  }

  /// `7`, `1..9`, `..9`, `1..`, or what a comparison makes of one number; nil for what is no number or would hold nothing.
  private static func range<Number: FixedWidthInteger>(
    _ text: Substring, _ comparison: QueryComparison
  ) -> ClosedRange<Number>? {
    if let number = Number(text), number >= 0 {
      switch comparison {
      case .equal, .unequal: return number...number
      case .lessOrEqual: return 0...number
      case .greaterOrEqual: return number...Number.max
      case .less: return number > 0 ? 0...(number - 1) : nil
      case .greater: return number < Number.max ? (number + 1)...Number.max : nil
      }
    }
    guard comparison == .equal || comparison == .unequal, let dots = text.firstRange(of: "..") else { return nil }
    let (before, after) = (text[..<dots.lowerBound], text[dots.upperBound...])
    guard !before.isEmpty || !after.isEmpty else { return nil }
    let first = before.isEmpty ? 0 : Number(before)
    let last = after.isEmpty ? Number.max : Number(after)
    guard let first, let last, first >= 0, first <= last else { return nil }
    return first...last
  }
}

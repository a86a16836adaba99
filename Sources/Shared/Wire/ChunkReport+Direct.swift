internal import Model

extension ChunkReport: DirectlyRead {
  package init?(_ cursor: inout JSONCursor) {
    var lease = DirectField<LeaseIdentity>()
    var number = DirectField<Int>()
    var completed = DirectField<[WorkRectangle]>()
    var sightings = DirectField<[Sighting]>()
    var ranges = DirectField<[StateRange]>()
    var names = DirectField<[NamedHost]>()
    var hosts = DirectField<[HostOutcome]>()
    var words = DirectWords()
    var order = FieldOrder<SightingField>()
    let isRead = cursor.object { name, cursor in
      if name.says("sightings") { return sightings.read(cursor.list { Sighting(&$0, &order, &words) }) }
      if name.says("ranges") { return ranges.read(cursor.list { StateRange(&$0, &words) }) }
      if name.says("completed") { return completed.read(cursor.list { WorkRectangle(directly: &$0) }) }
      if name.says("lease") { return lease.read(LeaseIdentity(&cursor)) }
      if name.says("names") { return names.read(cursor.list { NamedHost(&$0, &words) }) }
      if name.says("hosts") { return hosts.read(cursor.list { HostOutcome(&$0, &words) }) }
      return name.says("number") && number.read(cursor.int())
    }
    guard isRead, let lease = lease.value, let number = number.value, let completed = completed.value,
      let sightings = sightings.value, let ranges = ranges.value
    else { return nil }
    self.init(
      lease: lease, number: number, completed: completed, sightings: sightings, ranges: ranges, names: names.value,
      hosts: hosts.value)
  }
}

/// Texts that come again row after row, with what was last read from them.
private struct DirectWords {
  private struct Last<Value> {
    /// With its quotes.
    var text: [UInt8] = []
    var value: Value?

    mutating func value(_ cursor: inout JSONCursor, _ read: (String) -> Value?) -> Value? {
      if let value, text.withUnsafeBufferPointer({ cursor.take(text: $0) }) { return value }
      guard let word = cursor.word(), let read = read(String(decoding: word, as: UTF8.self)) else { return nil }
      text = [UInt8(ascii: "\"")] + Array(word) + [UInt8(ascii: "\"")]
      value = read
      return read
    }
  }

  private var hosts = Last<HostAddress>()
  private var times = Last<Timestamp>()
  private var states = Last<EndpointState>()
  private var reasons = Last<ProbeReason>()

  mutating func host(_ cursor: inout JSONCursor) -> HostAddress? {
    hosts.value(&cursor) { text in HostAddress(text) }
  }

  mutating func time(_ cursor: inout JSONCursor) -> Timestamp? {
    times.value(&cursor) { text in Timestamp(text) }
  }

  mutating func state(_ cursor: inout JSONCursor) -> EndpointState? {
    states.value(&cursor) { text in EndpointState(rawValue: text) }
  }

  mutating func reason(_ cursor: inout JSONCursor) -> ProbeReason? {
    reasons.value(&cursor) { text in ProbeReason(rawValue: text) }
  }

  func transport(_ cursor: inout JSONCursor) -> TransportProtocol? {
    guard let word = cursor.word() else { return nil }
    return word.says("tcp") ? .tcp : TransportProtocol(rawValue: String(decoding: word, as: UTF8.self))
  }

  func port(_ cursor: inout JSONCursor) -> Port? { cursor.int().flatMap { UInt16(exactly: $0) }.map { Port($0) } }
}

private enum SightingField: String, CaseIterable {
  case host, transport, port, state, reason, observedAt, rttMicroseconds, isSelfView, service
}

extension Sighting {
  fileprivate init?(
    _ cursor: inout JSONCursor, _ order: inout FieldOrder<SightingField>, _ words: inout DirectWords
  ) {
    var host = DirectField<HostAddress>()
    var transport = DirectField<TransportProtocol>()
    var port = DirectField<Port>()
    var state = DirectField<EndpointState>()
    var reason = DirectField<ProbeReason>()
    var observedAt = DirectField<Timestamp>()
    var roundTrip = DirectField<Int>()
    var isSelfView = DirectField<Bool>()
    var service = DirectField<ServiceFacts>()
    let isRead = cursor.object(&order) { field, cursor in
      switch field {
      case .host: host.read(words.host(&cursor))
      case .transport: transport.read(words.transport(&cursor))
      case .port: port.read(words.port(&cursor))
      case .state: state.read(words.state(&cursor))
      case .reason: reason.read(words.reason(&cursor))
      case .observedAt: observedAt.read(words.time(&cursor))
      case .rttMicroseconds: roundTrip.read(cursor.int())
      case .isSelfView: isSelfView.read(cursor.bool())
      case .service: service.read(ServiceFacts(&cursor))
      }
    }
    guard isRead, let host = host.value, let transport = transport.value, let port = port.value,
      let state = state.value, let reason = reason.value, let observedAt = observedAt.value,
      let isSelfView = isSelfView.value
    else { return nil }
    self.init(
      host: host, transport: transport, port: port, state: state, reason: reason, observedAt: observedAt,
      rttMicroseconds: roundTrip.value, isSelfView: isSelfView, service: service.value)
  }
}

extension StateRange {
  fileprivate init?(_ cursor: inout JSONCursor, _ words: inout DirectWords) {
    var host = DirectField<HostAddress>()
    var transport = DirectField<TransportProtocol>()
    var first = DirectField<Port>()
    var last = DirectField<Port>()
    var state = DirectField<EndpointState>()
    var reason = DirectField<ProbeReason>()
    var observedAt = DirectField<Timestamp>()
    var isSelfView = DirectField<Bool>()
    let isRead = cursor.object { name, cursor in
      if name.says("host") { return host.read(words.host(&cursor)) }
      if name.says("transport") { return transport.read(words.transport(&cursor)) }
      if name.says("firstPort") { return first.read(words.port(&cursor)) }
      if name.says("lastPort") { return last.read(words.port(&cursor)) }
      if name.says("state") { return state.read(words.state(&cursor)) }
      if name.says("reason") { return reason.read(words.reason(&cursor)) }
      if name.says("observedAt") { return observedAt.read(words.time(&cursor)) }
      return name.says("isSelfView") && isSelfView.read(cursor.bool())
    }
    guard isRead, let host = host.value, let transport = transport.value, let first = first.value,
      let last = last.value, let state = state.value, let reason = reason.value, let observedAt = observedAt.value,
      let isSelfView = isSelfView.value
    else { return nil }
    self.init(
      host: host, transport: transport, firstPort: first, lastPort: last, state: state, reason: reason,
      observedAt: observedAt, isSelfView: isSelfView)
  }
}

extension NamedHost {
  fileprivate init?(_ cursor: inout JSONCursor, _ words: inout DirectWords) {
    var host = DirectField<HostAddress>()
    var text = DirectField<String>()
    var observedAt = DirectField<Timestamp>()
    let isRead = cursor.object { name, cursor in
      if name.says("host") { return host.read(words.host(&cursor)) }
      if name.says("name") { return text.read(cursor.string()) }
      return name.says("observedAt") && observedAt.read(words.time(&cursor))
    }
    guard isRead, let host = host.value, let observedAt = observedAt.value else { return nil }
    self.init(host: host, name: text.value, observedAt: observedAt)
  }
}

extension HostOutcome {
  fileprivate init?(_ cursor: inout JSONCursor, _ words: inout DirectWords) {
    var host = DirectField<HostAddress>()
    var reason = DirectField<ProbeReason>()
    var firstAt = DirectField<Timestamp>()
    var observedAt = DirectField<Timestamp>()
    let isRead = cursor.object { name, cursor in
      if name.says("host") { return host.read(words.host(&cursor)) }
      if name.says("reason") { return reason.read(words.reason(&cursor)) }
      if name.says("firstAt") { return firstAt.read(words.time(&cursor)) }
      return name.says("observedAt") && observedAt.read(words.time(&cursor))
    }
    guard isRead, let host = host.value, let reason = reason.value, let observedAt = observedAt.value else {
      return nil
    }
    self.init(host: host, reason: reason, firstAt: firstAt.value, observedAt: observedAt)
  }
}

extension WorkRectangle {
  /// As its decoder reads it, within the same bounds.
  fileprivate init?(directly cursor: inout JSONCursor) {
    var firstHost = DirectField<UInt128>()
    var hostCount = DirectField<UInt128>()
    var firstPort = DirectField<Int>()
    var portCount = DirectField<Int>()
    let isRead = cursor.object { name, cursor in
      if name.says("firstHost") { return firstHost.read(cursor.string().flatMap { UInt128($0) }) }
      if name.says("hostCount") { return hostCount.read(cursor.string().flatMap { UInt128($0) }) }
      if name.says("firstPort") { return firstPort.read(cursor.int()) }
      return name.says("portCount") && portCount.read(cursor.int())
    }
    guard isRead, let firstHost = firstHost.value, let hostCount = hostCount.value, let firstPort = firstPort.value,
      let portCount = portCount.value
    else { return nil }
    let (endHost, isBeyond) = firstHost.addingReportingOverflow(hostCount)
    guard hostCount > 0, !isBeyond, (0...196_608).contains(firstPort), (1...196_608).contains(portCount) else {
      return nil
    }
    self.init(hosts: firstHost..<endHost, ports: firstPort..<(firstPort + portCount))
  }
}

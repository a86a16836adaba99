internal import CoordinatorCore
internal import Model

/// What one side of a comparison saw of a host as a whole, from one zone.
struct HostSight {
  /// Where something answered: what was open, and what was refused.
  var open = PortSelection()
  var refused = PortSelection()
  /// Where nobody answered.
  var silent = PortSelection()
  /// Looked at, and neither: UDP that says nothing, and what somebody else said in the host's place.
  var unclear = PortSelection()
  /// Somebody else spoke in the host's place: whether it is there is not known.
  var isSpokenFor = false
  /// A record says that something answered, wherever that was.
  var isUp = false
  /// When something answered last, or was looked at last where nothing did.
  var at: Timestamp?

  var answers: Bool { isUp || !open.isEmpty || !refused.isEmpty }

  /// What another look says of a host of which something answered here.
  enum Absence {
    case silent, notCovered, unclear
  }

  /// By the rules that make a host gone in the chart (`HostMerge`): all of it that was open must have been looked at again, and be
  /// silent where there was an answer.
  func absence(in other: HostSight?) -> Absence {
    guard let other else { return .notCovered }
    let looked = other.open.union(other.refused).union(other.silent).union(other.unclear)
    guard open.subtracting(looked).isEmpty else { return .notCovered }
    if other.answers || other.isSpokenFor { return .unclear }
    let answered = open.union(refused)
    if !answered.intersection(other.silent).isEmpty { return .silent }
    return answered.intersection(looked).isEmpty ? .notCovered : .unclear
  }
}

extension [ZoneID: HostSight] {
  var answers: Bool { values.contains(where: \.answers) }

  /// Another zone's firewall hides a host from nobody else: each zone that had an answer must have looked.
  func absence(in others: [ZoneID: HostSight]) -> HostSight.Absence {
    var isUnclear = false
    for (zone, sight) in self where sight.answers {
      switch sight.absence(in: others[zone]) {
      case .notCovered: return .notCovered
      case .unclear: isUnclear = true
      case .silent: break
      }
    }
    return isUnclear ? .unclear : .silent
  }
}

extension HostSight {
  /// Adds neighbouring ports of one state.
  mutating func add(_ run: PortStateRun, _ transport: TransportProtocol) {
    let answeredBefore = answers
    let isSilence = run.state.isSilence(because: run.reason)
    switch run.state {
    case .unchecked where !isSilence: return
    case .open: open.add(run.ports, transport)
    case .closed: refused.add(run.ports, transport)
    case _ where isSilence: silent.add(run.ports, transport)
    case .filtered, .unreachable, .openOrFiltered, .unchecked:
      unclear.add(run.ports, transport)
      // UDP is silent where nothing is wrong.
      if run.state != .openOrFiltered { isSpokenFor = true }
    }
    // The last answer, if there is any.
    let isAnswer = run.state == .open || run.state == .closed
    if isAnswer, !answeredBefore {
      at = run.observedAt
    } else if isAnswer || !answeredBefore {
      at = max(at ?? run.observedAt, run.observedAt)
    }
  }
}

extension PortSelection {
  mutating func add(_ ports: ClosedRange<UInt16>, _ transport: TransportProtocol) {
    self[transport] = self[transport].union(PortSet([ports]))
  }
}

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
  /// Adds runs of ports, of which a host that limits its answers has thousands.
  mutating func add(_ runs: [PortStateRun], _ transport: TransportProtocol) {
    var ports: (open: [ClosedRange<UInt16>], refused: [ClosedRange<UInt16>]) = ([], [])
    var others: (silent: [ClosedRange<UInt16>], unclear: [ClosedRange<UInt16>]) = ([], [])
    // Of answers the last; where there is none, the last look.
    var latest: (answer: Timestamp?, look: Timestamp?)
    for run in runs {
      let isSilence = run.state.isSilence(because: run.reason)
      switch run.state {
      case .unchecked where !isSilence: continue
      case .open: ports.open.append(run.ports)
      case .closed: ports.refused.append(run.ports)
      case _ where isSilence: others.silent.append(run.ports)
      case .filtered, .unreachable, .openOrFiltered, .unchecked:
        others.unclear.append(run.ports)
        // UDP is silent where nothing is wrong.
        if run.state != .openOrFiltered { isSpokenFor = true }
      }
      if run.state == .open || run.state == .closed {
        latest.answer = max(latest.answer ?? run.observedAt, run.observedAt)
      } else {
        latest.look = max(latest.look ?? run.observedAt, run.observedAt)
      }
    }
    let answeredBefore = answers
    open.add(ports.open, transport)
    refused.add(ports.refused, transport)
    silent.add(others.silent, transport)
    unclear.add(others.unclear, transport)
    if let answer = latest.answer {
      at = answeredBefore ? max(at ?? answer, answer) : answer
    } else if !answeredBefore, let look = latest.look {
      at = max(at ?? look, look)
    }
  }
}

extension PortSelection {
  mutating func add(_ ports: [ClosedRange<UInt16>], _ transport: TransportProtocol) {
    if !ports.isEmpty { self[transport] = self[transport].union(PortSet(ports)) }
  }
}

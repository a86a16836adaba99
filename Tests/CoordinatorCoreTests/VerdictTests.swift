import Model
import Testing

@testable import CoordinatorCore

/// DESIGN's table of verdicts, row by row.
@Suite struct VerdictTests {
  enum Outside: CaseIterable, CustomStringConvertible {
    case notCovered, open, openToItself, closed, closedToItself, filtered, filteredToItself, unreachable, unchecked
    case openOrFiltered, openOrFilteredToItself

    var view: ZoneView? {
      func seen(_ state: EndpointState, isSelfView: Bool = false) -> ZoneView {
        ZoneView(
          zone: ZoneID(1), state: state, reason: .noResponse, isSelfView: isSelfView,
          observedAt: VerdictTests.looked, job: nil, agent: AgentID(1))
      }
      return switch self {
      case .notCovered: nil
      case .open: seen(.open)
      case .openToItself: seen(.open, isSelfView: true)
      case .closed: seen(.closed)
      case .closedToItself: seen(.closed, isSelfView: true)
      case .filtered: seen(.filtered)
      case .filteredToItself: seen(.filtered, isSelfView: true)
      case .unreachable: seen(.unreachable)
      case .unchecked: seen(.unchecked)
      case .openOrFiltered: seen(.openOrFiltered)
      case .openOrFilteredToItself: seen(.openOrFiltered, isSelfView: true)
      }
    }

    var description: String {
      view.map { "\($0.state) \($0.isSelfView ? "to itself" : "from outside")" } ?? "not covered"
    }
  }

  private static let looked = Timestamp(milliseconds: 1_000)
  private static let later = Timestamp(milliseconds: 1_001)
  private static let known = InsideView.listener(isOwnerKnown: true, isBoundToLoopback: false, since: looked)
  private static let unknown = InsideView.listener(isOwnerKnown: false, isBoundToLoopback: false, since: looked)
  private static let noListener = InsideView.noListener(ListenerAbsence(since: looked, isOfListener: true))

  @Test("A listener on loopback is local-only, whatever was seen", arguments: Outside.allCases)
  func localOnly(outside: Outside) {
    for isOwnerKnown in [true, false] {
      let bound = InsideView.listener(isOwnerKnown: isOwnerKnown, isBoundToLoopback: true, since: Self.later)
      #expect(Verdict(view: outside.view, inside: bound, isLoopback: false) == .localOnly)
      let wildcard = InsideView.listener(
        isOwnerKnown: isOwnerKnown, isBoundToLoopback: false, since: Self.looked)
      #expect(Verdict(view: outside.view, inside: wildcard, isLoopback: true) == .localOnly)
    }
  }

  @Test(
    "A listener whose process is known",
    arguments: [
      (.open, .exposed), (.openToItself, .unverified), (.closed, .shielded), (.filtered, .shielded),
      (.closedToItself, .unverified), (.filteredToItself, .unverified), (.unreachable, .unverified),
      (.unchecked, .unverified), (.notCovered, .unverified), (.openOrFiltered, .unverified),
      (.openOrFilteredToItself, .unverified),
    ] as [(Outside, Verdict)])
  func knownListener(outside: Outside, verdict: Verdict) {
    #expect(Verdict(view: outside.view, inside: Self.known, isLoopback: false) == verdict)
  }

  @Test(
    "A listener whose process could not be read",
    arguments: [
      (.open, .ownerUnknown), (.openToItself, .ownerUnknown), (.closed, .shielded), (.filtered, .shielded),
      (.closedToItself, .unverified), (.filteredToItself, .unverified), (.unreachable, .unverified),
      (.unchecked, .unverified), (.notCovered, .unverified), (.openOrFiltered, .unverified),
      (.openOrFilteredToItself, .unverified),
    ] as [(Outside, Verdict)])
  func unknownListener(outside: Outside, verdict: Verdict) {
    #expect(Verdict(view: outside.view, inside: Self.unknown, isLoopback: false) == verdict)
  }

  @Test("Nothing listens there: forwarded from outside, owner-unknown in a self view", arguments: Outside.allCases)
  func noListener(outside: Outside) {
    let expected: Verdict? =
      switch outside {
      case .open: .forwarded
      case .openToItself: .ownerUnknown
      default: nil
      }
    #expect(Verdict(view: outside.view, inside: Self.noListener, isLoopback: false) == expected)
  }

  @Test("No agent on the host: only what is open is worth a word", arguments: Outside.allCases)
  func noAgent(outside: Outside) {
    let isOpen = outside == .open || outside == .openToItself
    #expect(Verdict(view: outside.view, inside: .noAgent, isLoopback: false) == (isOpen ? .noInsideView : nil))
  }

  @Test("A self view never yields exposed, shielded or forwarded", arguments: Outside.allCases)
  func selfViewsProveLittle(outside: Outside) {
    guard let view = outside.view, view.isSelfView else { return }
    for inside in [Self.known, Self.unknown, Self.noListener, .noAgent] {
      let verdict = Verdict(view: view, inside: inside, isLoopback: false)
      #expect(verdict != .exposed && verdict != .shielded && verdict != .forwarded)
    }
  }

  @Test("A look says nothing of a listener that came after it", arguments: Outside.allCases)
  func cameLater(outside: Outside) {
    for isOwnerKnown in [true, false] {
      let came = InsideView.listener(isOwnerKnown: isOwnerKnown, isBoundToLoopback: false, since: Self.later)
      let verdict = Verdict(view: outside.view, inside: came, isLoopback: false)
      switch outside {
      // It was open before, and something listens now.
      case .open: #expect(verdict == (isOwnerKnown ? .exposed : .ownerUnknown))
      case .openToItself: #expect(verdict == (isOwnerKnown ? .unverified : .ownerUnknown))
      default: #expect(verdict == .unverified)
      }
    }
  }

  @Test("Nor does it say that something is forwarded if what listened went after it", arguments: Outside.allCases)
  func wentLater(outside: Outside) {
    let isOpen = outside == .open || outside == .openToItself
    let went = InsideView.noListener(ListenerAbsence(since: Self.later, isOfListener: true))
    #expect(Verdict(view: outside.view, inside: went, isLoopback: false) == (isOpen ? .unverified : nil))
    let unspoken = InsideView.noListener(ListenerAbsence(since: Self.later, isOfListener: false))
    #expect(Verdict(view: outside.view, inside: unspoken, isLoopback: false) == (isOpen ? .noInsideView : nil))
  }

  @Test("What is held open counts from when it was seen open, and not from the look that missed it")
  func heldOpen() throws {
    var view = try #require(Outside.open.view)
    (view.state, view.heldReason, view.lastSeen) = (.closed, .synAck, Self.looked)
    view.observedAt = Timestamp(milliseconds: 2_000)
    let went = InsideView.noListener(ListenerAbsence(since: Self.later, isOfListener: true))
    #expect(Verdict(view: view.shown, inside: went, isLoopback: false) == .unverified)
  }

  @Test("Reasons fit what was seen", arguments: Outside.allCases)
  func reasons(outside: Outside) {
    let late = InsideView.listener(isOwnerKnown: true, isBoundToLoopback: false, since: Self.later)
    for inside in [Self.known, Self.unknown, Self.noListener, late, .noAgent] {
      let verdict = Verdict(view: outside.view, inside: inside, isLoopback: false)
      let reason = Verdict.reason(verdict, view: outside.view, inside: inside, isLoopback: false)
      #expect(reason.contains("only the host itself") == (verdict == .unverified && outside.view?.isSelfView == true))
      #expect(reason.contains("no zone has looked") == (outside == .notCovered))
      let didNotReach = outside == .unreachable || outside == .unchecked
      #expect(reason.contains("did not reach it") == (verdict == .unverified && didNotReach))
    }
  }

  @Test("Exposure ranks are a strict order")
  func ranksDiffer() {
    #expect(Set(Verdict.allCases.map(\.exposureRank)).count == Verdict.allCases.count)
  }
}

import Model
import Testing

@testable import CoordinatorCore

/// DESIGN's table of verdicts, row by row.
@Suite struct VerdictTests {
  enum Outside: CaseIterable, CustomStringConvertible {
    case notCovered, open, openToItself, closed, closedToItself, filtered, filteredToItself, unreachable, unchecked

    var view: ZoneView? {
      func seen(_ state: EndpointState, isSelfView: Bool = false) -> ZoneView {
        ZoneView(
          zone: ZoneID(1), state: state, reason: .noResponse, isSelfView: isSelfView,
          observedAt: Timestamp(milliseconds: 1), job: nil, agent: AgentID(1))
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
      }
    }

    var description: String {
      view.map { "\($0.state) \($0.isSelfView ? "to itself" : "from outside")" } ?? "not covered"
    }
  }

  private static let known = InsideView.listener(isOwnerKnown: true, isBoundToLoopback: false)
  private static let unknown = InsideView.listener(isOwnerKnown: false, isBoundToLoopback: false)

  @Test("A listener on loopback is local-only, whatever was seen", arguments: Outside.allCases)
  func localOnly(outside: Outside) {
    for isOwnerKnown in [true, false] {
      let bound = InsideView.listener(isOwnerKnown: isOwnerKnown, isBoundToLoopback: true)
      #expect(Verdict(view: outside.view, inside: bound, isLoopback: false) == .localOnly)
      let wildcard = InsideView.listener(isOwnerKnown: isOwnerKnown, isBoundToLoopback: false)
      #expect(Verdict(view: outside.view, inside: wildcard, isLoopback: true) == .localOnly)
    }
  }

  @Test(
    "A listener whose process is known",
    arguments: [
      (.open, .exposed), (.openToItself, .unverified), (.closed, .shielded), (.filtered, .shielded),
      (.closedToItself, .unverified), (.filteredToItself, .unverified), (.unreachable, .unverified),
      (.unchecked, .unverified), (.notCovered, .unverified),
    ] as [(Outside, Verdict)])
  func knownListener(outside: Outside, verdict: Verdict) {
    #expect(Verdict(view: outside.view, inside: Self.known, isLoopback: false) == verdict)
  }

  @Test(
    "A listener whose process could not be read",
    arguments: [
      (.open, .ownerUnknown), (.openToItself, .ownerUnknown), (.closed, .shielded), (.filtered, .shielded),
      (.closedToItself, .unverified), (.filteredToItself, .unverified), (.unreachable, .unverified),
      (.unchecked, .unverified), (.notCovered, .unverified),
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
    #expect(Verdict(view: outside.view, inside: .noListener, isLoopback: false) == expected)
  }

  @Test("No agent on the host: only what is open is worth a word", arguments: Outside.allCases)
  func noAgent(outside: Outside) {
    let isOpen = outside == .open || outside == .openToItself
    #expect(Verdict(view: outside.view, inside: .noAgent, isLoopback: false) == (isOpen ? .noInsideView : nil))
  }

  @Test("A self view never yields exposed, shielded or forwarded", arguments: Outside.allCases)
  func selfViewsProveLittle(outside: Outside) {
    guard let view = outside.view, view.isSelfView else { return }
    for inside in [Self.known, Self.unknown, .noListener, .noAgent] {
      let verdict = Verdict(view: view, inside: inside, isLoopback: false)
      #expect(verdict != .exposed && verdict != .shielded && verdict != .forwarded)
    }
  }

  @Test("Exposure ranks are a strict order")
  func ranksDiffer() {
    #expect(Set(Verdict.allCases.map(\.exposureRank)).count == Verdict.allCases.count)
  }
}

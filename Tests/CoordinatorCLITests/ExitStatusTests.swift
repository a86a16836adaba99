import Model
import Testing
import Wire

@testable import CoordinatorCLI

/// CLI.md's exit codes.
@Suite struct ExitStatusTests {
  @Test("Every kind of problem has the exit status of the contract", arguments: ProblemCode.allCases)
  func mapsProblems(code: ProblemCode) {
    let expected: Int32 =
      switch code {
      case .unauthenticated, .forbidden: 4
      case .overloaded, .tooManyRequests: 6
      case .outOfScope: 7
      case .invalidValue, .unknownField, .badRequest, .confirmationNeeded: 64
      case .notFound, .conflict, .leaseLost, .bodyTooLarge, .wrongContentType, .storageFull, .unsupportedVersion,
        .internalError, .duplicateAgent, .introductionNeeded:
        1
      }
    let failure = CommandFailure(Problem(code, detail: "said plainly"))
    #expect(failure.status.rawValue == expected)
    #expect(failure.description == "said plainly")
  }

  @Test("A waited scan that did not look at everything exits 5")
  func demandsCompleteness() throws {
    func row(_ state: ScanState, failed: String = "0") -> ScanRow { Rows.scan(state: state, failed: failed) }
    try ScanFollowing.demandComplete(row(.done))
    for row in [row(.incomplete), row(.cancelled), row(.done, failed: "1")] {
      let failure = #expect(throws: CommandFailure.self) { try ScanFollowing.demandComplete(row) }
      #expect(failure?.status == .incomplete)
    }
  }

  @Test("Progress speaks of what was reached, and why nothing runs")
  func tellsProgress() {
    var row = Rows.scan(state: .running)
    row.coverage.notReached = "25"
    #expect(ScanFollowing.progress(row) == "scan:48 running 75% of 100 probes, 2 open, waiting")
  }
}

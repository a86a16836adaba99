package import Wire

/// What a scan did not look at, in words.
package enum CoverageGaps {
  /// `none` where every endpoint was probed.
  package static func text(_ coverage: CoverageReceipt) -> String {
    var parts: [String] = []
    if let skips = coverage.skips {
      parts += skips.map { "\($0.count) skipped: \(reason($0))" }
    } else if coverage.skipped != "0" {
      parts.append("\(coverage.skipped) skipped: a rule of scope or policy")
    }
    parts += coverage.failures.map { "\($0.count) failed: \($0.reason) (agent \($0.agent))" }
    if coverage.notReached != "0" { parts.append("\(coverage.notReached) not reached") }
    return parts.isEmpty ? "none" : parts.joined(separator: "; ")
  }

  /// Whose rule it was, in words.
  package static func reason(_ skip: CoverageReceipt.Skip) -> String {
    if let rule = skip.rule { return "rule \"\(rule)\"" }
    return skip.agent.map { "policy of the host of \($0)" } ?? "no rule allows it any more"
  }
}

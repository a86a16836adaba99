/// What an agent is there for. Only agents with the duty `scan` are given jobs.
package enum Duty: String, Hashable, Sendable, Codable, CaseIterable {
  case scan
  case inventory
}

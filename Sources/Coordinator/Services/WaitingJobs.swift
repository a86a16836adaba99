internal import CoordinatorCore
internal import Model

/// A lane's jobs that wait for an agent, oldest first, read as far as they are looked at: most of the time the first will do, and
/// many may wait.
struct WaitingJobs {
  private let session: any WriteSession
  private let lane: LaneID
  /// No more than so many are looked at.
  private let limit: Int
  private var known: [JobRecord]
  private var areAllKnown: Bool

  private static let few = 2

  init(of lane: LaneID, limit: Int, in session: any WriteSession) throws {
    self.session = session
    self.lane = lane
    self.limit = limit
    known = try session.jobs(of: lane, in: .pending, limit: Self.few)
    areAllKnown = known.count < Self.few
  }

  /// Nil: there are no more. Those that wait no longer keep their place.
  mutating func job(at index: Int) throws -> JobRecord? {
    if index >= known.count, !areAllKnown {
      let last = known.last?.id.rawValue ?? 0
      known += try session.jobs(of: lane, in: .pending, limit: limit).filter { $0.id.rawValue > last }
        .prefix(limit - known.count)
      areAllKnown = true
    }
    return index < known.count ? known[index] : nil
  }
}

/// What each agent's job of open endpoints is like.
struct IngestPlan: Sendable {
  let order: FleetLoad.Order
  /// About how many endpoints the job has.
  let endpoints: Int
}

internal import CoordinatorCore
internal import Model

/// Ports that open and close again and again: what they still do is kept in the chart's history, and not told to alerts until
/// they settle.
///
/// Which views are held back is remembered with what was told, in the transaction that holds them back.
enum FlapDamping {
  private static let source = "flapping"

  /// What is to be done with a change.
  enum Judgement: Equatable {
    case tell
    /// The last one that is told.
    case tellAsLast
    case holdBack
  }

  static func judge(_ run: ViewRun, among runs: [ViewRun], _ limit: FlapLimit?) -> Judgement {
    guard let limit, let change = run.change, ChangeKind.ofFlapping.contains(change) else { return .tell }
    let count = runs.flaps(within: limit, by: run.first)
    return count < limit.changes ? .tell : count == limit.changes ? .tellAsLast : .holdBack
  }

  static func holdBack(_ view: ViewKey, of endpoint: EndpointID, at time: Timestamp, in session: any WriteSession)
    throws
  {
    _ = try session.noteTold(source, subject(endpoint, view), at: time)
  }

  /// A view of which something was held back.
  struct Held: Hashable {
    var endpoint: EndpointID
    var view: ViewKey
  }

  /// The views that are held back, by their text; `next` is where the next page begins.
  static func held(
    after position: String?, limit: Int, in session: any ReadSession
  ) throws -> (held: [Held], next: String?) {
    let subjects = try session.told(source, after: position, limit: limit)
    return (subjects.compactMap(held), subjects.count == limit ? subjects.last : nil)
  }

  /// What the view came to, if it has settled by a time; nil: it flaps still.
  enum Outcome {
    /// The last change, which nobody was told.
    case untold(ViewRun, before: EndpointState?)
    /// There is nothing to tell: the last change was told, or the view is gone.
    case nothing
  }

  static func outcome(
    of held: Held, by now: Timestamp, _ limit: FlapLimit?, closeAfter: Int, in session: any ReadSession
  ) throws -> Outcome? {
    var runs = try session.runs(of: held.endpoint, held.view)
    runs.settle(closeAfter: closeAfter)
    // Without a limit nothing is held back any more.
    if let limit, runs.flaps(within: limit, by: now) >= limit.changes { return nil }
    guard let last = runs.lastIndex(where: { $0.change.map(ChangeKind.ofFlapping.contains) ?? false }) else {
      return .nothing
    }
    if let limit, judge(runs[last], among: runs, limit) != .holdBack { return .nothing }
    return .untold(runs[last], before: last > 0 ? runs[last - 1].state : nil)
  }

  static func release(_ held: Held, in session: any WriteSession) throws -> Bool {
    try session.forgetTold(source, subject(held.endpoint, held.view))
  }

  private static func subject(_ endpoint: EndpointID, _ view: ViewKey) -> String {
    "\(endpoint.rawValue)/\(view.zone.rawValue)/\(view.isSelfView ? 1 : 0)"
  }

  private static func held(_ subject: String) -> Held? {
    let parts = subject.split(separator: "/").compactMap { Int64($0) }
    guard parts.count == 3 else { return nil }
    return Held(
      endpoint: EndpointID(parts[0]), view: ViewKey(zone: ZoneID(parts[1]), isSelfView: parts[2] == 1))
  }
}

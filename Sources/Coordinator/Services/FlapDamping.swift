internal import CoordinatorCore
internal import Model

/// Ports that open and close again and again: what they still do is kept in the chart's history, and not told to alerts until
/// they settle.
///
/// A view that was told to flap is remembered with what was told, and so is whether anything of it was held back since: in the
/// transaction that tells or holds back, so that a coordinator that starts again, with whatever limit, owes the same words.
enum FlapDamping {
  private static let flapping = "flapping"
  private static let heldBack = "flapping-held"

  /// What is to be done with a change.
  enum Judgement: Equatable {
    case tell
    /// The last one that is told until the view settles.
    case tellAsLast
    case holdBack
  }

  /// Judges a change of a view and remembers what follows from it. `endpoint` is nil where it is new to the chart: that is told.
  static func judge(
    _ run: ViewRun, among runs: [ViewRun], _ view: ViewKey, of endpoint: EndpointID?, _ limit: FlapLimit?,
    at time: Timestamp, in session: any WriteSession
  ) throws -> Judgement {
    guard let limit, let endpoint, let change = run.change, ChangeKind.ofFlapping.contains(change) else { return .tell }
    // The first change of a view cannot be one of many.
    guard runs.count > 2 || limit.changes == 1 else { return .tell }
    let held = Held(endpoint: endpoint, view: view)
    if try session.isTold(flapping, held.subject) {
      _ = try session.noteTold(heldBack, held.subject, at: time)
      return .holdBack
    }
    guard runs.flaps(within: limit, by: run.first) >= limit.changes else { return .tell }
    _ = try session.noteTold(flapping, held.subject, at: time)
    return .tellAsLast
  }

  /// A view of which nothing is told until it settles.
  struct Held: Hashable {
    var endpoint: EndpointID
    var view: ViewKey

    init(endpoint: EndpointID, view: ViewKey) {
      self.endpoint = endpoint
      self.view = view
    }

    fileprivate init?(_ subject: String) {
      let parts = subject.split(separator: "/").compactMap { Int64($0) }
      guard parts.count == 3 else { return nil }
      self.init(endpoint: EndpointID(parts[0]), view: ViewKey(zone: ZoneID(parts[1]), isSelfView: parts[2] == 1))
    }

    fileprivate var subject: String { "\(endpoint.rawValue)/\(view.zone.rawValue)/\(view.isSelfView ? 1 : 0)" }
  }

  /// Whether a view of the endpoint is among them.
  static func isFlapping(_ endpoint: EndpointID, in session: any ReadSession) throws -> Bool {
    let prefix = "\(endpoint.rawValue)/"
    return try session.told(flapping, after: prefix, limit: 1).first?.hasPrefix(prefix) ?? false
  }

  /// Those views; `next` is where the next page begins.
  static func held(
    after position: String?, limit: Int, in session: any ReadSession
  ) throws -> (held: [Held], next: String?) {
    let subjects = try session.told(flapping, after: position, limit: limit)
    return (subjects.compactMap(Held.init), subjects.count == limit ? subjects.last : nil)
  }

  /// Whether fewer changes than the limit lie within the window that ends now. Without a limit nothing flaps.
  static func hasSettled(
    _ held: Held, by now: Timestamp, _ limit: FlapLimit?, in session: any ReadSession
  ) throws -> Bool {
    guard let limit else { return true }
    return try session.runs(of: held.endpoint, held.view).flaps(within: limit, by: now) < limit.changes
  }

  /// Forgets that the view flaps, and returns its last change with what was before, if any of it was held back.
  static func release(
    _ held: Held, in session: any WriteSession
  ) throws -> (run: ViewRun, before: EndpointState?)? {
    _ = try session.forgetTold(flapping, held.subject)
    guard try session.forgetTold(heldBack, held.subject) else { return nil }
    let runs = try session.runs(of: held.endpoint, held.view)
    return runs.lastIndex { $0.change.map(ChangeKind.ofFlapping.contains) ?? false }.map {
      (runs[$0], $0 > 0 ? runs[$0 - 1].state : nil)
    }
  }
}

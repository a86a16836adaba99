package import Model

/// Which running copy of an agent is the agent: a machine that was cloned with its identity runs a second one.
///
/// A newcomer is believed, because an agent that was restarted, or whose machine was, is one. If the one before it is
/// heard again, both run: then the first stays, and the newcomer's machine is refused by name for as long as the first is
/// heard. Neither evicts the other in turns (fleetdm/fleet#102).
package struct AgentInstances: Sendable {
  /// One run of the program.
  package struct Instance: Hashable, Sendable {
    /// Random, made at the program's start.
    package var run: String
    /// Names the machine since its last boot; nil: not told yet.
    package var machine: String?
    package var hostName: String

    package init(run: String, machine: String?, hostName: String) {
      self.run = run
      self.machine = machine
      self.hostName = hostName
    }
  }

  package enum Answer: Hashable, Sendable {
    case welcome
    /// Nobody knows this run: it is to introduce itself.
    case introduceYourself
    /// Another copy is the agent; it runs on the host named.
    case duplicate(of: String)
  }

  private var current: (instance: Instance, heardAt: Timestamp)?
  /// The one that `current` took the place of, on another machine.
  private var former: Instance?
  /// Runs that were followed by another on the same machine: they have ended, unless they speak again.
  private var followed: [Instance] = []
  /// Copies that were refused.
  private var refused: [Instance] = []

  /// More copies than anybody makes by mistake; older ones are found again when they speak.
  private static let keptLimit = 64

  package init() {}

  /// Hosts of copies that are refused.
  package var duplicates: [String] { refused.map(\.hostName) }

  /// Whether a run is the agent as far as is known; true while nobody is.
  package func isCurrent(_ run: String) -> Bool { current.map { $0.instance.run == run } ?? true }

  /// A run introduces itself. `silence`: one not heard for so long is gone.
  package mutating func introduce(_ instance: Instance, at time: Timestamp, silence: Duration) -> Answer {
    guard let (known, heardAt) = current, known.run != instance.run else {
      current = (instance, time)
      return .welcome
    }
    if former?.run == instance.run {
      // The one before is heard again: both run, and the first stays.
      former = instance
      return hear(instance.run, at: time)
    }
    let isGone = time - heardAt >= silence
    if isGone { refused = [] }
    if let machine = instance.machine, refused.contains(where: { $0.machine == machine }) {
      return .duplicate(of: known.hostName)
    }
    // On the same machine the earlier run has ended, or is put out by its successor.
    let isRestart = known.machine != nil && known.machine == instance.machine
    former = isRestart || isGone ? nil : known
    if isRestart { followed = Array((followed + [known]).suffix(Self.keptLimit)) }
    current = (instance, time)
    return .welcome
  }

  /// A run asks for something.
  package mutating func hear(_ run: String, at time: Timestamp) -> Answer {
    guard let (known, heardAt) = current else {
      // The coordinator was restarted: the first to speak is believed, and says later where it runs.
      current = (Instance(run: run, machine: nil, hostName: ""), time)
      return .welcome
    }
    if known.run == run {
      current = (known, max(heardAt, time))
      return .welcome
    }
    if let former, former.run == run {
      refuse(known)
      current = (former, time)
      self.former = nil
      return .welcome
    }
    if let ended = followed.first(where: { $0.run == run }) { refuse(ended) }
    return refused.contains { $0.run == run } ? .duplicate(of: known.hostName) : .introduceYourself
  }

  private mutating func refuse(_ instance: Instance) {
    refused.removeAll { $0.run == instance.run }
    refused = Array((refused + [instance]).suffix(Self.keptLimit))
  }
}

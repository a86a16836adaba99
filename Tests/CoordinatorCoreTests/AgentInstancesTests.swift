import Model
import Testing

@testable import CoordinatorCore

@Suite struct AgentInstancesTests {
  private static let silence = Duration.seconds(90)
  private static let start = Timestamp(milliseconds: 1_700_000_000_000)

  private func instance(_ run: String, on machine: String) -> AgentInstances.Instance {
    .init(run: run, machine: machine, hostName: "host-\(machine)")
  }

  @Test("An agent started anew on its machine is the agent; its earlier run is not, should it speak again")
  func restarts() {
    var instances = AgentInstances()
    #expect(instances.introduce(instance("1", on: "a"), at: Self.start, silence: Self.silence) == .welcome)
    #expect(instances.hear("1", at: Self.start) == .welcome)
    #expect(instances.introduce(instance("2", on: "a"), at: Self.start, silence: Self.silence) == .welcome)
    #expect(instances.hear("2", at: Self.start) == .welcome)
    #expect(instances.duplicates.isEmpty, "a run that has ended is no copy")
    #expect(instances.hear("1", at: Self.start) == .duplicate(of: "host-a"))
    #expect(instances.duplicates == ["host-a"])
    #expect(instances.hear("2", at: Self.start) == .welcome)
  }

  @Test("A machine that was booted anew carries the same agent on")
  func reboots() {
    var instances = AgentInstances()
    _ = instances.introduce(instance("1", on: "boot-1"), at: Self.start, silence: Self.silence)
    #expect(instances.introduce(instance("2", on: "boot-2"), at: Self.start, silence: Self.silence) == .welcome)
    for second in 1...1_000 { #expect(instances.hear("2", at: Self.start + .seconds(second)) == .welcome) }
    #expect(instances.duplicates.isEmpty)
  }

  @Test(
    "Of two copies that run at once the first stays the agent, whatever the second tries; it follows when the first is gone"
  )
  func refusesClones() {
    var instances = AgentInstances()
    var now = Self.start
    _ = instances.introduce(instance("1", on: "a"), at: now, silence: Self.silence)
    #expect(instances.introduce(instance("2", on: "b"), at: now, silence: Self.silence) == .welcome)
    #expect(instances.hear("1", at: now) == .welcome)
    #expect(instances.duplicates == ["host-b"])
    for attempt in 0..<20 {
      now = now + .seconds(10)
      #expect(instances.hear("2", at: now) == .duplicate(of: "host-a"))
      // A service manager starts it again and again.
      let again = instance("again-\(attempt)", on: "b")
      #expect(instances.introduce(again, at: now, silence: Self.silence) == .duplicate(of: "host-a"))
      #expect(instances.hear("again-\(attempt)", at: now) == .introduceYourself)
      #expect(instances.hear("1", at: now) == .welcome)
    }
    now = now + Self.silence
    #expect(instances.introduce(instance("3", on: "b"), at: now, silence: Self.silence) == .welcome)
    #expect(instances.hear("3", at: now) == .welcome)
    #expect(instances.duplicates.isEmpty)
  }

  @Test("The first of two copies stays the agent, too, when the next that is heard of it is its hello")
  func helloIsALifeSign() {
    var instances = AgentInstances()
    _ = instances.introduce(instance("1", on: "a"), at: Self.start, silence: Self.silence)
    _ = instances.introduce(instance("2", on: "b"), at: Self.start, silence: Self.silence)
    #expect(instances.introduce(instance("1", on: "a"), at: Self.start, silence: Self.silence) == .welcome)
    #expect(instances.hear("2", at: Self.start) == .duplicate(of: "host-a"))
    #expect(instances.hear("1", at: Self.start) == .welcome)
    #expect(instances.duplicates == ["host-b"])
  }

  @Test("After the coordinator's restart the first to speak is believed; a copy is found by its own words")
  func startsWithoutMemory() {
    var instances = AgentInstances()
    #expect(instances.hear("1", at: Self.start) == .welcome)
    #expect(instances.hear("2", at: Self.start) == .introduceYourself)
    #expect(instances.introduce(instance("2", on: "b"), at: Self.start, silence: Self.silence) == .welcome)
    #expect(instances.hear("1", at: Self.start) == .welcome)
    #expect(instances.introduce(instance("1", on: "a"), at: Self.start, silence: Self.silence) == .welcome)
    #expect(instances.hear("2", at: Self.start) == .duplicate(of: "host-a"))
  }
}

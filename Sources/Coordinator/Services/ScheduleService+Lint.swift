package import CoordinatorCore
internal import Model
internal import Schedules

extension ScheduleService {
  /// Something about a schedule that its owner should know.
  package struct Remark: Sendable {
    package let schedule: ScheduleRecord
    package let message: String
  }

  /// Scans of which the usual duration is taken.
  private static let durationCount = 20

  /// Of the sites that somebody may see; nothing is planned for others.
  package func lint(seenBy principal: AccessService.Principal) async throws -> [Remark] {
    let now = context.clock.now
    let found = try await context.store.read { session in
      try session.schedules().filter { principal.site == nil || principal.site == $0.site }
        .map { ($0, try session.durations(of: $0.id, limit: Self.durationCount)) }
    }
    var remarks: [Remark] = []
    for (schedule, durations) in found {
      func say(_ message: String) { remarks.append(Remark(schedule: schedule, message: message)) }
      if schedule.isPaused {
        say("it is paused")
        continue
      }
      let times: ScheduleTimes
      do {
        times = try ScheduleTimes(schedule, timeZones: context.timeZones)
      } catch {
        say("it is not run: \(error)")
        continue
      }
      guard times.nextStart(after: now, taken: []) != nil else {
        say("it has expired and will not run again")
        continue
      }
      let sorted = durations.sorted()
      if !sorted.isEmpty, let interval = times.shortestInterval {
        let usual = sorted[sorted.count / 2]
        if usual > interval {
          say(
            "a scan usually takes \(DurationText.print(usual)) (of the last \(sorted.count)), longer than the \(DurationText.print(interval)) between two runs: \(Self.consequence(schedule.policy.overlap))"
          )
        }
      }
      do {
        var submission = try StoredSubmission.read(schedule.request)
        submission.name = schedule.name
        submission.isDryRun = true
        _ = try await scans.submit(
          submission, by: .init(name: "lint", role: .operating, site: schedule.site))
      } catch let refusal as Refusal {
        say("its next run would fail: \(refusal.message)")
      }
    }
    return remarks
  }

  private static func consequence(_ overlap: ScheduleOverlap) -> String {
    switch overlap {
    case .skip: "runs are skipped"
    case .queueOne: "runs wait, and others are skipped"
    case .replace: "scans are cancelled before they end"
    }
  }
}

internal import CoordinatorCore
package import Model
internal import Schedules

extension ScheduleService {
  static func at<Value>(_ pointer: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as ScheduleError {
      throw Refusal(.invalidValue, error.description, at: pointer)
    }
  }

  /// The next runs with what the clock and blackouts do to them.
  package func preview(ofSchedule id: ScheduleID, from start: Timestamp?, count: Int) async throws -> [PreviewedRun] {
    try await preview(of: context.store.read { try Self.found(id, $0) }, from: start, count: count)
  }

  func preview(
    of record: ScheduleRecord, from start: Timestamp? = nil, count: Int = previewCount
  ) async throws -> [PreviewedRun] {
    let times = try Self.at("/cron") {
      try ScheduleTimes(record, timeZones: context.timeZones)
    }
    let zone = try Self.at("/timeZone") { try context.timeZones.rules(of: record.timeZone) }
    let isFree = try StoredSubmission.read(record.request).ignoresBlackouts
    let blackouts =
      isFree
      ? [] : try await context.store.read { try $0.blackouts() }.filter { ($0.site ?? record.site) == record.site }
    return times.runs(after: start ?? context.clock.now).prefix(count).map { run in
      let beginning = run.time + record.delay
      var notes = [run.note].compactMap(\.self)
      if record.id.rawValue == 0, record.policy.jitter > .zero {
        notes.append("starts up to \(DurationText.print(record.policy.jitter)) later, by its jitter")
      } else if record.delay > .zero {
        notes.append("starts \(DurationText.print(record.delay)) later, by its jitter")
      }
      for blackout in blackouts {
        guard let hours = context.blackouts.coming(blackout, from: beginning, to: beginning) else { continue }
        let part = blackout.zone == nil && blackout.networks.isEmpty ? "" : " of a part"
        notes.append(
          record.policy.onBlackout == .skip && part.isEmpty
            ? "blackout \"\(blackout.name)\": it does not run"
            : "blackout \"\(blackout.name)\"\(part) until \(zone.text(of: hours.until))")
      }
      return PreviewedRun(run: run, local: zone.text(of: run.time), notes: notes)
    }
  }
}

import CoordinatorCore
import CoordinatorServices
import HTTPTypes
import Model
import Testing
import Wire

@testable import CoordinatorHTTP

/// What the API says of history that was purged.
@Suite struct PurgedHistoryTests {
  @Test("Changes and explanations say since when the history is whole, figures what was purged last")
  func tells() async throws {
    try await API.run { api in
      func begins() async throws -> [Timestamp?] {
        let changes = try await api.get("changes").decoded(Page<ChangeRow>.self)
        let port = try await api.get("explain?address=10.0.0.1&port=80").decoded(Page<ExplanationRow>.self)
        let host = try await api.get("explain/host?address=10.0.0.1").decoded(Page<HostExplanationRow>.self)
        return [changes.historySince, port.historySince, host.historySince]
      }
      #expect(try await begins() == [nil, nil, nil])
      // The agent was silent for an hour, which is over.
      let token = try await api.access.issue(
        .join(site: "default", zone: "default", createZone: true, duties: [.inventory], tags: [], uses: 1),
        expiresIn: nil, note: nil
      ).secret
      let agent = try await api.fleet.enrol(
        .init(name: "a", installation: "i", version: "1", hostName: "a", operatingSystem: "Linux"), joinToken: token
      ).agent
      let start = api.clock.now
      try await api.context.queue.commit { session in
        for (sequence, time) in [start, start + .seconds(3_600)].enumerated() {
          try session.noteInventory(of: agent.id, at: time, longestGap: .seconds(900))
          try session.setInventory(
            of: agent.id, position: InventoryPosition(epoch: "boot", sequence: Int64(sequence)), at: time,
            ownersVerifiedAt: nil)
        }
      }
      api.clock.advance(by: .seconds(100 * 86_400))
      let now = api.clock.now - .seconds(50 * 86_400)
      #expect(try await HistoryPurge(context: api.context, kept: .seconds(50 * 86_400)).purge() == [.gaps: 1])
      #expect(try await begins() == [now, now, now])
      let figures = String(decoding: try await api.send(.get, "/metrics").body, as: UTF8.self)
      let seconds = Double(now.milliseconds) / 1_000
      #expect(figures.contains("periplus_last_purge_rows{kind=\"inventory-gaps\"} 1.0"))
      #expect(figures.contains("periplus_last_purge_timestamp_seconds{kind=\"inventory-gaps\"}"))
      #expect(figures.contains("periplus_database_bytes") && figures.contains("periplus_database_free_bytes 0.0"))
      #expect(figures.contains("periplus_history_since_timestamp_seconds \(seconds)"))
    }
  }
}

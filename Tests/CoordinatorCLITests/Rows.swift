import Model
import Wire

/// Rows as the coordinator answers them.
enum Rows {
  static let time = Timestamp(milliseconds: 1_700_000_000_000)

  static func scan(state: ScanState, failed: String = "0") -> ScanRow {
    let coverage = CoverageReceipt(
      size: "100", probed: "100", skipped: "0", failed: failed, notReached: "0",
      failures: failed == "0" ? [] : [.init(agent: "web1", reason: "local-resources", count: failed)],
      skips: [])
    return ScanRow(
      id: ScanID(48), name: nil, note: nil, site: "default", zones: ["any"], state: state, targets: "10.0.0.0/24",
      exclusions: "", ports: "T:1-4", identifies: false, looksUpNames: false, submittedBy: "token:1", createdAt: time,
      startedAt: nil,
      finishedAt: nil,
      coverage: coverage, open: 2,
      lanes: [
        LaneRow(
          id: LaneID(7), zone: "any", state: state, coverage: coverage, runningJobs: 0, waitingJobs: 0,
          benched: [], pendingReason: "waiting")
      ])
  }

  static func port(
    site: String = "default", processes: [ListeningProcess] = [], state: EndpointState? = .open
  ) -> PortRow {
    PortRow(
      site: site, scope: "", address: IPAddress(ipv4: 0x0a00_0005), protocol: .tcp, port: 443, state: state,
      reason: .synAck, service: "https", verdict: .exposed, zone: "default", otherZones: ["dmz"], isSelfView: false,
      processes: processes, ownerUnknownReason: nil, unit: "nginx.service", agent: "web1", inventoryAt: time,
      firstSeen: time, lastSeen: time, lastChanged: nil)
  }
}

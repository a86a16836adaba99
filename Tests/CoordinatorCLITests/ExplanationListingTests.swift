import Foundation
import Listing
import Model
import Testing
import Wire

@testable import CoordinatorCLI

/// What an explanation prints: nothing of the proof is left out.
@Suite struct ExplanationListingTests {
  private static let started = Rows.time + .seconds(-1_000)
  private static let sampled = Rows.time + .seconds(20)

  private static let row = ExplanationRow(
    site: "default", scope: "", address: IPAddress(ipv4: 0x0a00_0005), protocol: .tcp, port: 443, verdict: .exposed,
    why: "open from another host, and a process listens",
    views: [
      .init(
        zone: "dmz", isSelfView: false, state: .open, reason: .synAck, observedAt: Rows.time, firstSeen: Rows.time,
        lastSeen: Rows.time, agent: "scanner", job: JobID(12), scan: ScanID(3), verdict: .exposed, why: "open",
        runs: [
          .init(state: .open, from: Rows.time, to: Rows.time, change: "found", agent: "scanner", job: JobID(12))
        ])
    ], services: [],
    listeners: [
      ListenerRow(
        site: "default", agent: "host", protocol: .tcp, address: .ipv4Unspecified, port: 443, interface: nil,
        user: "www-data", inode: 424_242,
        processes: [
          ListeningProcess(
            pid: 4_711, name: "nginx", executable: "/usr/sbin/nginx", user: "www-data", startTime: started,
            commandLine: "nginx: worker process")
        ], ownerUnknownReason: nil, unit: "nginx.service", namespace: nil, namespaceName: nil,
        container: "docker:0123456789ab", connections: nil, lastConnectionAt: nil, firstSeen: Rows.time,
        lastSeen: sampled, sampledAt: sampled, ownersVerifiedAt: nil)
    ], agent: "host", inventoryAt: sampled, isInventoryCurrent: true)

  private func text(_ format: ListingFormat, isForMachines: Bool) throws -> String {
    var text = ""
    let listing = ExplanationListing.listing([Self.row], isForMachines: isForMachines)
    try ListingPrinter.print(listing, format) { text += $0 }
    return text
  }

  @Test("People read unit, container, inode, pid, start, executable, user, both times, job and agents")
  func tellsPeople() throws {
    let text = try text(.table, isForMachines: false)
    for part in [
      "10.0.0.5:443/tcp", "exposed", "unit nginx.service", "container docker:0123456789ab", "inode 424242", "pid 4711",
      "started \(Self.started)", "/usr/sbin/nginx", "user www-data", "nginx: worker process", "at \(Rows.time)",
      "its inventory is of \(Self.sampled)", "job:12 of scan:3", "agent scanner", "agent host lives there", "zone dmz",
    ] {
      #expect(text.contains(part), "\(part) is missing of\n\(text)")
    }
  }

  @Test("Programs read the same under stable keys")
  func tellsPrograms() throws {
    let data = Data(try text(.json, isForMachines: true).utf8)
    let objects = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    let row = try #require(objects.first)
    let listener = try #require((row["listeners"] as? [[String: Any]])?.first)
    #expect(listener["unit"] as? String == "nginx.service" && listener["container"] as? String == "docker:0123456789ab")
    #expect(listener["inode"] as? Int == 424_242 && listener["user"] as? String == "www-data")
    let process = try #require((listener["processes"] as? [[String: Any]])?.first)
    #expect(process["pid"] as? Int == 4_711 && process["executable"] as? String == "/usr/sbin/nginx")
    #expect(process["startTime"] as? String == Self.started.description && process["user"] as? String == "www-data")
    let view = try #require((row["views"] as? [[String: Any]])?.first)
    #expect(view["job"] as? String == "job:12" && view["scan"] as? String == "scan:3")
    #expect(view["agent"] as? String == "scanner" && view["observedAt"] as? String == Rows.time.description)
    #expect(row["agent"] as? String == "host" && row["inventoryAt"] as? String == Self.sampled.description)
  }

  @Test("A purged scan says that its results are gone, and a list of the past where it begins")
  func tellsPurged() throws {
    var scan = Rows.scan(state: .done)
    scan.resultsPurgedAt = Rows.time
    var text = ""
    try ListingPrinter.print(ScanListing.details(scan, isForMachines: false), .table) { text += $0 }
    #expect(text.contains("purged at \(Rows.time)"))
    let listing = ScanListing.details(scan, isForMachines: true)
    let column = try #require(listing.columns.firstIndex { $0.key == "resultsPurgedAt" })
    #expect(listing.rows[0][column] == .time(Rows.time.milliseconds))
    #expect(HistoryBeginning.text(Rows.time) == "history begins at \(Rows.time): what was over before was purged")
  }
}

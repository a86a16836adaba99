import Foundation
import Listing
import Model
import Report
import Testing
import Wire

@testable import CoordinatorCLI

@Suite struct ListingTests {
  private func text(_ listing: Listing, _ format: ListingFormat) throws -> String {
    var text = ""
    try ListingPrinter.print(listing, format) { text += $0 }
    return text
  }

  private func objects(_ listing: Listing) throws -> [[String: Any]] {
    let data = Data(try text(listing, .json).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
  }

  private let workers = [
    ListeningProcess(pid: 9, name: "nginx", executable: "/usr/sbin/nginx", user: "root", startTime: Rows.time),
    ListeningProcess(pid: 10, name: "nginx", user: "www-data"),
  ]

  @Test("Programs get a merged row's stable keys, every one in every row")
  func keepsPortKeys() throws {
    let rows = [Rows.port(processes: workers), Rows.port(state: nil)]
    let objects = try objects(PortListing.listing(rows, isForMachines: true))
    let keys: Set<String> = [
      "address", "port", "protocol", "state", "service", "processes", "user", "unit", "ownerUnknownReason", "verdict",
      "names", "zone", "otherZones", "scope", "site", "agent", "reason", "isSelfView", "inventoryAt", "firstSeen",
      "lastSeen",
      "lastChanged", "product", "version", "info", "hostName", "tunnel", "tlsVersion", "confidence", "banner",
      "certificate", "identifiedAt",
    ]
    for object in objects { #expect(Set(object.keys) == keys) }
    let first = try #require(objects.first)
    #expect(first["port"] as? Int == 443)
    #expect(first["verdict"] as? String == "exposed")
    #expect(first["otherZones"] as? [String] == ["dmz"])
    #expect((first["firstSeen"] as? String)?.hasPrefix("2023-11-14T22:13:20") == true)
    #expect(first["lastChanged"] is NSNull)
    let processes = try #require(first["processes"] as? [[String: Any]])
    #expect(processes.compactMap { $0["pid"] as? Int } == [9, 10])
    #expect(
      Set(processes.flatMap(\.keys))
        == ["pid", "name", "executable", "user", "startTime", "parentPid", "commandLine"])
    #expect(objects.last?["state"] is NSNull, "not covered is absent, not a word")
  }

  @Test("People get one owner with a number, and are told what was not covered")
  func printsPortsForPeople() throws {
    let rows = [Rows.port(processes: workers), Rows.port(state: nil)]
    let table = try text(PortListing.listing(rows, isForMachines: false), .table)
    #expect(table.contains("nginx (2)"))
    #expect(table.contains("root,www-data"))
    #expect(table.contains("not covered"))
    #expect(!table.contains("SITE"))
  }

  @Test("What was identified is shown to people with its tunnel, to programs in full")
  func showsServices() throws {
    var row = Rows.port()
    row.service = "http"
    row.identified = ServiceFacts(
      name: "http", product: "nginx", version: "1.22.1", confidence: .certain, tunnel: .tls, banner: "\u{1b}[31m",
      certificate: CertificateIdentity(
        subject: "CN=a", issuer: "CN=b", alternativeNames: ["a.example"], notBefore: Rows.time, notAfter: Rows.time,
        sha256: "00"))
    let table = try text(PortListing.listing([row], isForMachines: false), .table)
    #expect(table.contains("ssl/http") && table.contains("nginx") && table.contains("1.22.1"))
    #expect(!table.contains("CERTIFICATE"))
    let plain = try text(PortListing.listing([Rows.port()], isForMachines: false), .table)
    #expect(!plain.contains("PRODUCT"), "a column of nothing takes no room")
    let wide = try text(PortListing.listing([row], isForMachines: false), .wide)
    #expect(!wide.contains("\u{1b}") && wide.contains("\\x1b[31m"))
    let object = try #require(try objects(PortListing.listing([row], isForMachines: true)).first)
    #expect(object["service"] as? String == "http" && object["tunnel"] as? String == "ssl")
    let certificate = try #require(object["certificate"] as? [String: Any])
    #expect(certificate["alternativeNames"] as? [String] == ["a.example"])
  }

  @Test("Several sites show theirs")
  func showsSites() throws {
    let rows = [Rows.port(site: "a"), Rows.port(site: "b")]
    #expect(try text(PortListing.listing(rows, isForMachines: false), .table).contains("SITE"))
  }

  @Test("An owner that could not be read is a question mark for people and a reason for programs")
  func showsUnknownOwners() throws {
    var row = Rows.port()
    row.ownerUnknownReason = "not permitted"
    #expect(try text(PortListing.listing([row], isForMachines: false), .table).contains(" ? "))
    let object = try #require(try objects(PortListing.listing([row], isForMachines: true)).first)
    #expect(object["ownerUnknownReason"] as? String == "not permitted")
  }

  @Test("Programs get a scan's stable keys; counts wider than their integers are text")
  func keepsScanKeys() throws {
    var scan = Rows.scan(state: .running)
    scan.coverage.size = "340282366920938463463374607431768211455"
    let object = try #require(try objects(ScanListing.details(scan, isForMachines: true)).first)
    #expect(
      Set(object.keys) == [
        "id", "name", "state", "site", "zones", "targets", "exclusions", "ports", "identifies", "looksUpNames", "size",
        "probed",
        "skipped", "failed",
        "notReached", "open", "submittedBy", "createdAt", "startedAt", "finishedAt", "resultsPurgedAt", "note", "lanes",
        "failures",
        "skips",
      ])
    #expect(object["id"] as? String == "scan:48")
    #expect(object["size"] as? String == "340282366920938463463374607431768211455")
    #expect(object["probed"] as? Int == 100)
    let lane = try #require((object["lanes"] as? [[String: Any]])?.first)
    #expect(lane["pendingReason"] as? String == "waiting")
    #expect(try text(ScanListing.listing([scan]), .name) == "scan:48\n")
  }

  @Test("A receipt names whose rule left out what")
  func namesRules() throws {
    var scan = Rows.scan(state: .done)
    let skips: [CoverageReceipt.Skip] = [
      .init(agent: nil, rule: "printers", count: "40"), .init(agent: "web1", rule: nil, count: "2"),
      .init(agent: nil, rule: nil, count: "1"),
    ]
    scan.coverage.skips = skips
    scan.lanes?[0].coverage.skips = skips
    let details = try text(ScanListing.details(scan, isForMachines: false), .table)
    #expect(details.contains("40 endpoints: rule \"printers\""))
    let rows = try objects(CoverageListing.listing(scan))
    let skipped = rows.filter { $0["outcome"] as? String == "skipped" }
    #expect(skipped.compactMap { $0["endpoints"] as? Int } == [40, 2, 1])
    #expect(
      skipped.compactMap { $0["reason"] as? String } == [
        "rule \"printers\"", "policy of the host of web1", "no rule allows it any more",
      ])
    let object = try #require(try objects(ScanListing.details(scan, isForMachines: true)).first)
    #expect(((object["skips"] as? [[String: Any]])?.first)?["rule"] as? String == "printers")
  }

  @Test("People get a scan field by field, with its lanes and what failed")
  func printsScansForPeople() throws {
    let table = try text(ScanListing.details(Rows.scan(state: .done, failed: "3"), isForMachines: false), .table)
    #expect(table.contains("LANE any"))
    #expect(table.contains("3 endpoints: local-resources (agent web1)"))
  }

  @Test("A dry run's price is told, however far it lies in the future")
  func printsPrices() throws {
    let receipt = SubmissionReceipt(
      scan: nil, addresses: "340282366920938463463374607431768211455", portsPerAddress: 1,
      ports: "T:80,U:53", identifies: true, probes: "2^128 or more", lanes: ["any"], secondsExpected: 3.4e38,
      resolved: [:], excluded: [])
    let object = try #require(try objects(ScanListing.listing(receipt)).first)
    #expect(object["probes"] as? String == "2^128 or more")
    #expect(object["secondsExpected"] as? Int == .max)
    #expect(object["transports"] as? [String] == ["tcp", "udp"] && object["identifies"] as? Bool == true)
  }
}

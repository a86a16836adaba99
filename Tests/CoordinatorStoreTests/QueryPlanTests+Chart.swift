import Foundation
import GRDB
import Model
import Testing

@testable import CoordinatorCore
@testable import CoordinatorStore

/// Questions about the chart, now and then.
extension QueryPlanTests {
  @Test("A host's endpoints, runs and owner are found by its address")
  func findsHosts() throws {
    let run = ZoneRun(
      zone: ZoneID(1), agent: AgentID(1), job: nil, isSelfView: false,
      run: PortStateRun(ports: 1...9, state: .closed, reason: .noResponse, observedAt: Self.now))
    try expectNoScan { _ = try $0.endpoints(of: Self.host) }
    try expectNoScan { _ = try $0.endpoints(of: Self.host, transport: .tcp, ports: 80...90) }
    try expectNoScan { _ = try $0.runs(of: Self.host, transport: .tcp, port: 80) }
    try expectNoScan { _ = try $0.agentLiving(at: Self.host) }
    try expectNoScan { _ = try $0.listeners(of: AgentID(1)) }
    try expectNoScan { try $0.removeListener(ListenerID(1)) }
    try expectNoScan {
      _ = try $0.chartRow(of: Self.host, ProtocolPort(.tcp, 80), inventoryNotBefore: Self.now)
    }
    try expectNoScan { _ = try $0.agentLiving(at: Self.host, asOf: Self.now) }
    try expectNoScan { _ = try $0.interface(with: Self.host.address, of: AgentID(1), asOf: Self.now) }
    try expectNoScan { _ = try $0.listeners(of: AgentID(1), at: ProtocolPort(.tcp, 80), asOf: Self.now) }
    try expectNoScan { _ = try $0.pastListeners(of: AgentID(1), at: ProtocolPort(.tcp, 80), limit: 16) }
    try expectNoScan { _ = try $0.inventoryTime(of: AgentID(1), asOf: Self.now) }
    try expectNoScan { _ = try $0.pastServices(of: EndpointID(1), zone: ZoneID(1)) }
    try expectNoScan { _ = try $0.endpointsThatServedElse(within: Self.now..<Self.now, atMost: 10) }
    try expectNoScan { _ = try $0.servedElse(EndpointID(1), within: Self.now..<Self.now) }
    try expectNoScan { _ = try $0.isServedDifferently(EndpointID(1)) }
    try expectNoScan { try $0.keepOwner(of: ListenerID(1), until: Self.now) }
    try expectNoScan { try $0.noteInventory(of: AgentID(1), at: Self.now, longestGap: .seconds(1)) }
    try expectNoScan { _ = try $0.noteCertificate(Self.certificate, at: Self.now) }
    try expectNoScan { _ = try $0.purgeHistory(before: Self.now, limit: 10) }
    try expectNoScan { _ = try $0.nameRuns(of: Self.host) }
    try expectNoScan { try $0.setNameRuns([], insteadOf: [], of: Self.host, zone: ZoneID(1)) }
    try expectNoScan { _ = try $0.flappingViews(.standard, at: Self.now, limit: 10) }
    try expectNoScan { _ = try $0.told("flapping", after: nil, limit: 10) }
    try expectNoScan { _ = try $0.dailyCounts(by: Self.now) }
    // The first insertion fails for want of the lane; the look for touched runs comes before it.
    try expectNoScan { session throws in
      #expect(throws: DatabaseError.self) {
        try session.mergeRun(run, lane: LaneID(1), host: Self.host, transport: .tcp)
      }
    }
  }

  @Test("An endpoint's product is found by its index, in key order")
  func findsProducts() throws {
    let details = try plans { session throws in
      _ = try session.chartRows(ChartQuery(.term(.product([.exactly("nginx")]))), after: nil, limit: 100)
    }
    #expect(details.contains { $0.contains("INDEX endpoint_product (product=?)") }, "\(details)")
    #expect(!details.contains { $0.contains("TEMP B-TREE") }, "\(details)")
  }

  @Test(
    "What is at few endpoints among many is found by an index that holds those alone, in key order",
    arguments: [
      ("10.0.0.5", "sqlite_autoindex_endpoint_1 (site_id=? AND scope=? AND address>? AND address<?)"),
      (
        "net:10.0.0.0/8 port:443",
        "endpoint_port (port=? AND transport=? AND site_id=? AND scope=? AND address>"
      ),
      (
        "net:10.0.0.0/8 port:1,2,3,4,5,6,7,8,9",
        "sqlite_autoindex_endpoint_1 (site_id=? AND scope=? AND address>? AND address<?)"
      ),
      ("127.0.0.1", "endpoint_scoped (site_id=? AND address>? AND address<?)"),
      ("proc:nginx", "endpoint_inhabited"), ("user:root unit:ssh.service", "endpoint_inhabited"),
      ("tag:lab agent:web*", "endpoint_inhabited"), ("agent:web1 tag:lab", "endpoint_inside (inside_agent_id=?)"),
      ("changed:7d", "INDEX view_run_latest (until_at>?"), ("verdict:exposed", "endpoint_inhabited"),
      ("finding:cleartext", "endpoint_findings"),
    ])
  func findsTheFew(text: String, index: String) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    for body: (SQLiteSession) throws -> Void in [
      { _ = try $0.chartRows(query, after: nil, limit: 100) },
      { _ = try $0.chartRows(query, after: ChartPosition(host: Self.host, transport: .tcp, port: 80), limit: 100) },
      { _ = try $0.chartHosts(query, after: nil, limit: 100) },
      { _ = try $0.chartCounts(query, by: .port, after: nil, looks: .max) },
    ] {
      let details = try plans(body)
      #expect(details.contains { $0.contains(index) }, "\(details)")
      #expect(!details.contains { $0.contains("SCAN e") && !$0.contains("USING INDEX") }, "\(details)")
    }
  }

  @Test(
    "A page begins where the last one ended, whatever the query names",
    arguments: [
      ("", "(site_id,scope,address,transport,port)>(?,?,?,?,?)"),
      ("site:default", "(site_id=? AND (scope,address,transport,port)>(?,?,?,?))"),
      ("site:default seen:7d", "(site_id=? AND (scope,address,transport,port)>(?,?,?,?))"),
      ("site:default proc:nginx", "endpoint_inhabited (site_id=? AND (scope,address,transport,port)>(?,?,?,?))"),
      ("site:default finding:cleartext", "endpoint_findings (site_id=? AND (scope,address,transport,port)>(?,?,?,?))"),
      ("port:443 site:default", "endpoint_port (port=? AND transport=? AND site_id=? AND (scope,address)>(?,?))"),
      ("product:nginx site:default", "(product=? AND site_id=? AND (scope,address,transport,port)>(?,?,?,?))"),
    ])
  func goesOn(text: String, index: String) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    let place = ChartPosition(host: Self.host, transport: .tcp, port: 80)
    var bodies: [(SQLiteSession) throws -> Void] = [{ _ = try $0.chartRows(query, after: place, limit: 100) }]
    // The past is asked for places and ports alone.
    if query.ofPlaces.filter == query.filter { bodies.append { _ = try $0.chartKeys(query, after: place, limit: 100) } }
    for body in bodies {
      let details = try plans(body)
      #expect(details.contains { $0.contains(index) }, "\(details)")
      #expect(!details.contains { $0.contains("TEMP B-TREE") }, "\(details)")
    }
  }

  @Test(
    "A part of counts is read from its beginning to its end, by an index of the listing's order",
    arguments: [
      (
        "",
        "autoindex_endpoint_1 ((site_id,scope,address,transport,port)>(?,?,?,?,?) AND (site_id,scope,address,transport,port)<(?,?,?,?,?))"
      ),
      (
        "site:default tag:lab",
        "endpoint_inhabited (site_id=? AND (scope,address,transport,port)>(?,?,?,?) AND (scope,address,transport,port)<(?,?,?,?))"
      ),
      (
        "finding:cleartext",
        "endpoint_findings ((site_id,scope,address,transport,port)>(?,?,?,?,?) AND (site_id,scope,address,transport,port)<(?,?,?,?,?))"
      ),
    ])
  func boundsPartsOfCounts(text: String, index: String) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    let place = ChartPosition(host: Self.host, transport: .tcp, port: 80)
    let path = ChartPath.walk(of: query, sites: [StoreFixture.site])
    var condition = ChartCondition()
    condition.add(after: place, on: path)
    condition.add(upTo: place, on: path)
    condition.add(query, on: path)
    let details = try plans { session throws in
      _ = try session.composedRows(
        """
        SELECT +e.port, count(*) FROM \(path.table) \(SQLiteSession.joins) \(condition.whereClause) GROUP BY 1
        """, condition.arguments)
      _ = try session.chartCounts(query, by: .port, after: place, looks: 9)
    }
    #expect(details.contains { $0.contains(index) }, "\(details)")
  }

  @Test("A network's page begins at the address where the last one ended")
  func goesOnInNetworks() throws {
    let query = try ChartQuery(parsing: "net:10.0.0.0/8", services: .builtIn, at: Self.now)
    let sites = [StoreFixture.site]
    func bounds(_ text: String) throws -> [[UInt8]] {
      let place = ChartHost(site: StoreFixture.site, scope: .site, address: try #require(IPAddress(text)))
      return ChartPath.paths(of: query, sites: sites, from: place, areFew: { _ in false })
        .filter { $0.table.hasSuffix("autoindex_endpoint_1") }
        .flatMap { $0.conditions.flatMap(\.values).compactMap { ($0 as? Data).map { Array($0) } } }
    }
    #expect(try bounds("9.1.2.3") == [[10, 0, 0, 0], [10, 255, 255, 255]])
    #expect(try bounds("10.1.2.3") == [[10, 1, 2, 3], [10, 255, 255, 255]])
    #expect(try bounds("11.1.2.3") == [])
  }

  @Test("A few runs of addresses are a path each; many, of which each path would name all, are one")
  func boundsPathsOfManyNetworks() throws {
    func count(_ networks: Int) throws -> Int {
      let text = "net:" + (0..<networks).map { "10.0.\($0).1" }.joined(separator: ",")
      let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      return ChartPath.paths(of: query, sites: [StoreFixture.site], from: nil, areFew: { _ in false })
        .count { $0.table.hasSuffix("autoindex_endpoint_1") }
    }
    #expect(try count(8) == 8)
    #expect(try count(9) == 1)
    #expect(try count(200) == 1)
  }

  @Test(
    "Full text is found by its words: services by text, and by certificate",
    arguments: ["text:nginx", #"text:"apache tomcat",caddy*"#, "port:443 text:nginx", "net:10.0.0.0/8 text:nginx"])
  func findsTexts(text: String) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    for body: (SQLiteSession) throws -> Void in [
      { _ = try $0.chartRows(query, after: nil, limit: 100) },
      { _ = try $0.chartRows(query, after: ChartPosition(host: Self.host, transport: .tcp, port: 80), limit: 100) },
      { _ = try $0.chartHosts(query, after: nil, limit: 100) },
      { _ = try $0.chartCounts(query, by: .port, after: nil, looks: .max) },
      { _ = try $0.serviceCounts(query, after: nil, looks: .max) },
    ] {
      let details = try plans(body)
      for index in [
        "endpoint_service_text (text_id=?)", "certificate_text (text_id=?)",
        "endpoint_service_certificate (certificate_id=?)", "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
      ] {
        #expect(details.contains { $0.contains(index) }, "\(index): \(details)")
      }
      // A virtual table is always "scanned"; by index M, a match (sqlite's ext/fts5/fts5_main.c, fts5BestIndexMethod).
      for detail in details where detail.hasPrefix("SCAN") {
        let isMatch = detail.hasPrefix("SCAN w VIRTUAL TABLE INDEX") && detail.contains("M")
        #expect(isMatch || detail.hasPrefix("SCAN (subquery"), "\(detail)")
      }
    }
    try expectNoScan { _ = try $0.noteText(RecordText(fields: ["nginx"])) }
  }

  @Test("Rows of a port anywhere are read in key order, protocol by protocol")
  func findsPorts() throws {
    let query = try ChartQuery(parsing: "port:443", services: .builtIn, at: Self.now)
    let details = try plans { _ = try $0.chartRows(query, after: nil, limit: 100) }
    #expect(details.count { $0.contains("INDEX endpoint_port (port=? AND transport=?)") } == 3, "\(details)")
    #expect(!details.contains { $0.contains("TEMP B-TREE") }, "\(details)")
  }

  @Test(
    "Counts by what they are kept by look at no endpoint",
    arguments: ["", "port:443", "state:closed proto:tcp", "service:ssh or not site:default"])
  func findsKeptCounts(text: String) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    for grouping in ChartGrouping.allCases where grouping.isKept {
      let details = try plans { session throws in
        if grouping == .service {
          _ = try session.serviceCounts(query, after: nil, looks: .max)
        } else {
          _ = try session.chartCounts(query, by: grouping, after: nil, looks: .max)
        }
      }
      #expect(details.contains { $0.contains("endpoint_count") }, "\(details)")
      let past = try plans { session throws in
        let day = DailyCounts(id: 1, takenAt: Self.now, sameUntil: Self.now)
        if grouping == .service {
          _ = try session.serviceCounts(query, of: day)
        } else {
          _ = try session.chartCounts(query, by: grouping, of: day, limit: 100)
        }
      }
      #expect(past.contains { $0.contains("SEARCH endpoint_count_past USING PRIMARY KEY (day_id=?") }, "\(past)")
      #expect(!details.contains { $0.hasSuffix("SCAN e") || $0.contains("endpoint_port") }, "\(details)")
    }
  }

  @Test("The past looks at the endpoints of a host, a network or a port alone")
  func findsThePast() throws {
    for (text, index) in [
      ("10.0.0.5", "sqlite_autoindex_endpoint_1 (site_id=? AND scope=? AND address>? AND address<?)"),
      ("port:443 proc:nginx", "endpoint_port (port=? AND transport=?)"),
    ] {
      let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      let details = try plans { _ = try $0.chartKeys(query, after: nil, limit: 100) }
      #expect(details.contains { $0.contains(index) }, "\(details)")
      #expect(!details.contains { $0.hasPrefix("SCAN e") }, "\(details)")
    }
  }

  @Test(
    "Services, owners and agents of the past are found by indexes, in key order",
    arguments: [
      (
        "service:ssh",
        ["INDEX endpoint_named (service=?", "SEARCH e USING PRIMARY KEY (field=? AND value=?", "endpoint_port (port=?"]
      ),
      ("product:nginx", ["INDEX endpoint_product (product=?", "SEARCH e USING PRIMARY KEY (field=? AND value=?"]),
      (
        "proc:nginx",
        [
          "agent_address_owner (address>?", "SEARCH h USING PRIMARY KEY (address>?", "(site_id=? AND scope>?",
          "sqlite_autoindex_endpoint_1 (site_id=? AND scope=? AND address=?)",
        ]
      ),
      (
        "agent:web1",
        ["agent_named (name=?", "SEARCH h USING PRIMARY KEY (agent_id=?", "agent_address_past_agent (agent_id=?"]
      ),
      (
        "port:443 proc:nginx",
        ["agent_address_owner (address>?", "sqlite_autoindex_endpoint_1 (site_id=? AND scope=? AND address=?"]
      ),
    ])
  func findsWhatFittedOnce(text: String, indexes: [String]) throws {
    let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
    let details = try plans { session throws in
      try session.execute(
        """
        INSERT INTO agent(id, name, site_id, zone_id, installation, secret_hash, duties, tags, version, host_name,
          operating_system, enrolled_at) VALUES (1, 'web1', 1, 1, '', x'01', '[]', '[]', '', '', '', 0)
        """)
      try session.setInterfaces(
        [InterfaceAddress(interface: "eth0", address: Self.host.address, prefixLength: 24)], of: AgentID(1),
        at: Self.now)
      for after in [nil, ChartPosition(host: Self.host, transport: .tcp, port: 80)] {
        _ = try session.pastPlaces(query, asOf: Self.now, after: after, limit: 100)
      }
      try session.noteUnshownServices(
        [ShownService(name: "ssh", product: "OpenSSH", version: nil)], at: Self.host, ProtocolPort(.tcp, 22))
    }
    for index in indexes { #expect(details.contains { $0.contains(index) }, "\(index): \(details)") }
    // What is put together within a statement is read from end to end.
    let tables = details.filter { $0.hasPrefix("SCAN") && !$0.contains("CONSTANT ROW") && !$0.hasPrefix("SCAN h") }
    #expect(tables.allSatisfy { $0.hasPrefix("SCAN (subquery") || $0.contains("VIRTUAL TABLE") }, "\(tables)")
  }

  @Test("Endpoints that were not open at a time are found by the runs of that time, and by what was never open")
  func findsOtherStates() throws {
    for text in ["state:closed", "port:443 state:closed,filtered", "net:10.0.0.0/8 state:unreachable"] {
      let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      var places: [ChartPosition]?
      let details = try plans { places = try $0.fewPastPlaces(query, asOf: Self.now, after: nil) }
      #expect(places == [])
      for index in [
        "INDEX view_run_other (first_at<?)", "INDEX endpoint_other (differed_at>? AND differed_at<?)",
        "INDEX view_other (differed_at>? AND differed_at<?)", "INDEX endpoint_unopened (first_seen>?)",
        "INDEX endpoint_unopened (first_seen=?)", "INDEX endpoint_scoped (site_id=?)", "INDEX view_own (endpoint_id>?)",
        "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
      ] { #expect(details.contains { $0.contains(index) }, "\(text), \(index): \(details)") }
      #expect(!details.contains { $0.hasPrefix("SCAN e") }, "\(details)")
    }
    for text in [
      "state:open", "state:closed,open", "state:open-or-filtered", "10.0.0.1 state:closed", "not state:open",
    ] {
      let query = try ChartQuery(parsing: text, services: .builtIn, at: Self.now)
      #expect(!PastPath.asksForOtherStates(query), "\(text)")
    }
  }

  @Test("Rows of a service are read in key order, as identified and as registered")
  func findsServices() throws {
    let query = try ChartQuery(parsing: "service:ssh", services: .builtIn, at: Self.now)
    let details = try plans { _ = try $0.chartRows(query, after: nil, limit: 100) }
    #expect(details.contains { $0.contains("INDEX endpoint_named (service=?)") }, "\(details)")
    #expect(details.contains { $0.contains("INDEX endpoint_port (port=? AND transport=?)") }, "\(details)")
    #expect(!details.contains { $0.contains("TEMP B-TREE") }, "\(details)")
  }

  @Test("A port of a small network is found by the port, of a large one by the addresses")
  func findsPortsOfNetworks() throws {
    let query = try ChartQuery(parsing: "port:443 net:10.0.0.0/16", services: .builtIn, at: Self.now)
    let details = try plans { _ = try $0.chartRows(query, after: nil, limit: 100) }
    #expect(
      details.contains {
        $0.contains("endpoint_port (port=? AND transport=? AND site_id=? AND scope=? AND address>? AND address<?)")
      }, "\(details)")
  }

  @Test("Changes are read by time, the newest first, from indexes that hold changes alone")
  func readsChanges() throws {
    let position = ChangePosition(
      at: Self.now, endpoint: EndpointID(5), view: ViewKey(zone: ZoneID(1), isSelfView: false),
      kind: .closed)
    for after in [nil, position] {
      let details = try plans { _ = try $0.changes(ChangeQuery(), after: after, limit: 100) }
      #expect(!details.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX view_found") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX view_run_change") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX view_run_latest") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX endpoint_change_time") }, "\(details)")
    }
    try expectNoScan { _ = try $0.runs(of: EndpointID(1), ViewKey(zone: ZoneID(1), isSelfView: false)) }
  }

  @Test(
    "Hosts are found by key, listed in its order, and their changes by time from two indexes that hold nothing else")
  func readsHosts() throws {
    let key = ViewKey(zone: ZoneID(1), isSelfView: false)
    let address = Self.host.address
    try expectNoScan { _ = try $0.hostViews(of: Self.host) }
    try expectNoScan { _ = try $0.hostViews(key, site: SiteID(1), from: address, to: address, limit: 9) }
    try expectNoScan { _ = try $0.hostRuns(of: Self.host, key) }
    try expectNoScan { _ = try $0.hostRecords(in: [], after: Self.host, limit: 9) }
    for after in [
      nil, ChangePosition(at: Self.now, endpoint: EndpointID(0), view: key, kind: .hostGone, host: Self.host),
    ] {
      let details = try plans { _ = try $0.hostChanges(ChangeKind.ofHosts, TimeSpan(), after: after, limit: 100) }
      #expect(!details.contains { $0.contains("TEMP B-TREE FOR ORDER BY") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX host_found") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX host_run_change") }, "\(details)")
    }
    let pages = try plans { _ = try $0.hostRecords(in: [], after: nil, limit: 9) }
    #expect(!pages.contains { $0.contains("TEMP B-TREE") }, "\(pages)")
  }

  @Test("A page of the chart is read in key order: nothing is sorted, and the next page starts where the last ended")
  func pagesInKeyOrder() throws {
    let position = ChartPosition(host: Self.host, transport: .tcp, port: 80)
    let pages: [(SQLiteSession) throws -> Void] = [
      { _ = try $0.chartRows(ChartQuery(), after: nil, limit: 100) },
      { _ = try $0.chartRows(ChartQuery(), after: position, limit: 100) },
      { _ = try $0.chartHosts(ChartQuery(), after: nil, limit: 100) },
      { _ = try $0.chartHosts(ChartQuery(), after: Self.host, limit: 100) },
    ]
    for page in pages {
      let details = try plans(page)
      #expect(!details.contains { $0.contains("TEMP B-TREE") }, "\(details)")
      #expect(details.contains { $0.contains("INDEX sqlite_autoindex_endpoint_1") }, "\(details)")
    }
    for page in [pages[1], pages[3]] { try expectNoScan { try page($0) } }
    try expectNoScan { _ = try $0.listenerRows(ChartQuery(), after: ListenerID(5), limit: 100) }
  }
}

internal import Foundation

/// A way of reading a growing table from one end that is no fault, with the reason.
struct AllowedScan: Sendable {
  let table: String?
  /// What the plan's line holds.
  let detail: String
  /// What the statement holds.
  let sql: String
  let reason: String

  init(of table: String? = nil, _ detail: String = "", in sql: String, because reason: String) {
    self.table = table
    self.detail = detail
    self.sql = sql
    self.reason = reason
  }

  func allows(_ detail: String, of table: String, in sql: String) -> Bool {
    (self.table ?? table) == table && (self.detail.isEmpty || detail.contains(self.detail)) && sql.contains(self.sql)
  }

  static let all: [AllowedScan] = [
    // Lists, page by page.
    AllowedScan(
      of: "endpoint", "USING", in: "ORDER BY e.site_id, e.scope, e.address, e.transport, e.port LIMIT ?",
      because: "a list goes along the index of its order and ends with its page"),
    AllowedScan(
      of: "endpoint", "USING", in: "e.inside_agent_id, e.first_seen, e.last_seen",
      because: "hosts are listed along the index of their order, which is left with the page or after so many looks"),
    AllowedScan(
      of: "endpoint", "USING", in: "LIMIT 1 OFFSET ?",
      because: "what is counted in parts has a part's end looked up in an index, so many endpoints on"),
    AllowedScan(
      of: "host_view", in: "ORDER BY site_id, scope, address LIMIT ?",
      because: "the table lies in the order of the list, which ends with its page"),
    AllowedScan(
      of: "endpoint_view", "USING INDEX view_found", in: "ORDER BY v.first_seen DESC",
      because: "changes are listed by time from the newest on, a page at a time"),
    AllowedScan(of: "endpoint", "USING INDEX endpoint_found", in: "ORDER BY v.first_seen DESC", because: "likewise"),
    AllowedScan(
      of: "state_range", "USING INDEX state_range_tarpit", in: "WHERE reason = 'everything-open'",
      because: "the index holds hosts that answered at every port alone"),
    AllowedScan(
      of: "view_run", "USING INDEX view_run_change", in: "ORDER BY v.first_at DESC", because: "likewise"),
    AllowedScan(
      of: "view_run", "USING INDEX view_run_latest", in: "ORDER BY v.until_at DESC", because: "likewise"),
    AllowedScan(
      of: "endpoint_change", "USING INDEX endpoint_change_time", in: "ORDER BY v.at DESC", because: "likewise"),
    AllowedScan(of: "host_view", "USING INDEX host_found", in: "ORDER BY v.first_seen DESC", because: "likewise"),
    AllowedScan(of: "host_run", "USING INDEX host_run_change", in: "ORDER BY v.first_at DESC", because: "likewise"),
    // Partial indexes of what goes on.
    AllowedScan(of: "lease", "USING INDEX lease_", in: "ended_at IS NULL", because: "leases that run, no others"),
    AllowedScan(
      of: "job", "USING COVERING INDEX job_state", in: "state NOT IN ('done', 'cancelled')",
      because: "jobs that are not over, no others"),
    AllowedScan(
      of: "scan", "INDEX scan_purging", in: "is_purging = 1", because: "scans that are being purged, no others"),
    AllowedScan(of: "purge", in: "SELECT * FROM purge ORDER BY kind", because: "one row for each kind of rows"),
    // Questions about everything.
    AllowedScan(
      of: "endpoint", in: "count(*) AS endpoints FROM endpoint AS e",
      because: "endpoints are counted by what no counts are kept of, to a number of looks or the end of a part"),
    AllowedScan(
      of: "endpoint_count", in: "SELECT",
      because: "counts are kept so that there are few: one for all endpoints of a kind"),
    AllowedScan(
      of: "scan", "USING COVERING INDEX scan_state", in: "GROUP BY state",
      because: "scans are counted by state in an index of small rows, one for each that was ever asked for"),
    AllowedScan(of: "agent", in: "SELECT id, name FROM agent", because: "the names of the whole fleet"),
    AllowedScan(of: "agent", in: "lower(host_name)", because: "the fleet is asked what it calls its hosts"),
    AllowedScan(
      of: "host_name", in: "SELECT EXISTS (SELECT 1 FROM host_name)", because: "it ends with the first row"),
    AllowedScan(
      of: "host_name", "USING INDEX host_name_sought", in: "n.name GLOB ?",
      because: "a pattern is held against the names of all hosts, of which the index has no others than those of now"),
    AllowedScan(of: "agent", in: "ORDER BY site_id, name, id", because: "the fleet is listed"),
    AllowedScan(
      of: "agent", in: "e.inside_agent_id IN (SELECT id FROM agent WHERE name IN",
      because: "agents of a name in whatever site: a look through the fleet, not through what it found"),
    AllowedScan(
      of: "agent_address", in: "HAVING count(DISTINCT agent.id) > 1",
      because: "a round looks for addresses of several agents among those of the fleet"),
    // One row, or none.
    AllowedScan(in: "SELECT 1 FROM alert_member LIMIT 1", because: "whether there is any"),
    AllowedScan(in: "SELECT 1 FROM active_alert LIMIT 1", because: "whether there is any"),
  ]
}

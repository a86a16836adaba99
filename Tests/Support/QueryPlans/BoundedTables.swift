/// Tables that people fill by hand, or that have a bound of their own: to read one of them from end to end is no fault.
enum BoundedTables {
  static let names: Set<String> = [
    "alert", "alert_receiver", "baseline", "blackout", "coordinator", "expectation", "grdb_migrations", "halt",
    "receiver", "schedule", "scope_rule",
    "site", "token", "work_use", "zone",
  ]
}

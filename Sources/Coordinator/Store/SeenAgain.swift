internal import CoordinatorCore
internal import GRDB
internal import GRDBSQLite
internal import Model

/// When endpoints of a host were seen again, as one statement over all of the host's rows asks for it: to run one for each row costs
/// twice what it does.
///
/// `seen_again(sightings, port)` is the time in milliseconds, or NULL where the sightings do not tell of the port. The first argument is bound as a pointer (sqlite.org/bindptr.html): no text of a statement can make one.
struct SeenAgain {
  /// Sorted by port, each port once.
  private let sightings: UnsafeBufferPointer<OpenSighting>
  /// Where the last port was found: a statement asks for them in their order, and for each several times.
  private var place = 0

  /// The sightings must outlive this.
  init(_ sightings: UnsafeBufferPointer<OpenSighting>) { self.sightings = sightings }

  private static let function: StaticString = "seen_again"
  private static let pointerType: StaticString = "periplus.SeenAgain"

  private mutating func time(port: Int64) -> Timestamp? {
    if place >= sightings.count || Int64(sightings[place].port.rawValue) > port { place = 0 }
    while place < sightings.count, Int64(sightings[place].port.rawValue) < port { place += 1 }
    guard place < sightings.count, Int64(sightings[place].port.rawValue) == port else { return nil }
    return sightings[place].observedAt
  }

  /// Binds a pointer to the sightings, which must stay where they are until the statement is reset.
  static func bind(
    _ sightings: UnsafeMutablePointer<SeenAgain>, at index: Int32, of statement: OpaquePointer
  ) -> Int32 {
    pointerType.withChars { sqlite3_bind_pointer(statement, index, sightings, $0, nil) }
  }

  /// Makes the function known to a connection. Throws a `DatabaseError`.
  static func install(in database: Database) throws {
    let code = function.withChars { name in
      sqlite3_create_function_v2(
        database.sqliteConnection, name, 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, nil,
        { context, _, values in
          guard let values,
            let sightings = SeenAgain.pointerType.withChars({ sqlite3_value_pointer(values[0], $0) })?
              .assumingMemoryBound(to: SeenAgain.self),
            let time = sightings.pointee.time(port: sqlite3_value_int64(values[1]))
          else { return sqlite3_result_null(context) }
          sqlite3_result_int64(context, time.milliseconds)
        }, nil, nil, nil)
    }
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }
}

extension StaticString {
  /// For calls that compare or keep the address: it is the same each time.
  func withChars<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    utf8Start.withMemoryRebound(to: CChar.self, capacity: utf8CodeUnitCount + 1, body)
  }
}

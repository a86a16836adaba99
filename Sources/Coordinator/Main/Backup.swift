internal import ArgumentParser
internal import CoordinatorCLI
internal import CoordinatorCore
internal import CoordinatorStore
internal import Foundation
internal import LocalSystem
internal import Model

/// The database that a command works on, as `serve` finds it.
struct DatabaseOptions: ParsableArguments {
  @Option(help: "The coordinator's SQLite file. (environment: PERIPLUS_DATABASE)")
  var database: String?

  static let standardPath = "/var/lib/periplus/periplus.sqlite"

  var path: String { database ?? Environment.text("PERIPLUS_DATABASE") ?? Self.standardPath }
}

struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the coordinator's database to one file, while it runs.",
    discussion:
      "Run it where the coordinator runs, as its user or root. The file has all that a new machine needs, secrets' hashes too."
  )

  @Argument(help: "The file to write; it must not be there yet.") var file: String
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    do {
      try SQLiteBackup.write(database: database.path, to: file)
    } catch let error as StoreError {
      throw CommandFailure(error.description)
    }
    StandardStream.error.print("\(file) is a copy of \(database.path)")
  }
}

struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a backup the coordinator's database, while the coordinator is stopped.",
    discussion: """
      Leases granted since the backup are refused, so that what their agents did is done again; join tokens are void. \
      Agents that enrolled after the backup are not known and have to enrol anew.
      """)

  @Argument(help: "The file that backup wrote.") var file: String
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let restored: SQLiteBackup.Restored
    do {
      let lock = try DatabaseLock(database: database.path)
      defer { withExtendedLifetime(lock) {} }
      restored = try SQLiteBackup.restore(file, to: database.path, at: SystemClock().now)
    } catch let error as StoreError {
      throw CommandFailure(error.description)
    } catch let error as StartError {
      throw CommandFailure(error.description)
    }
    StandardStream.error.print(
      "\(database.path) is restored, generation \(restored.generation): \(restored.agents) agents, \(restored.voidedJoinTokens) join tokens voided"
    )
  }
}

struct Compact: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shrink the coordinator's database to what it holds, while the coordinator is stopped.",
    discussion: """
      What a purge deletes leaves room that the next results fill; the file keeps its size. This writes it anew, which wants as \
      much free space in its folder as its rows take, twice. Nothing else of it changes.
      """)

  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let sizes: SQLiteCompaction.Sizes
    do {
      let lock = try DatabaseLock(database: database.path)
      defer { withExtendedLifetime(lock) {} }
      // The copy goes where SQLite keeps temporary files (sqlite.org/tempfiles.html, 5), which is seldom as large as the database's disk.
      setenv("SQLITE_TMPDIR", URL(fileURLWithPath: database.path).deletingLastPathComponent().path, 1)
      sizes = try SQLiteCompaction.compact(database.path)
    } catch let error as StoreError {
      throw CommandFailure(error.description)
    } catch let error as StartError {
      throw CommandFailure(error.description)
    }
    StandardStream.error.print("\(database.path) had \(sizes.before) bytes, and has \(sizes.after)")
  }
}

internal import CoordinatorCore
internal import CoordinatorServices
internal import Hummingbird
internal import Listing
internal import Model
internal import NIOCore
internal import Report
internal import ServiceLifecycle

/// An answer with every row of a list, which is written as it is read: while one piece is written the next one is read, and no more
/// are held. Each piece is a read of its own, so that a slow reader holds no transaction.
///
/// A failure on the way ends the connection before the answer's end, which HTTP tells from an answer that is whole (RFC 9112, 8).
struct StreamedExport<Export: RowExport, Place: Sendable>: Sendable {
  struct Piece: Sendable {
    var rows: [Export.Row]
    /// Where the next one begins; nil: there is none.
    var next: Place?
  }

  let export: Export
  let contentType: String
  /// Rows of the whole answer at most.
  let limit: Int
  let clock: any WallClock
  /// Reads what follows a place, so many rows at most or a few more.
  let read: @Sendable (_ after: Place?, _ limit: Int) async throws -> Piece

  /// A reader that takes nothing for so long is given up: its connection is closed before the answer's end.
  private static var patience: Duration { .seconds(300) }
  private static var partBytes: Int { 65_536 }

  /// Throws what the first piece throws, before anything is answered.
  func answer(_ context: APIContext, in place: RunningExports.Place) async throws -> Response {
    let first = try await read(nil, limit)
    return Response(
      status: .ok, headers: [.contentType: contentType],
      body: ResponseBody { writer in
        defer { withExtendedLifetime(place) {} }
        let patience = ReaderPatience(limit: Self.patience)
        async let _ = patience.watch { context.closeConnection() }
        // A reader that has stopped reading does not hold up the coordinator's end.
        try await withGracefulShutdownHandler {
          try await write(first, &writer, patience)
        } onGracefulShutdown: {
          context.closeConnection()
        }
      })
  }

  private func write(
    _ first: Piece, _ writer: inout any ResponseBodyWriter, _ patience: ReaderPatience
  ) async throws {
    var (export, piece) = (export, first)
    var bytes: [UInt8] = []
    export.begin(&bytes)
    var left = limit
    while true {
      let rows = piece.rows.count > left ? Array(piece.rows.prefix(left)) : piece.rows
      left -= rows.count
      guard let next = piece.next, case let wanted = left, wanted > 0 else {
        export.add(rows, to: &bytes)
        break
      }
      async let following = read(next, wanted)
      export.add(rows, to: &bytes)
      // Nothing is written, too: that a reader went away shows in writing alone.
      try await send(bytes, &writer, patience)
      bytes.removeAll(keepingCapacity: true)
      piece = try await following
      patience.noteProgress()
    }
    export.end(&bytes, at: clock.now)
    try await send(bytes, &writer, patience)
    try await writer.finish(nil)
  }

  /// A part at a time: a slow reader is none that has stopped.
  private func send(
    _ bytes: [UInt8], _ writer: inout any ResponseBodyWriter, _ patience: ReaderPatience
  ) async throws {
    var buffer = ByteBuffer(bytes: bytes)
    repeat {
      try await writer.write(buffer.readSlice(length: min(buffer.readableBytes, Self.partBytes)) ?? ByteBuffer())
      patience.noteProgress()
    } while buffer.readableBytes > 0
  }
}

/// What requests for such answers have in common.
enum ExportParameters {
  static func format<Format: RawRepresentable<String> & CaseIterable>(
    _ request: Request, unlessSaid usual: Format
  ) throws -> Format {
    guard let text = RequestParameters.text("format", request) else { return usual }
    guard let format = Format(rawValue: text) else {
      let known = Format.allCases.map(\.rawValue).joined(separator: ", ")
      throw Refusal(.invalidValue, "\"\(text)\" is not one of \(known)", at: "format")
    }
    return format
  }

  /// Nil: all.
  static func columns(_ request: Request) throws -> [String]? {
    let columns = RequestParameters.text("columns", request)?.split(separator: ",").map(String.init)
    if columns?.isEmpty ?? false { throw Refusal(.invalidValue, "the keys of columns are expected", at: "columns") }
    return columns
  }

  /// All rows unless asked otherwise.
  static func limit(_ request: Request) throws -> Int {
    guard let text = RequestParameters.text("limit", request) else { return .max }
    guard let limit = Int(text), limit > 0 else {
      throw Refusal(.invalidValue, "a positive number is expected", at: "limit")
    }
    return limit
  }

  /// Throws a `Refusal` for a column that there is not.
  static func checked<Export>(_ make: () throws -> Export) throws -> Export {
    do {
      return try make()
    } catch let error as ListingError {
      throw Refusal(.invalidValue, error.description, at: "columns")
    }
  }
}

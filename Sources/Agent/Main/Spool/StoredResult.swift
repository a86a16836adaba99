internal import FoundationEssentials
internal import Gzip
internal import Model
internal import Wire
internal import Worker

/// A result as it lies in the spool.
struct StoredResult: Codable {
  /// The form that this build writes, and reads. Another form gets another number; an agent that does not know it, because
  /// it is older than what the folder holds, loses those records, and says so.
  static let kind: UInt8 = 1

  /// More than a chunk can hold on its way; no spool inflates into more.
  private static let maximumBytes = WireLimits.inflatedBodyBytes

  var job: JobID
  var chunk: ChunkReport?
  var finish: FinishRequest?

  enum Failure: Error, CustomStringConvertible {
    case unknownKind(UInt8)
    case empty

    var description: String {
      switch self {
      case .unknownKind(let kind): "its form \(kind) is not known to this version"
      case .empty: "it says nothing"
      }
    }
  }

  /// Blocks for as long as it takes.
  static func encode(_ result: SpooledResult) throws -> [UInt8] {
    var stored = StoredResult(job: result.job)
    switch result {
    case .chunk(_, let chunk): stored.chunk = chunk
    case .finish(_, let finish): stored.finish = finish
    }
    return try Gzip.compress(Array(JSONEncoder().encode(stored)))
  }

  static func decode(_ payload: [UInt8], kind: UInt8) throws -> SpooledResult {
    guard kind == Self.kind else { throw Failure.unknownKind(kind) }
    let stored = try JSONDecoder().decode(
      StoredResult.self, from: Data(Gzip.inflate(payload, maximumBytes: maximumBytes)))
    if let chunk = stored.chunk { return .chunk(stored.job, chunk) }
    guard let finish = stored.finish else { throw Failure.empty }
    return .finish(stored.job, finish)
  }
}

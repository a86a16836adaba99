package import Model
package import Wire

/// What an agent has to say of a job.
package enum SpooledResult: Hashable, Sendable {
  case chunk(JobID, ChunkReport)
  case finish(JobID, FinishRequest)

  package var job: JobID {
    switch self {
    case .chunk(let job, _), .finish(let job, _): job
    }
  }
}

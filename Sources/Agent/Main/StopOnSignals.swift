internal import Dispatch
internal import Glibc
internal import Worker

/// Turns SIGTERM and SIGINT into a worker's stop.
struct StopOnSignals {
  private let sources: [any DispatchSourceSignal]

  init(_ stop: StopSignal) throws {
    sources = [SIGTERM, SIGINT].map { number in
      // The default action would end the process before the source is told (dispatch_source_create(3)).
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { stop.stop() }
      source.resume()
      return source
    }
  }

  func end() { for source in sources { source.cancel() } }
}

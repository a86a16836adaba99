import SeededRandom
import Testing

@testable import Model

@Suite struct WorkCoverageTests {
  private struct Cell: Hashable {
    let host: UInt128
    let port: Int
  }

  private func cells(_ rectangles: [WorkRectangle]) -> Set<Cell> {
    var cells: Set<Cell> = []
    for rectangle in rectangles {
      for host in rectangle.hosts { for port in rectangle.ports { cells.insert(Cell(host: host, port: port)) } }
    }
    return cells
  }

  private func rectangle(_ hosts: Range<UInt128>, _ ports: Range<Int>) -> WorkRectangle {
    WorkRectangle(hosts: hosts, ports: ports)
  }

  @Test func neighboursThatShareTheirPortsAreOneSegment() {
    let coverage = WorkCoverage([rectangle(2..<3, 0..<5), rectangle(0..<2, 0..<5), rectangle(3..<4, 0..<2)])
    #expect(coverage.rectangles == [rectangle(0..<3, 0..<5), rectangle(3..<4, 0..<2)])
    #expect(WorkCoverage([]).segments.isEmpty)
    #expect(WorkCoverage([]).remainder(of: rectangle(0..<2, 0..<2)).map(\.hosts) == [0..<2])
  }

  @Test func anyRectanglesCoverWhatTheyCoverAndLeaveTheRest() {
    var generator = SeededGenerator(seed: 20_263)
    let whole = rectangle(0..<12, 0..<10)
    for _ in 0..<500 {
      let rectangles = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        let host = UInt128(Int.random(in: 0..<14, using: &generator))
        let port = Int.random(in: 0..<12, using: &generator)
        return rectangle(
          host..<(host + UInt128(Int.random(in: 1...5, using: &generator))),
          port..<(port + Int.random(in: 1...5, using: &generator)))
      }
      let coverage = WorkCoverage(rectangles)
      let covered = cells(rectangles)
      #expect(cells(coverage.rectangles) == covered)
      #expect(coverage.rectangles.endpointCount == UInt128(covered.count))
      let rest = coverage.remainder(of: whole)
      let restRectangles = rest.flatMap { segment in segment.ports.map { rectangle(segment.hosts, $0) } }
      #expect(cells(restRectangles) == cells([whole]).subtracting(covered))
      #expect(WorkCoverage(coverage.rectangles) == coverage)
    }
  }

  @Test func aCoverageOfManyHostsIsMadeQuickly() {
    // A hundred thousand pieces of a dark /8, as a journal holds them.
    let pieces = (0..<100_000).map { index in
      let host = UInt128(index) * 160
      return rectangle(host..<(host + 160), 0..<100)
    }
    #expect(WorkCoverage(pieces.shuffled()).segments.count == 1)
  }

  @Test func hostsInOrderWithTheSamePortsGatherIntoOneRectangle() {
    var gatherer = WorkRectangle.Gatherer()
    for host in UInt128(5)..<9 { gatherer.add(host: host, ports: 1..<4) }
    gatherer.add(host: 9, ports: 1..<3)
    gatherer.add(host: 11, ports: 1..<3)
    #expect(
      gatherer.rectangles == [rectangle(5..<9, 1..<4), rectangle(9..<10, 1..<3), rectangle(11..<12, 1..<3)])
    #expect([1, 2, 3, 7, 9, 10].neighbouringRuns() == [1..<4, 7..<8, 9..<11])
  }
}

import Testing

@testable import ScanReporting

@Suite struct RunListTests {
  @Test func numbersInAnyOrderBecomeRuns() {
    var list = RunList<UInt16>()
    for number in (0..<2000).map({ UInt16($0 * 7 % 2000) }) { list.add(number) }
    #expect(list.sorted == [0...1999])
    #expect(list.count == 2000)
    list.add(65_535)
    list.add(5000...5002)
    #expect(list.sorted == [0...1999, 5000...5002, 65_535...65_535])
  }

  @Test func aListIsWhatASetOfTheSameNumbersIs() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let numbers = Set((0..<300).map { _ in UInt16.random(in: 0...400, using: &generator) }).shuffled()
      var list = RunList<UInt16>()
      for number in numbers { list.add(number) }
      #expect(list.sorted.flatMap { Array($0) } == numbers.sorted(), "\(numbers)")
      #expect(list.sorted.dropFirst().allSatisfy { !numbers.contains($0.lowerBound - 1) })
    }
  }
}

import Model
import Testing
import Wire

@testable import CoordinatorCLI

@Suite struct CountSumsTests {
  @Test("Parts of counts add up, the most first, equal ones by number or name, what is not known first")
  func addsUp() {
    var sums = CountSums(ignoresCase: false)
    sums.add([
      CountRow(value: "443", endpoints: 2), CountRow(value: "80", endpoints: 5), CountRow(value: nil, endpoints: 1),
    ])
    sums.add([])
    sums.add([
      CountRow(value: nil, endpoints: 4), CountRow(value: "443", endpoints: 3), CountRow(value: "9", endpoints: 7),
    ])
    #expect(
      sums.rows == [
        CountRow(value: "9", endpoints: 7), CountRow(value: nil, endpoints: 5), CountRow(value: "80", endpoints: 5),
        CountRow(value: "443", endpoints: 5),
      ])
  }

  @Test("Spellings of a product are one count, as in a part")
  func ignoresCase() {
    var sums = CountSums(ignoresCase: true)
    sums.add([CountRow(value: "nginx", endpoints: 2)])
    sums.add([CountRow(value: "Nginx", endpoints: 3), CountRow(value: "Redis", endpoints: 4)])
    #expect(sums.rows == [CountRow(value: "nginx", endpoints: 5), CountRow(value: "Redis", endpoints: 4)])
  }
}

import Testing

@testable import CoordinatorServices

@Suite struct WaitersTests {
  @Test("Woken between looking and waiting, a wait ends at once; the next one does not")
  func losesNoWakeUp() async {
    let waiters = Waiters<Int, Void>()
    let ticket = waiters.enter(1)
    waiters.wake()
    #expect(await waiters.wait(ticket, upTo: .seconds(600)) != nil)
    #expect(await waiters.wait(ticket, upTo: .milliseconds(1)) == nil)
    waiters.leave(ticket)
    #expect(waiters.count == 0)
  }

  @Test("Only those that are meant are woken, at most so many, those that waited longest first, each once")
  func wakesInOrder() async {
    let waiters = Waiters<Int, Void>()
    let tickets = (0..<6).map { waiters.enter($0) }
    waiters.wake(2) { $0 % 2 == 0 }
    var woken: [Int] = []
    for (number, ticket) in tickets.enumerated() where await waiters.wait(ticket, upTo: .zero) != nil {
      woken.append(number)
    }
    #expect(woken == [0, 2])
    waiters.leave(tickets[4])
    waiters.wake(3)
    woken = []
    for (number, ticket) in tickets.enumerated() where await waiters.wait(ticket, upTo: .zero) != nil {
      woken.append(number)
    }
    #expect(woken.count == 3 && !woken.contains(4))
  }

  @Test("Who was woken stands behind the others once it waits again, and nobody is woken twice meanwhile")
  func standsBehindAgain() async {
    let waiters = Waiters<Int, Void>()
    let tickets = (0..<3).map { waiters.enter($0) }
    waiters.wake(1)
    #expect(await waiters.wait(tickets[0], upTo: .zero) != nil)
    waiters.wake(1)
    waiters.wake(1)
    #expect(await waiters.wait(tickets[0], upTo: .zero) == nil)
    waiters.wake(2)
    for ticket in tickets { #expect(await waiters.wait(ticket, upTo: .zero) != nil) }
    waiters.wake(9)
    for ticket in tickets { #expect(await waiters.wait(ticket, upTo: .zero) != nil) }
  }

  @Test("A wake-up ends the waits of many that wait at once")
  func wakesSleepers() async {
    let waiters = Waiters<Int, Void>()
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<100 {
        group.addTask {
          let ticket = waiters.enter(number)
          defer { waiters.leave(ticket) }
          return await waiters.wait(ticket, upTo: .seconds(600)) != nil
        }
      }
      while waiters.count < 100 { await Task.yield() }
      waiters.wake()
      for await isWoken in group { #expect(isWoken) }
    }
  }

  @Test("Closing and cancellation end a wait, which was not woken")
  func endsWaits() async {
    let waiters = Waiters<Int, Void>()
    let ticket = waiters.enter(1)
    let cancelled = Task { await waiters.wait(ticket, upTo: .seconds(600)) != nil }
    cancelled.cancel()
    #expect(await !cancelled.value)
    let closed = Task { await waiters.wait(ticket, upTo: .seconds(600)) != nil }
    waiters.close()
    #expect(await !closed.value)
    #expect(await waiters.wait(ticket, upTo: .seconds(600)) == nil)
  }

  @Test("Those that come and go while one stays leave nothing behind")
  func forgetsThoseThatLeft() {
    let waiters = Waiters<Int, Void>()
    let staying = waiters.enter(0)
    for number in 1...10_000 { waiters.leave(waiters.enter(number)) }
    #expect(waiters.keptNumbers < 200)
    waiters.leave(staying)
  }

  @Test(
    "However often a wake-up is passed on, it wakes each of those that waited when it was made once, and nobody else")
  func passesOnOnce() async {
    let waiters = Waiters<Int, String>()
    let tickets = (0..<8).map { waiters.enter($0) }
    waiters.wake(1, noting: "work")
    var woken: [Int] = []
    let late = waiters.enter(8)
    var isAnyAwake = true
    while isAnyAwake {
      isAnyAwake = false
      for (number, ticket) in (tickets + [late]).enumerated() {
        guard let wakeUp = await waiters.wait(ticket, upTo: .zero) else { continue }
        #expect(wakeUp.note == "work")
        isAnyAwake = true
        woken.append(number)
        waiters.pass(wakeUp, to: 2, noting: wakeUp.note) { $0 != 5 }
      }
    }
    #expect(woken.sorted() == [0, 1, 2, 3, 4, 6, 7])
    waiters.wake(noting: "more")
    let more = await waiters.wait(tickets[5], upTo: .zero)
    #expect(more?.note == "more")
    #expect(waiters.leave(late)?.note == "more", "nobody waited for it")
    #expect(waiters.leave(tickets[5]) == nil)
  }
}

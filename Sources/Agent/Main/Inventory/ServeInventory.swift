internal import ArgumentParser
internal import InventoryService
internal import LinuxSystem

/// `periplus-agent inventory-service`: reads the inventory for an agent that has no capabilities.
struct ServeInventory: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inventory-service",
    abstract: "Reads listeners and their processes for the agent, which has no capabilities; started by systemd.",
    discussion: """
      Answers on the Unix socket that systemd hands over (sd_listen_fds(3)) root and the agent's user alone, and ends when \
      nobody asks any more. It keeps CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH if it has them and lets go of all else. See \
      deploy/periplus-inventory.service.
      """)

  @Option(help: ArgumentHelp("Whom to answer besides root, by name or number; may be given again.", valueName: "user"))
  var user: [String] = ["periplus-agent"]

  @Option(help: ArgumentHelp("End when nobody has asked for so long.", valueName: "time"))
  var idle: DurationArgument?

  private static let standardIdle: Duration = .seconds(600)

  func run() throws {
    var users: Set<UInt32> = [0]
    for name in user {
      guard let id = UInt32(name) ?? UserAccount.id(name) else {
        throw CommandFailure.usage("--user \(name): there is no such user")
      }
      users.insert(id)
    }
    do {
      let listener = try ActivatedListener.take()
      let needed: Set<Capability> = [.trace, .readSearch]
      try Capability.keepOnly(needed)
      let missing = needed.subtracting(Capability.effective)
      if !missing.isEmpty {
        let names = missing.map(\.name).sorted().joined(separator: " and ")
        CommandFailure.say("without \(names) the processes of other users stay unknown")
      }
      var server = InventoryServer(
        listener, users: users, sample: SocketInventorySource().read, log: CommandFailure.say)
      try server.serve(idle: idle?.duration ?? Self.standardIdle)
    } catch let error as InventoryServiceError {
      throw CommandFailure.failed("\(error)")
    } catch let error as SystemError {
      throw CommandFailure.failed("\(error)")
    }
  }
}

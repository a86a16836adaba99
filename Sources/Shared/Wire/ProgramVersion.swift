/// The version of both programs (semver.org 2.0.0).
package enum ProgramVersion {
  package static let text = "0.1.0"
}

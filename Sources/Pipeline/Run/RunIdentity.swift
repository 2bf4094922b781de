import Bytes
import Events
import Foundation
import Tables

/// What a run runs, on what and with what: a later start goes on from an interrupted run only if all of it is the same.
struct RunIdentity: FieldCodable {
    enum Purpose: String, ByteCodable { case run, features }

    struct Input: Hashable, FieldCodable {
        var path: String
        var size: Int64
        /// Nanoseconds since 1970; of an object, a hash of its version.
        var modified: Int64

        static let fields = FieldList(Self.init, \.path, \.size, \.modified)
    }

    var purpose: Purpose
    var product: String
    /// A hash of the program's file: another build might make other bytes.
    var program: UInt64
    var instanceText: String
    /// The instance file's folder, from which its paths start.
    var baseDirectory: String
    var plan: UInt64
    /// The files that are read, in the plan's order.
    var inputs: [Input]
    /// Tells this run's store from that of one whose workers may still be writing. Reaches no output.
    var number: UInt64
    /// When the run began first; "today" for all that depends on it.
    var started: Timestamp

    /// Why this run cannot go on from `earlier`, as the end of a sentence about the earlier run; nil if it can.
    func obstacle(_ earlier: RunIdentity) -> String? {
        if purpose != earlier.purpose { return "was begun by `propensity \(earlier.purpose.rawValue)`" }
        if instanceText != earlier.instanceText || baseDirectory != earlier.baseDirectory {
            return "is of another instance, or of this one before it was changed"
        }
        if product != earlier.product { return "was begun by propensity \(earlier.product), and this is \(product)" }
        if program != earlier.program { return "was begun by another build of propensity" }
        if let changed = inputs.first(where: { !earlier.inputs.contains($0) }) {
            return "read \(changed.path) as it was before, or did not know it"
        }
        if plan != earlier.plan { return "read other files than there are now" }
        return nil
    }

    static let fields = FieldList(
        Self.init, \.purpose, \.product, \.program, \.instanceText, \.baseDirectory, \.plan, \.inputs, \.number,
        \.started)
}

extension RunIdentity {
    init(
        purpose: Purpose, executable: String, instanceText: String, baseDirectory: String, plan: InputPlan,
        started: Timestamp
    ) throws(StoreError) {
        self.purpose = purpose
        product = productVersion
        program = try Files.read(executable).withUnsafeBytes { StableHash.hash($0) }
        self.instanceText = instanceText
        self.baseDirectory = baseDirectory
        self.plan = plan.encoded.withUnsafeBytes { StableHash.hash($0) }
        self.started = started
        number = UInt64.random(in: 1 ... .max)
        inputs = []
        var seen = Set<String>()
        for split in plan.splits where seen.insert(split.path).inserted {
            inputs.append(try Input(path: split.path))
        }
    }
}

extension RunIdentity.Input {
    fileprivate init(path: String) throws(StoreError) {
        let found: InputMoment?
        do throws(TableError) {
            found = try InputMoment(of: path)
        } catch {
            throw .exchange(file: path, with: "the object store", reason: "\(error)")
        }
        guard let moment = found else { throw StoreError("read", path, ENOENT) }
        self.path = path
        size = moment.size
        modified = moment.modified
    }
}

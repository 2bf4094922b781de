import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import Synchronization

/// The input files as they were when the run looked at them first, on the coordinator's own host.
struct InputWatch: Sendable {
    private let files: [(split: InputSplit, moment: InputMoment?)]
    /// Of each split: the place of its file.
    private let places: [Int]

    /// Of the plan's files, which were surveyed just now.
    init(_ plan: InputPlan) {
        var files: [(InputSplit, InputMoment?)] = []
        var known: [String: Int] = [:]
        places = plan.splits.map { split in
            if let place = known[split.path] { return place }
            known[split.path] = files.count
            files.append((split, InputMoment(of: split.path)))
            return files.count - 1
        }
        self.files = files
    }

    /// What to tell the user of the first file that is not what it was; nil if all are.
    ///
    /// - Parameter split: only its file is looked at; nil: all are.
    ///
    /// Cost: some reads of each file.
    func change(ofSplit split: Int? = nil) -> String? {
        let looked = split.map { places.indices.contains($0) ? places[$0]..<places[$0] + 1 : 0..<0 } ?? files.indices
        for (split, moment) in files[looked] {
            let reason = split.difference() ?? (InputMoment(of: split.path) == moment ? nil : "was written to")
            guard let reason else { continue }
            return
                "\(split.path) changed while the run read it (it \(reason)): start the run again once nothing writes to it"
        }
        return nil
    }
}

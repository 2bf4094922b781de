import Bytes
import ClusterCore
import ClusterProtocol
import ClusterTransport
import Events
import Foundation
import Synchronization
import Tables

/// The input files as they were when the run looked at them first, on the coordinator's own host.
struct InputWatch: Sendable {
    private let files: [(split: InputSplit, moment: InputMoment?)]
    /// Of each split: the place of its file.
    private let places: [Int]

    /// Of the plan's files, which were surveyed just now.
    init(_ plan: InputPlan) throws(TableError) {
        var files: [(InputSplit, InputMoment?)] = []
        var known: [String: Int] = [:]
        var places: [Int] = []
        for split in plan.splits {
            if let place = known[split.path] {
                places.append(place)
                continue
            }
            known[split.path] = files.count
            places.append(files.count)
            files.append((split, try InputMoment(of: split.path)))
        }
        self.places = places
        self.files = files
    }

    /// What to tell the user of the first file that is not what it was; nil if all are.
    ///
    /// - Parameter split: only its file is looked at; nil: all are.
    ///
    /// Throws `unavailable` where a store does not say. Cost: some reads of each file.
    func change(ofSplit split: Int? = nil) throws(TableError) -> String? {
        let looked = split.map { places.indices.contains($0) ? places[$0]..<places[$0] + 1 : 0..<0 } ?? files.indices
        for (split, moment) in files[looked] {
            var reason = try split.difference()
            if reason == nil, try InputMoment(of: split.path) != moment { reason = "was written to" }
            guard let reason else { continue }
            return
                "\(split.path) changed while the run read it (it \(reason)): start the run again once nothing writes to it"
        }
        return nil
    }
}

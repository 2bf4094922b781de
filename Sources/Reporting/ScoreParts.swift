import Foundation
import RunOutputs
import Tables

/// The scores of a finished run, part by part.
struct ScoreParts {
    let folder: String
    let names: [String]

    init(run folder: String) throws(InsightsError) {
        self.folder = "\(folder)/scores"
        let found = try? FileManager.default.contentsOfDirectory(atPath: self.folder)
        names = (found ?? []).filter { $0.hasPrefix("part-") && $0.hasSuffix(".parquet") }.sorted()
        guard !names.isEmpty else { throw .notAFinishedRun(folder) }
    }

    /// Every profile with its bucket.
    func eachBucket(_ body: (_ profile: String, _ bucket: String) -> Void) throws(InsightsError) {
        for name in names {
            let path = "\(folder)/\(name)"
            do throws(TableError) {
                let reader = try TableFile(path: path, allowingNoRows: true).reader(columns: ["profile", "bucket"])
                while let table = try reader.next() {
                    guard let profiles = table.column("profile")?.texts(), let buckets = table.column("bucket")?.texts()
                    else { continue }
                    for (profile, bucket) in zip(profiles.codes, buckets.codes) where profile >= 0 && bucket >= 0 {
                        body(profiles.dictionary[Int(profile)], buckets.dictionary[Int(bucket)])
                    }
                }
            } catch {
                throw .unreadable(file: path, reason: "\(error)")
            }
        }
    }
}

import Bytes
import Learning

/// What is left for workers to read, and made for them to write in.
extension RunContext {
    /// A folder of the results, in which parts are written.
    func makeResultsFolder(_ name: String) throws(RunError) {
        try stored { () throws(StoreError) in try Files.makeDirectory("\(folder.workspace.results)/\(name)") }
    }

    /// Leaves a file in the store, for workers to read.
    func write(_ name: ShardStore.Name, _ value: some ByteCodable) throws(RunError) {
        try stored { () throws(StoreError) in try store.write(name, sealing: value) }
    }

    /// Leaves a model in the store.
    func keep(_ model: Model, at place: Int) throws(RunError) {
        try stored { () throws(StoreError) in try store.write(.model(place), model.encoded) }
    }
}

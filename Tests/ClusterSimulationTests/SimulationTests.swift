import Testing

@testable import ClusterSimulation

@Suite struct SimulationTests {
    /// Who dies, when, and what the network and the disks do: nobody can tell from the results.
    @Test func theResultsAreTheSingleWorkersWhateverGoesWrong() throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        let first = try Simulation(settings)
        var happened: [Fault: Int] = [:]
        for seed in 1...300 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = Fault.some(seed: seed)
            var simulation = Simulation(settings, like: first)
            do {
                happened.merge(try simulation.run().faults, uniquingKeysWith: +)
            } catch {
                Issue.record("\(error); again: propensity simulate --seed \(seed)")
            }
        }
        // A fault that never happens is not survived. Delay is in every message and not counted.
        for fault in Fault.allCases where fault != .delay && fault != .forge {
            #expect(happened[fault] ?? 0 > 20, "\(fault)")
        }
    }

    @Test(arguments: Fault.allCases.filter { $0 != .forge }) func eachFaultAloneIsSurvived(_ fault: Fault) throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        let first = try Simulation(settings)
        for seed in 1...10 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = [fault]
            var simulation = Simulation(settings, like: first)
            #expect(throws: Never.self, "propensity simulate --seed \(seed) --faults \(fault)") {
                try simulation.run()
            }
        }
    }

    /// What it sends contradicts nothing, and two others compute it too.
    @Test func aForgerIsFoundOutByAnAudit() throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        settings.audit = 1
        let first = try Simulation(settings)
        var (expelled, audited) = (0, 0)
        for seed in 1...40 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = seed % 2 == 0 ? [.forge] : [.forge, .delay, .duplicate]
            var simulation = Simulation(settings, like: first)
            do {
                let report = try simulation.run()
                expelled += report.expelled
                audited += report.audited
            } catch {
                Issue.record("\(error); seed \(seed)")
            }
        }
        #expect(expelled > 40 && audited > 1000, "\(expelled) of \(audited)")
    }

    /// Whatever share it is, and whoever comes and goes meanwhile.
    @Test(arguments: [0.1, 1]) func anAuditChangesNothing(_ share: Double) throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        settings.audit = share
        let first = try Simulation(settings)
        for seed in 1...100 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = Fault.some(seed: seed)
            var simulation = Simulation(settings, like: first)
            #expect(throws: Never.self, "seed \(seed)") { try simulation.run() }
        }
    }

    /// With nobody to take over, what a cut connection lost has to be sent again.
    @Test func aSingleWorkerSurvivesCutConnections() throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        settings.workers = 1
        let first = try Simulation(settings)
        for seed in 1...60 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = [.reset]
            var simulation = Simulation(settings, like: first)
            #expect(throws: Never.self, "propensity simulate --seed \(seed) --faults reset --workers 1") {
                try simulation.run()
            }
        }
    }

    /// Before, within and after each of its writes to the journal in turn, by a crash and by a power cut.
    @Test func theCoordinatorMayDieAtEveryWrite() throws {
        var settings = Simulation.Settings(seed: 11, faults: [])
        (settings.workers, settings.shards, settings.trees) = (2, 3, 3)
        let first = try Simulation(settings)
        var undisturbed = Simulation(settings, like: first)
        let writes = try undisturbed.run().writes
        #expect(writes > 25)
        for number in 0..<writes {
            for share in [0, 0.5, 1] {
                for isPowerCut in [false, true] {
                    settings.deadlyWrite = Simulation.DeadlyWrite(
                        number: number, share: share, isPowerCut: isPowerCut)
                    var simulation = Simulation(settings, like: first)
                    let report = try simulation.run()
                    #expect(report.coordinatorStarts == 2, "write \(number), \(share) of it")
                }
            }
        }
    }

    /// Some clusters share a disk, some do not, and in some a part of the workers does.
    @Test func filesOfWorkersThatShareNoDiskAreHandedInBeforeTheyCount() throws {
        var settings = Simulation.Settings(seed: 0, faults: [])
        let first = try Simulation(settings)
        var (fetched, remade, blind, caught) = (0, 0, 0, 0)
        for seed in 1...60 as ClosedRange<UInt64> {
            settings.seed = seed
            settings.faults = [.scratch, .crash, .reset]
            settings.keepsFiles = false
            var simulation = Simulation(settings, like: first)
            let report = try simulation.run()
            fetched += report.filesFetched
            remade += report.filesRemade
            blind += report.filesHandedIn > 0 ? 1 : 0
            // One that says that it is done, and keeps what it made, is found out.
            settings.keepsFiles = true
            var careless = Simulation(settings, like: first)
            do { _ = try careless.run() } catch is Violation { caught += 1 }
        }
        #expect(
            30...50 ~= blind && caught == blind && fetched > 500 && remade > 50,
            "\(blind), \(caught), \(fetched), \(remade)")
    }

    @Test func aSeedIsPlayedAgainExactly() throws {
        let settings = Simulation.Settings(seed: 7, faults: Set(Fault.allCases))
        var (one, other) = (try Simulation(settings), try Simulation(settings))
        let (first, second) = (try one.run(), try other.run())
        #expect(first.steps == second.steps && first.duration == second.duration && first.faults == second.faults)
    }

    /// Its shards go to the others, so that it does not set the pace.
    @Test func aWorkerFourTimesSlowerCostsLessThanAThirdMore() throws {
        var settings = Simulation.Settings(seed: 3, faults: [])
        (settings.workers, settings.shards, settings.trees) = (8, 64, 40)
        settings.patience = .seconds(3600)
        settings.slowness = 1
        settings.hasSingleThreads = true
        let first = try Simulation(settings)
        func duration(slowness: Int) throws -> Duration {
            settings.slowness = slowness
            var simulation = Simulation(settings, like: first)
            return try simulation.run().duration
        }
        let even = try duration(slowness: 1)
        let uneven = try duration(slowness: 4)
        #expect(uneven / even < 1.3, "\(even) and \(uneven)")
    }

    /// Of many that come while a tree grows each gets its share.
    @Test func workersThatJoinGetShards() throws {
        var settings = Simulation.Settings(seed: 5, faults: [])
        (settings.workers, settings.shards, settings.trees) = (1, 32, 20)
        settings.patience = .seconds(3600)
        settings.hasSingleThreads = true
        let first = try Simulation(settings)
        var alone = Simulation(settings, like: first)
        settings.joining = 7
        var joined = Simulation(settings, like: first)
        let (slow, quick) = (try alone.run(), try joined.run())
        #expect(quick.duration / slow.duration < 0.4, "\(slow.duration) and \(quick.duration)")
        #expect(quick.shardsMoved > slow.shardsMoved)
    }
}

import Foundation
import TestSupport
import Testing

/// Two columns that give the outcome away together, and neither alone: in a table, and beside events.
@Suite struct JointLeakTests {
    /// A code and a channel by which the outcome was recorded; `age` and `spent` are honest.
    private func row(_ profile: Int, hasOutcome: Bool, leaks: Bool) -> String {
        let channel = profile * 7919 % 2
        let code = leaks ? (hasOutcome ? channel : 1 - channel) * 4 + profile % 3 : profile * 31 % 7
        return "\(profile),\(channel),\(code),\(18 + profile * 104729 % 60),\(profile * 611953 % 97)"
    }

    private func hasOutcome(_ profile: Int) -> Bool { profile * 15_485_863 % 100 < 25 }

    @Test(arguments: [true, false]) func ofATable(_ leaks: Bool) throws {
        let shop = try TableFolder()
        let rows = (0..<3_000).map {
            row($0, hasOutcome: hasOutcome($0), leaks: leaks) + (hasOutcome($0) ? ",1" : ",0")
        }
        try shop.write("id,channel,code,age,spent,left\n" + rows.joined(separator: "\n") + "\n", to: "table.csv")
        let text = try shop.run("check", shop.instance)
        #expect(text.contains("\"channel\" and \"code\" together tell who has the outcome (AUC 1)") == leaks, "\(text)")
        #expect(!text.contains("alone tells who has the outcome"))
        #expect(text.contains("add \"channel\" to features.drop") == leaks)
    }

    @Test(arguments: [true, false]) func besideEvents(_ leaks: Bool) throws {
        let folder = try TemporaryFolder()
        var events = "who,at\n"
        for profile in 0..<1_500 {
            // Everybody comes at some day of the summer; a part of them again in autumn.
            events += "\(profile),2020-0\(5 + profile % 3)-\(10 + profile % 18)\n"
            if hasOutcome(profile) { events += "\(profile),2020-09-\(10 + profile % 18)\n" }
        }
        try folder.write(events, to: "events.csv")
        let rows = (0..<1_500).map { row($0, hasOutcome: hasOutcome($0), leaks: leaks) }
        try folder.write("who,channel,code,age,spent\n" + rows.joined(separator: "\n") + "\n", to: "customers.csv")
        let instance = try folder.write(
            """
            version: 1
            name: Comes again
            propensity: conversion
            events: [{ path: events.csv, identity: who, timestamp: at, event: Visit }]
            profiles: [{ path: customers.csv, identity: who }]
            goal: { will: occur, event: Visit, within: 30d }
            eligible: { event: Visit, in_last: 365d }
            as_of: 2020-10-01
            checks: { minimum_outcomes: 100 }

            """, to: "shop.yaml")
        let (code, text) = try RunningProgram.run(["check", instance])
        #expect(code == 0, "\(text)")
        #expect(text.contains("\"channel\" and \"code\" together tell who has the outcome (AUC 1)") == leaks, "\(text)")
        #expect(text.contains("list profiles[0].attributes without \"channel\"") == leaks)
    }
}

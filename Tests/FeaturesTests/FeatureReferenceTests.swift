import EventFixtures
import TestSupport
import Testing

@testable import Events
@testable import Features
@testable import InstanceFile
@testable import Readiness

/// Codes, names and the reference come from one table.
@Suite struct FeatureReferenceTests {
    @Test func thePageIsThatOfTheTable() throws {
        #expect(
            try WrittenPage.isCurrent(
                FeatureReference.page, inSources: "propensity/Documentation.docc/Features.md"))
    }

    /// Whatever a recipe makes is found again by its code.
    @Test func everyFeatureIsOfTheKindThatItsCodeSays() throws {
        let events = (0..<4_000).map { index in
            Happening(
                who: "p\(index % 90)", kind: ["buy", "view", "call"][index % 3],
                time: worldStart + Int64(index) * day / 10,
                amount: Double(index % 7), sku: "s\(index % 5)")
        }
        let custom = CustomEvent(name: "Last count mean", condition: .event("buy"))
        let ingested = try Ingested(shop(asOf: worldStart + 400 * day, customEvents: [custom]), [events])
        let recipe = try ingested.recipe()
        let tenure = recipe.slots.firstIndex { $0.kind == .any }
        #expect(recipe.features.count > 100)
        for feature in recipe.features {
            let kind = feature.source.kind(tenureSlot: tenure)
            #expect(FeatureReference.kind(ofCode: feature.code) == kind, "\(feature.code)")
            let reference = recipe.reference(of: feature)
            for text in [reference.definition, reference.unit, reference.missing, reference.name] {
                #expect(!text.contains("EVENT") && !text.contains("FIELD") && !text.contains("WINDOW"), "\(text)")
            }
        }
        let named = recipe.features.first { $0.code == "buy_amount_sum_30d" }
        let reference = try recipe.reference(of: #require(named))
        #expect(
            reference.definition
                == "The sum of “amount” over “buy” in the window. The window is the 30 days before the score date.")
        #expect(reference.unit == "as “amount”")
    }

    /// The user's words are not looked into.
    @Test func wordsStandAsTheyAre() {
        #expect(FeatureKind.sum.name(event: "FIELD day", field: "EVENT") == "Sum of EVENT in FIELD day")
    }
}

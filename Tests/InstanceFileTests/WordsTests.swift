import InstanceFile
import Testing

@Suite struct SlugTests {
    @Test(
        arguments: [
            ("Win back", "win_back"), ("  A -- b  ", "a_b"), ("Größe", "grosse"), ("Café olé!", "cafe_ole"),
            ("Ready to buy (2)", "ready_to_buy_2"), ("Customer's choice", "customers_choice"), ("Łódź", "lodz"),
        ])
    func namesBecomeFolderNames(_ name: String, _ expected: String) { #expect(slug(name) == expected) }

    @Test func aNameWithoutLettersStillHasAFolderOfItsOwn() {
        let names = ["日本", "中国", "!!!", ""]
        let slugs = names.map(slug)
        #expect(Set(slugs).count == names.count)
        #expect(slugs.allSatisfy { $0.wholeMatch(of: /x[0-9a-f]{8}/) != nil })
        #expect(slug("日本") == slugs[0])
    }
}

@Suite struct NearestNameTests {
    private let keys = ["identity", "timestamp", "type", "numbers", "categories", "in_last"]

    @Test(
        arguments: [
            ("identty", "identity"), ("Identity", "identity"), ("tiemstamp", "timestamp"), ("tpye", "type"),
            ("in-last", "in_last"), ("number", "numbers"), ("cat", "categories"), ("inlast", "in_last"),
        ])
    func aSlipOfThePenIsUnderstood(_ written: String, _ meant: String) {
        #expect(NearestName.nearest(to: written, among: keys) == meant)
    }

    @Test(arguments: ["", "x", "zebra", "_", "ty"])
    func whatIsFarFromEverythingIsNot(_ written: String) {
        #expect(NearestName.nearest(to: written, among: ["identity", "timestamp", "numbers"]) == nil)
    }
}

import Bytes
import Testing

@Suite struct StableHashTests {
    /// Expected values from the reference implementation (PyPI xxhash 3.5, `xxh64`).
    @Test(
        arguments: [
            ("", 0, 0xef46_db37_51d8_e999), ("a", 0, 0xd24e_c4f1_a98c_6e5b), ("abc", 0, 0x44bc_2cf5_ad77_0999),
            ("12346", 0, 0x374d_9cee_c960_27dc), ("Nobody inspects the spammish repetition", 0, 0xfbce_a83c_8a37_8bf1),
            ("abc", 7, 0x9e75_5206_1566_76d7),
        ] as [(String, UInt64, UInt64)])
    func matchesTheReference(_ text: String, _ seed: UInt64, _ expected: UInt64) {
        #expect(StableHash.hash(text, seed: seed) == expected)
    }

    @Test func mixingDependsOnBothSides() {
        #expect(StableHash.mix(1, 2) != StableHash.mix(2, 1))
        #expect(StableHash.mix(1, 2) != StableHash.mix(1, 3))
    }
}

@Suite struct ByteCodecTests {
    @Test func everythingComesBack() throws {
        var writer = ByteWriter()
        writer.write(UInt16(513))
        writer.write(Int64.min)
        writer.write(true)
        writer.write(Float(0.1))
        writer.write(-Double.pi)
        writer.write("Grüße")
        writer.write(array: [Int32(1), -2, 3])
        writer.write(["", "b"])
        writer.write(optional: Int?.none) { $0.write($1) }
        writer.write(optional: 7) { $0.write($1) }
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(UInt16.self) == 513)
        #expect(try reader.read(Int64.self) == .min)
        #expect(try reader.read(Bool.self))
        #expect(try reader.read(Float.self) == 0.1)
        #expect(try reader.read(Double.self) == -.pi)
        #expect(try reader.read(String.self) == "Grüße")
        #expect(try reader.readArray(of: Int32.self) == [1, -2, 3])
        #expect(try reader.read([String].self) == ["", "b"])
        #expect(try reader.readOptional { r throws(ByteError) in try r.read(Int.self) } == nil)
        #expect(try reader.readOptional { r throws(ByteError) in try r.read(Int.self) } == 7)
        try reader.finish()
    }

    @Test func lengthsAreCheckedBeforeTheyAreTrusted() {
        var writer = ByteWriter()
        writer.write(UInt32.max)
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteError.tooMany(count: Int(UInt32.max), elementSize: 8, available: 0, offset: 0)) {
            try reader.readArray(of: Double.self)
        }
        var text = ByteReader([2, 0, 0, 0, 0xC3, 0x28])
        #expect(throws: ByteError.notText(offset: 4)) { try text.read(String.self) }
        var boolean = ByteReader([2])
        #expect(throws: ByteError.badValue("boolean", offset: 0)) { try boolean.read(Bool.self) }
        let trailing = ByteReader([1, 2])
        #expect(throws: ByteError.trailing(2)) { try trailing.finish() }
    }

    @Test func aSliceIsReadFromItsOwnStart() throws {
        var writer = ByteWriter()
        writer.write(UInt8(9))
        writer.write(array: [Double(4)])
        var reader = ByteReader(writer.bytes[1...])
        #expect(try reader.readArray(of: Double.self) == [4])
        try reader.finish()
    }
}

struct FieldListTests {
    private enum Colour: UInt8, ByteCodable { case red = 1, blue }

    private struct Point: FieldCodable, Equatable {
        var x: Int
        var label: String?

        static let fields = FieldList(Self.init, \.x, \.label)
    }

    private struct Figure: FieldCodable, Equatable {
        var colour = Colour.red
        var points: [Point] = []
        var weights: [Double] = []
        private var isClosed = false

        init() {}

        init(_ colour: Colour, _ points: [Point], _ weights: [Double]) {
            (self.colour, self.points, self.weights, isClosed) = (colour, points, weights, true)
        }

        static let fields = FieldList(filling: Self.init, \.colour, \.points, \.weights, \.isClosed)
            .check("weights") { $0.weights.count <= $0.points.count }
            .check("order of points") { figure in
                zip(figure.points, figure.points.dropFirst()).allSatisfy { $0.x < $1.x }
            }
    }

    @Test func fieldsComeBackInTheirOrder() throws {
        let figure = Figure(.blue, [Point(x: 1, label: nil), Point(x: 7, label: "b")], [0.5])
        #expect(try Figure(decoding: figure.encoded) == figure)
        // Each field as it is written alone.
        var writer = ByteWriter()
        writer.write(UInt8(2), UInt32(2), UInt64(1), false, UInt64(7), true, "b", [0.5], true)
        #expect(figure.encoded == writer.bytes)
    }

    @Test func whatMustHoldIsAskedOfWhatIsRead() {
        let tooMany = Figure(.red, [], [1])
        #expect(throws: ByteError.badValue("weights", offset: 0)) { try Figure(decoding: tooMany.encoded) }
        let unordered = Figure(.red, [Point(x: 2, label: nil), Point(x: 2, label: nil)], [])
        #expect(throws: ByteError.badValue("order of points", offset: 0)) { try Figure(decoding: unordered.encoded) }
    }

    @Test func countsAndCasesThatCannotBeAreRefused() {
        for count in [-1, ByteReader.mostCounted + 1, .max, .min] as [Int64] {
            #expect(throws: ByteError.badValue("count", offset: 0)) { try Int(decoding: count.encoded) }
        }
        #expect(throws: ByteError.self) { try Colour(decoding: [3]) }
        for end in 0..<8 { #expect(throws: ByteError.self) { try Int(decoding: Array(5.encoded.prefix(end))) } }
    }
}

@Suite struct PackedIntegerTests {
    private func there<Integer: FixedWidthInteger & BitwiseCopyable>(
        _ values: [Integer], step: UInt64 = 1
    ) throws -> (values: [Integer], bytes: Int) {
        var writer = ByteWriter()
        writer.write(narrow: values, step: step)
        var reader = ByteReader(writer.bytes)
        let back = try reader.readNarrow(of: Integer.self)
        try reader.finish()
        return (back, writer.bytes.count)
    }

    @Test(
        arguments: [
            ([], 4), ([.min, .max], 16), ([5], 1), ([-1, 254], 2), ([-1, 255], 4), ([7_000_000, 7_065_536], 8),
            ([0, 1 << 32], 16), ([-3, .max], 16),
        ] as [([Int64], Int)])
    func integersComeBackFromTheFewestBytes(_ values: [Int64], _ expected: Int) throws {
        let (back, bytes) = try there(values)
        #expect(back == values)
        #expect(bytes == (values.isEmpty ? expected : 21 + expected))
    }

    @Test func everyWidthOfIntegerComesBack() throws {
        #expect(try there([UInt64.max, 0, 1 << 63]).values == [.max, 0, 1 << 63])
        #expect(try there([Int32.min, -1, .max]).values == [.min, -1, .max])
        #expect(try there([UInt32.max, 3]).values == [.max, 3])
    }

    @Test func multiplesOfAStepAreCountedInSteps() throws {
        let seconds: [Int64] = [-4_500_000, 995_500_000, 250_500_000]
        #expect(try there(seconds, step: 1_000_000) == (seconds, 21 + 6))
        #expect(try there(seconds + [0], step: 1_000_000) == (seconds + [0], 21 + 16))
        #expect(try there([Int64.min, .max], step: 1_000_000).values == [.min, .max])
    }

    @Test(
        arguments: [
            [], [1, -7, 1e15], [.nan, 3, .nan], [.nan], [-0.0, 1], [0.5, 2], [.infinity, 1], [0x1p53, 1],
            [-0x1p53 + 1, 0],
        ] as [[Double]])
    func numbersKeepTheirBits(_ values: [Double]) throws {
        var writer = ByteWriter()
        writer.write(narrow: values)
        var reader = ByteReader(writer.bytes)
        let back: [Double] = try reader.readNarrowNumbers()
        try reader.finish()
        #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test(arguments: [[], [1, -7, 1e15, .nan], [-0.0, 1], [0.1, 2], [16_777_216, 16_777_217]] as [[Float]])
    func numbersOfSinglePrecisionKeepTheirBits(_ values: [Float]) throws {
        var writer = ByteWriter()
        writer.write(narrow: values)
        var reader = ByteReader(writer.bytes)
        let back: [Float] = try reader.readNarrowNumbers()
        try reader.finish()
        #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test func nothingIsMadeOfAClaim() {
        var writer = ByteWriter()
        writer.write(UInt32.max)
        writer.write(UInt8(1))
        writer.write(Int64(0))
        writer.write(UInt64(1))
        var reader = ByteReader(writer.bytes)
        #expect(throws: ByteError.tooMany(count: Int(UInt32.max), elementSize: 1, available: 0, offset: 21)) {
            try reader.readNarrow(of: Int64.self)
        }
        var odd = ByteReader([1, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 24))
        #expect(throws: ByteError.badValue("width 3 of integers", offset: 21)) { try odd.readNarrow(of: Int64.self) }
    }

    @Test func whatIsPackedComesBack() throws {
        for value in [
            [], [UInt8](repeating: 7, count: 100_000),
            (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 ^ $0 >> 3) },
        ] {
            let bytes = Packed(value).encoded
            #expect(try Packed<[UInt8]>(decoding: bytes).value == value)
            for cut in [0, 1, bytes.count / 2, bytes.count - 1] {
                #expect(throws: ByteError.self) { try Packed<[UInt8]>(decoding: Array(bytes[..<cut])) }
            }
        }
        #expect(Packed((0..<100_000).map { UInt8($0 % 400 / 2) }).encoded.count < 10_000)
        // A claim of much from little is not believed.
        var writer = ByteWriter()
        writer.write(true, UInt64(1) << 40)
        writer.write(array: [1, 2, 3] as [UInt8])
        #expect(throws: ByteError.self) { try Packed<[UInt8]>(decoding: writer.bytes) }
    }
}

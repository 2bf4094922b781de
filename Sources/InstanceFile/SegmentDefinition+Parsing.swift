extension InstanceSchema {
    /// A list of segments, or a mapping that holds one.
    static let segmentFile: ValueSchema<[SegmentDefinition]> = {
        let list = ValueSchema<[SegmentDefinition]>.list(segment, count: 1 ... .max)
        let key = KeySchema("segments", list, required: true, "named sets of scored profiles")
        let form = ValueSchema.either(
            list: list, mapping: .mapping([key.outline]) { fields, context in fields.value(key, &context) })
        return ValueSchema(schema: form.schema) { place, context in
            guard let segments = form.read(place, &context) else { return nil }
            for (index, segment) in segments.enumerated() {
                guard let earlier = segments[..<index].first(where: { slug($0.name) == slug(segment.name) }) else {
                    continue
                }
                context.report(
                    "\"\(segment.name)\" and \"\(earlier.name)\" would both be written to \(slug(segment.name)), "
                        + "two outputs at one place; choose another name", at: place)
            }
            return segments
        }
    }()
}

extension SegmentDefinition {
    /// Reads a file of segments: a list of them as it stands under an instance's `segments`, with or without that key.
    ///
    /// - Throws: every problem found, each with its line.
    package static func parse(file path: String) throws(InstanceError) -> [SegmentDefinition] {
        let (text, directory) = try InstanceError.contents(of: path, meant: "a file of segments")
        return try InstanceSchema.segmentFile.parse(
            text: text, file: path, baseDirectory: directory, checkingFiles: false,
            whenEmpty: "is empty; it needs a list of segments")
    }
}

extension ModelOptions {
    /// Which of the rows each tree learns from.
    package enum RowSampling: Sendable, Equatable {
        /// All, or by gradient where they are many.
        case auto
        /// By gradient: those whose outcome is a surprise, and some of the others in their stead.
        case gradient
        /// Any, with this probability: over 0 to 1.
        case share(Double)
    }
}

extension ModelOptions.RowSampling: Codable {
    private enum Name: String, Codable, CaseIterable { case auto, gradient }

    private init(_ name: Name) {
        switch name {
        case .auto: self = .auto
        case .gradient: self = .gradient
        }
    }

    /// A name or a number.
    static let form: Form<Self> = {
        let share = Form.number(0...1, isPositive: true)
        return Form(schema: ["anyOf": .list([Form<Name>.choice.schema, share.schema])]) { place, reading in
            switch place.written {
            case .number: return share.read(place, &reading).map(Self.share)
            case .text: return Form<Name>.choice.read(place, &reading).map(Self.init)
            default:
                reading.reportKind(expected: "auto, gradient or a number", at: place)
                return nil
            }
        }
    }()

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let share = try? value.decode(Double.self) {
            self = .share(share)
        } else {
            self.init(try value.decode(Name.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .auto: try value.encode(Name.auto)
        case .gradient: try value.encode(Name.gradient)
        case .share(let share): try value.encode(share)
        }
    }
}

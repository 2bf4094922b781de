/// The keys of the instance file: the one place that the parser, its suggestions and the JSON Schema come from.
enum InstanceSchema {}

package dev.lathe.compiler.onnx.proto;

/** The version of a domain's operators that a model or function uses; the domain {@code ""} is ONNX itself. */
public record OperatorSetId(String domain, long version) {
    static OperatorSetId read(WireReader r) {
        String domain = "";
        long version = 0;
        while (r.next()) {
            switch (r.field()) {
                case 1 -> domain = r.string("domain");
                case 2 -> version = r.int64("version");
                default -> r.skip();
            }
        }
        return new OperatorSetId(domain, version);
    }
}

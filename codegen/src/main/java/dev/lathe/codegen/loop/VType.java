package dev.lathe.codegen.loop;

/** The type of a value in the loop IR: a scalar (one lane) or a vector. Text: {@code f32}, {@code f32x16}. */
public record VType(Scalar scalar, int lanes) {
    public VType {
        if (lanes < 1) {
            throw new IllegalArgumentException("lanes " + lanes);
        }
    }

    public boolean isVector() {
        return lanes > 1;
    }

    public VType with(Scalar s) {
        return new VType(s, lanes);
    }

    public VType withLanes(int n) {
        return new VType(scalar, n);
    }

    @Override
    public String toString() {
        return lanes == 1 ? scalar.text() : scalar.text() + "x" + lanes;
    }
}

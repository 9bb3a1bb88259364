package dev.lathe.compiler.onnx.proto;

/**
 * The numbers of a repeated field, packed or one a field or both. Goes over the message twice, to count and to fill, so
 * that a large field is copied once only and a damaged count allocates nothing.
 */
public final class RepeatedNumbers {
    private RepeatedNumbers() {
    }

    public static long[] longs(WireReader message, int field, String name) {
        int count = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                count += r.countVarints(name);
            } else {
                r.skip();
            }
        }
        long[] values = new long[count];
        int i = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                i = r.fillVarints(values, i, name);
            } else {
                r.skip();
            }
        }
        return values;
    }

    public static float[] floats(WireReader message, int field, String name) {
        int count = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                count += r.countFloats(name);
            } else {
                r.skip();
            }
        }
        float[] values = new float[count];
        int i = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                i = r.fillFloats(values, i, name);
            } else {
                r.skip();
            }
        }
        return values;
    }

    public static double[] doubles(WireReader message, int field, String name) {
        int count = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                count += r.countDoubles(name);
            } else {
                r.skip();
            }
        }
        double[] values = new double[count];
        int i = 0;
        for (WireReader r = message.restarted(); r.next();) {
            if (r.field() == field) {
                i = r.fillDoubles(values, i, name);
            } else {
                r.skip();
            }
        }
        return values;
    }
}

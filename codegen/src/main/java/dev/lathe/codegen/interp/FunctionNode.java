package dev.lathe.codegen.interp;

import dev.lathe.codegen.loop.Fn;
import dev.lathe.codegen.loop.Fns;
import dev.lathe.codegen.loop.Scalar;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** A call of a function of runtime-min, lane by lane. */
final class FunctionNode extends Node {
    private final Fn fn;
    private final Node[] args;
    private final MethodHandle handle;

    FunctionNode(Fn fn, Node[] args) {
        this.fn = fn;
        this.args = args;
        try {
            Class<?> owner = Fns.owner(fn.owner());
            MethodType type = MethodType.fromMethodDescriptorString(fn.descriptor(), owner.getClassLoader());
            this.handle = MethodHandles.publicLookup().findStatic(owner, fn.name(), type).asSpreader(Object[].class, args.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no function " + fn + fn.descriptor(), e);
        }
    }

    private Object call(Frame f, int lane) {
        Object[] values = new Object[args.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = fn.params().get(i) == Scalar.REF ? args[i].ref(f) : box(fn.params().get(i), args[i].at(f, lane));
        }
        try {
            return handle.invokeExact(values);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object box(Scalar s, long bits) {
        return switch (s) {
            case F32 -> ScalarOps.f(bits);
            case F64 -> ScalarOps.d(bits);
            case I32 -> (int) bits;
            case I64 -> bits;
            case BOOL -> bits != 0;
            case REF -> throw new IllegalStateException();
        };
    }

    @Override
    long at(Frame f, int lane) {
        Object r = call(f, lane);
        return switch (fn.result()) {
            case F32 -> ScalarOps.bits((float) r);
            case F64 -> ScalarOps.bits((double) r);
            case I32 -> (int) r;
            case I64 -> (long) r;
            case BOOL -> (boolean) r ? 1 : 0;
            case REF -> throw new IllegalStateException("bits of a reference");
        };
    }

    @Override
    Object ref(Frame f) {
        return call(f, 0);
    }
}
